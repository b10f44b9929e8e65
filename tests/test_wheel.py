"""What is shipped: the wheel holds the program and all of its knowledge, and runs from it."""

import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(out)],
        cwd=ROOT, check=True, capture_output=True,
    )  # fmt: skip
    return next(out.glob("*.whl"))


def test_the_wheel_ships_every_matrix_inside_the_package(wheel: Path) -> None:
    """matrices/ becomes auditor/matrices/, file by file, and nothing else is shipped."""
    names = set(zipfile.ZipFile(wheel).namelist())
    matrices = {
        f"auditor/{path.relative_to(ROOT).as_posix()}"
        for path in (ROOT / "matrices").rglob("*")
        if path.is_file()
    }
    modules = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "auditor").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    shipped = {name for name in names if ".dist-info/" not in name}
    assert shipped == matrices | modules
    assert "auditor/matrices/operations.csv" in shipped
    assert "auditor/py.typed" in shipped


def test_the_wheel_runs_away_from_the_checkout(wheel: Path, tmp_path: Path) -> None:
    """Installed elsewhere, the program finds its own matrices."""
    venv.create(tmp_path / "env", with_pip=False)
    site = next((tmp_path / "env").glob("lib/python*/site-packages"))
    zipfile.ZipFile(wheel).extractall(site)
    own = Path(sys.executable).parent.parent
    (site / "parent.pth").write_text(str(next(own.glob("lib/python*/site-packages"))) + "\n")
    code = (
        "import auditor, sys; from auditor.catalogue import Catalogue; "
        "found = Catalogue(); print(found.directory, len(found.actions), len(found.operations))"
    )
    done = subprocess.run(
        [tmp_path / "env" / "bin" / "python", "-c", code],
        cwd=tmp_path, check=True, capture_output=True, text=True,
    )  # fmt: skip
    assert done.stdout.split() == [str(site / "auditor" / "matrices"), "487", "3111"]
