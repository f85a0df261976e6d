"""Mooring gives every process on a Linux machine a network, an address and a name."""

__version__ = "0.1.0"
