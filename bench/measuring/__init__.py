"""What several benches need: a machine of their own, the CPU that work took, and a table."""
