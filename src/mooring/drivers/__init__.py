"""One folder a driver; none of them sees another."""
