"""The README's own text, typed line by line."""

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_tour_works_exactly_as_it_is_written() -> None:
    done = subprocess.run(
        [ROOT / "scripts" / "demo"], capture_output=True, text=True, timeout=100, check=False
    )
    said = done.stdout
    assert done.returncode == 0, said + done.stderr
    assert "Directory listing for /" in said, "the listing came by name"
    assert re.search(r"^\w{12} +\"python3 -m http.ser…\" .* Up .* app +db$", said, re.MULTILINE)
    assert re.search(r"^db\. 5 IN A 172\.\d+\.0\.2$", said, re.MULTILINE)


def test_every_path_that_the_readme_links_to_exists() -> None:
    links = re.findall(r"\]\(([^)#]+)\)", (ROOT / "README.md").read_text())
    assert links
    for link in links:
        assert (ROOT / link).exists(), link


def test_both_commands_of_the_readme_are_in_the_makefile() -> None:
    makefile = (ROOT / "Makefile").read_text()
    for target in re.findall(r"^make (\w+)", (ROOT / "README.md").read_text(), re.MULTILINE):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
