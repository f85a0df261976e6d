"""Programs that attach sandboxes to a bridge, each behind the same few verbs."""
