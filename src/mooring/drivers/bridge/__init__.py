"""The bridge driver: a Linux bridge on the host and a veth pair for each endpoint."""
