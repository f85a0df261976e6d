"""``--format``: the part of Go's templates that Docker's users write. Pure."""
