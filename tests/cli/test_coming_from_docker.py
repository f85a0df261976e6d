"""The page for people who come from Docker names commands that exist."""

import re
from pathlib import Path

from mooring.cli.reference import reference

PAGE = (Path(__file__).parents[2] / "docs" / "coming-from-docker.md").read_text()


def test_every_command_on_the_page_is_one_of_ours() -> None:
    commands = set(re.findall(r"`(moor [a-z]+(?: [a-z]+)?)`", PAGE))
    headings = set(re.findall(r"^#+ (moor .+)$", reference(), re.MULTILINE))
    assert len(commands) > 15
    assert commands - headings == set()
