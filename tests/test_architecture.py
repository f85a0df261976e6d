"""The laws of the house that a machine can check, each with its reason.

``docs/architecture.md`` explains them; this file enforces them.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "src" / "mooring"
MODULES = sorted(PACKAGE.rglob("*.py"))
FILES = [*MODULES, *sorted((ROOT / "tests").rglob("*.py")), *sorted((ROOT / "bench").glob("*.py"))]

LAYERS = (
    {"cli"},
    {"guises"},
    {"daemon"},
    {"api", "metadata", "doors"},
    {"drivers", "sources", "plugins"},
    {"controller", "dns"},
    {"book", "ipam", "linux", "ports", "store"},
    {"model", "wire"},
)
"""The rooms, top to bottom."""
BESIDE = frozenset({"testing", "__main__"})
"""They may use every room, and no room may use them."""
LEVEL = {room: level for level, rooms in enumerate(LAYERS) for room in rooms}
RIBS = frozenset({"drivers", "sources", "plugins"})
"""Rooms whose folders are strangers to each other, so that any of them can be left out."""

PURE_ROOMS = frozenset({"model", "wire", "book", "ipam", "ports"})
PURE_WORDS = frozenset({"plan", "translate"})
IMPURE = frozenset(
    {"socket", "asyncio", "time", "threading", "logging", "os", "subprocess", "ctypes", "select"}
)
LINE_LIMIT = 400
NAMELESS = frozenset({"utils", "util", "helpers", "helper", "common", "base", "manager", "misc"})


def dotted(path: Path) -> str:
    """``mooring.book.book`` for its file, ``mooring.book`` for the package's."""
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and full name of everything imported anywhere: in functions, for type checking too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def room_of(module: str) -> str:
    """The room a module of ours is in; empty for the package itself."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else ""


def upward(importer: str, imported: str) -> str:
    """Why ``importer`` must not import ``imported``; empty if it may."""
    if not imported.startswith("mooring."):
        return ""
    ours, theirs = room_of(importer), room_of(imported)
    if theirs not in LEVEL:
        if theirs in BESIDE and ours != theirs:
            return f"{theirs} uses the rooms, and is not one of them"
        return ""
    if ours == theirs:
        rib = imported.split(".")[2:3]
        if ours in RIBS and len(importer.split(".")) > 2 and importer.split(".")[2:3] != rib:
            return f"{ours} are strangers to each other, so that any can be left out"
        return ""
    if ours not in LEVEL:
        return "" if ours in BESIDE else "the package itself knows none of its rooms"
    if LEVEL[ours] == LEVEL[theirs]:
        return f"{ours} and {theirs} are on one level; what joins them belongs above both"
    if LEVEL[ours] > LEVEL[theirs]:
        return f"{theirs} stands above {ours}; imports run downward only, so that the lower " + (
            "room can be read and tested without the upper"
        )
    return ""


def is_pure(module: str, tree: ast.Module) -> bool:
    """Whether the law of purity holds for a module: by its room, its name, or its own word."""
    parts = module.split(".")
    said = (ast.get_docstring(tree) or "").split()
    return room_of(module) in PURE_ROOMS or bool(PURE_WORDS.intersection(parts)) or "Pure." in said


def dropped_tasks(tree: ast.AST) -> Iterator[int]:
    """Lines that start a task and forget it. A TaskGroup's tasks are kept by the group."""
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)):
            continue
        called = ast.unparse(node.value.func)
        starter = called.rpartition(".")
        if starter[2] == "ensure_future" or (
            starter[2] == "create_task" and ("asyncio" in starter[0] or "loop" in starter[0])
        ):
            yield node.lineno


def read(path: Path) -> ast.Module:
    return ast.parse(path.read_text(), filename=str(path))


def told(broken: list[str]) -> str:
    return "\n" + "\n".join(broken)


def test_imports_run_downward_only() -> None:
    broken = [
        f"{path.relative_to(ROOT)}:{line} imports {imported}: {why}"
        for path in MODULES
        for line, imported in imports(read(path))
        if (why := upward(dotted(path), imported))
    ]
    assert not broken, told(broken)


def test_what_decides_does_not_touch_the_machine() -> None:
    broken = [
        f"{path.relative_to(ROOT)}:{line} imports {imported}: {dotted(path)} is pure, so that it "
        "can be tested with values alone and never waits"
        for path in MODULES
        if is_pure(dotted(path), tree := read(path))
        for line, imported in imports(tree)
        if imported.split(".")[0] in IMPURE
    ]
    assert not broken, told(broken)


