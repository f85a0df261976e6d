"""The command `moor`."""
