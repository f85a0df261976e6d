"""The JSON of the API, as types: Docker Engine's fields for what Docker has, its style for ours.

A request may leave out any field or set it to null, and fields that are not here are ignored, as
Docker does. Decoding checks types; what the values mean is checked by ``translate`` and below.
"""
