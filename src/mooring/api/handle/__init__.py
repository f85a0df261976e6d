"""What each route does: read the call, ask the backend, translate the answer."""
