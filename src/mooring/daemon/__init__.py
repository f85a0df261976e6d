"""Configuration and assembly: the one place that knows every name."""
