"""The nouns: networks, endpoints, sandboxes, runs, events and errors, as frozen values.

Nothing here touches the machine or another room of the package.
"""
