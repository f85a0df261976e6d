"""Between the model and the JSON of the API, both ways. Pure."""
