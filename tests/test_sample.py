"""The committed sample is what the program gives today, in every format."""

from pathlib import Path

import pytest

from auditor import writers
from tests.sample import SAMPLE, make
from tests.test_cli import psa_audit


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sample") / "sample"
    make(folder)
    return folder


def test_the_sample_holds_every_format() -> None:
    """Journal, manifest and one file a format, nothing else."""
    wanted = {name for _, name in writers.FORMATS.values()} | {"journal.jsonl", "manifest.json"}
    assert {path.name for path in SAMPLE.iterdir()} == wanted


def test_the_sample_is_what_a_fresh_run_gives(fresh: Path) -> None:
    """Byte by byte, settled address and times aside; `make sample` makes it anew."""
    for path in sorted(SAMPLE.iterdir()):
        assert path.read_bytes() == (fresh / path.name).read_bytes(), path.name


def test_the_sample_verifies(tmp_path: Path) -> None:
    """Whoever gets it can check that the reports came from the journal."""
    done = psa_audit("verify", SAMPLE, cwd=tmp_path, env={})
    assert done.returncode == 0, done.stdout
