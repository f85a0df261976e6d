"""HTTP over a unix socket, in the shape of Docker Engine's API."""
