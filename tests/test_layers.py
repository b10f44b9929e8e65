"""The order of the rooms: who may import whom."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "auditor"

# Each module may import those above it only.
ORDER = """
    errors layers rights atoms grid rows ledger grids catalogue conditions roles
    matrix_import role_files operations calls called click_paths replies queries explain
    usage cases profile_text profile_files profiles published_roles risks samples recipes
    draft plan gate limiter target client observation events journal verdict preflight
    probe declared evidence doctor calibration inference states followups outcome excess
    accepted least role_check role_diff findings standing finding_rules schema parts
    report sharing manifest pairs causes compare against audit runs writers simulator cli
""".split()  # noqa: SIM905 - reads best as text

# Outside libraries that belong in one room.
ROOMS = {
    "httpx": {"client"},
    "click": {"cli"},
    "openpyxl": {"writers", "matrix_import", "calls"},  # these read the workbooks people have
    "ijson": {"calls"},
    "jinja2": {"writers"},
    "tabulate": {"writers", "cli"},
    "starlette": {"simulator"},
    "uvicorn": {"simulator"},
}


def room(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


FILES = [path for path in sorted(PACKAGE.rglob("*.py")) if path.name != "__init__.py" or
         path.parent != PACKAGE]  # fmt: skip


def test_every_module_has_a_place_in_the_order() -> None:
    """No module exists outside the order, and the order names no module that is gone."""
    assert {room(path) for path in FILES} == set(ORDER)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_module_imports_only_what_comes_before_it(path: Path) -> None:
    """A stage never imports a later one."""
    own = ORDER.index(room(path))
    for name in imports(path):
        parts = name.split(".")
        if parts[0] == "auditor" and len(parts) > 1 and parts[1] in ORDER:
            assert ORDER.index(parts[1]) <= own, f"{room(path)} imports {name}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_library_stays_in_its_room(path: Path) -> None:
    """httpx is known to the client only, click to the CLI, openpyxl to writers and import."""
    for name in imports(path):
        top = name.split(".")[0]
        assert room(path) in ROOMS.get(top, {room(path)}), f"{room(path)} imports {top}"


def test_matrices_hold_data_only() -> None:
    """A .py under matrices/ would break editable installs."""
    assert not list((PACKAGE.parent / "matrices").rglob("*.py"))