def test_only_linux_binds_the_c_library() -> None:
    broken = [
        f"{path.relative_to(ROOT)}:{line}: system calls live in linux/, the only hands"
        for path in MODULES
        if room_of(dotted(path)) != "linux"
        for line, imported in imports(read(path))
        if imported.split(".")[0] == "ctypes"
    ]
    assert not broken, told(broken)


def test_every_room_has_its_place_in_the_layers() -> None:
    rooms = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    assert rooms - LEVEL.keys() == {"testing"}


def test_every_folder_of_modules_is_a_package() -> None:
    folders = {path.parent for path in MODULES}
    assert [folder for folder in sorted(folders) if not (folder / "__init__.py").exists()] == []


def test_every_module_says_what_it_holds() -> None:
    broken = [str(path.relative_to(ROOT)) for path in FILES if not ast.get_docstring(read(path))]
    assert not broken, "without a docstring:" + told(broken)


def test_no_file_is_named_for_nothing() -> None:
    broken = [str(path.relative_to(ROOT)) for path in FILES if path.stem in NAMELESS]
    assert not broken, "name the noun that the file owns:" + told(broken)


def test_files_are_short_enough_to_hold_one_idea() -> None:
    lengths = {path: len(path.read_text().splitlines()) for path in FILES}
    broken = [
        f"{path.relative_to(ROOT)} has {length} lines, more than {LINE_LIMIT}: look for the second "
        "idea inside"
        for path, length in lengths.items()
        if length > LINE_LIMIT
    ]
    assert not broken, told(broken)


def test_every_task_that_is_started_is_kept() -> None:
    broken = [
        f"{path.relative_to(ROOT)}:{line} starts a task and drops it: nobody sees its exception, "
        "and the collector may end it"
        for path in FILES
        for line in dropped_tasks(read(path))
    ]
    assert not broken, told(broken)


# That the checks can fail


@pytest.mark.parametrize(
    ("importer", "imported", "why"),
    [
        ("mooring.book.book", "mooring.dns.query.Query", "downward only"),
        ("mooring.dns.query", "mooring.controller.driver.Driver", "on one level"),
        ("mooring.model.event", "mooring.wire.name.ROOT", "on one level"),
        ("mooring.drivers.bridge.plan", "mooring.drivers.host.driver", "strangers"),
        ("mooring.drivers.bridge.plan", "mooring.api.backend", "downward only"),
        ("mooring.store.sqlite", "mooring.testing.machine", "not one of them"),
        ("mooring", "mooring.model.event", "none of its rooms"),
    ],
)
def test_an_import_against_the_law_is_told_with_its_reason(
    importer: str, imported: str, why: str
) -> None:
    assert why in upward(importer, imported)


@pytest.mark.parametrize(
    ("importer", "imported"),
    [
        ("mooring.dns.query", "mooring.book.book.Book"),
        ("mooring.drivers.bridge.driver", "mooring.drivers.bridge.plan.plan"),
        ("mooring.cli.main", "mooring.__version__"),
        ("mooring.testing.machine", "mooring.linux.machine"),
        ("mooring.__main__", "mooring.cli.main.main"),
        ("mooring.store.sqlite", "sqlite3"),
    ],
)
def test_an_import_within_the_law_is_allowed(importer: str, imported: str) -> None:
    assert upward(importer, imported) == ""


@pytest.mark.parametrize(
    ("module", "docstring", "pure"),
    [
        ("mooring.ipam.pool", "Pools.", True),
        ("mooring.drivers.bridge.plan", "Plans.", True),
        ("mooring.sources.docker.translate", "From Docker.", True),
        ("mooring.controller.naming", "What an endpoint claims. Pure.", True),
        ("mooring.linux.netlink", "Netlink on a socket.", False),
    ],
)
def test_a_module_is_pure_by_its_room_its_name_or_its_own_word(
    module: str, docstring: str, pure: bool
) -> None:
    assert is_pure(module, ast.parse(repr(docstring))) == pure


def test_imports_are_found_wherever_they_stand() -> None:
    source = (
        "import os.path\n"
        "if TYPE_CHECKING:\n    from mooring.dns.query import Query\n"
        "def f():\n    import socket as s\n"
    )
    found = list(imports(ast.parse(source)))
    assert found == [(1, "os.path"), (3, "mooring.dns.query.Query"), (5, "socket")]


def test_a_dropped_task_is_found_and_a_kept_one_is_not() -> None:
    source = (
        "asyncio.create_task(work())\n"
        "loop.create_task(work())\n"
        "asyncio.ensure_future(work())\n"
        "task = asyncio.create_task(work())\n"
        "group.create_task(work())\n"
    )
    assert sorted(dropped_tasks(ast.parse(source))) == [1, 2, 3]
