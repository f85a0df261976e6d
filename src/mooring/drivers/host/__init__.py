"""The host driver: the one network that is the machine's own."""
