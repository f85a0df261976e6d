"""The null driver: a network with nothing but loopback."""
