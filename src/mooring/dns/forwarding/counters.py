"""What the forwarder counts."""

import msgspec


class ForwardCounters(msgspec.Struct):
    """Numbers since the start, for metrics. They only grow."""

    questions: int = 0
    hits: int = 0
    """Questions answered from the cache."""
    failure_hits: int = 0
    """Questions whose failure was remembered."""
    joined: int = 0
    """Questions that were being asked already."""
    refused: int = 0
    """Questions with no server to ask: an internal sandbox, or none configured."""
    overloads: int = 0
    """Questions beyond a sandbox's share."""
    asked: int = 0
    """Questions that went to servers."""
    datagrams: int = 0
    """UDP queries sent, those sent again included."""
    streams: int = 0
    """TCP connections opened."""
    hedges: int = 0
    """Times that a further server was asked because the one before was slow."""
    unmatched: int = 0
    """Datagrams from a server's address that answered nothing we asked."""
    silences: int = 0
    """Servers that did not answer a question."""
    failures: int = 0
    """Questions that no server answered well."""
