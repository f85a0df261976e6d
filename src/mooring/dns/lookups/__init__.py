"""Look-ups inside a sandbox: what was measured there, judged."""
