"""Ports of the host: which to publish at, decided with values."""
