"""What becomes of questions for IPv6 addresses of names that are not ours."""

from enum import StrEnum


class Aaaa(StrEnum):
    """``--dns-aaaa``.

    ``auto``: they are answered without records, at once, while the sandbox has no IPv6 address that
    reaches further than its links; ``filter``: always; ``pass``: never.
    """

    AUTO = "auto"
    PASS = "pass"
    FILTER = "filter"
