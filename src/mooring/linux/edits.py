"""Files that we wrote and a user may have changed since; what is theirs is left alone.

Beside such a file lies ``<file>.hash`` with the digest of the text that we wrote, as libnetwork
does for a sandbox's resolv.conf.
"""

from pathlib import Path

from mooring.linux.files import write_in_place
from mooring.linux.resolv_conf import digest, is_edited


def hash_path(path: str) -> str:
    """Where the digest of a file's text is kept."""
    return f"{path}.hash"


def write_with_digest(path: str, text: str) -> None:
    """Write a file in place, and what it takes to know it again."""
    write_in_place(path, text)
    write_in_place(hash_path(path), digest(text))


def was_edited(path: str) -> bool:
    """Whether a file has another text than was written with its digest.

    Without a digest beside it we did not write it, and nobody changed what we wrote.
    """
    try:
        written = Path(hash_path(path)).read_text()
    except FileNotFoundError:
        return False
    text = Path(path).read_bytes().decode("utf-8", "surrogateescape")
    return is_edited(text, written)
