"""Address management: spaces, pools and addresses, compatible with libnetwork's default IPAM.

Pure: no socket, clock, thread or logger. Numbers and prefixes only; whose they are, and how long a
freed address rests, is the controller's to know.
"""
