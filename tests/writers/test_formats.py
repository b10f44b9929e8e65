"""Every format: hostile text stays harmless, and the same report gives the same bytes anywhere."""

import csv
import io
import json
import os
import subprocess
import sys
import unicodedata
from pathlib import Path
from xml.etree import ElementTree as Xml

import pytest
from openpyxl import load_workbook

from auditor.errors import InputError
from auditor.schema import Report
from auditor.writers import FORMATS, check, render
from tests.writers.samples import POISONS, poisoned, whole_report

ROOT = Path(__file__).parent.parent.parent
DIGESTS = """
import hashlib
from auditor.writers import FORMATS, render
from tests.writers.samples import poisoned, whole_report
for shown in (whole_report(), poisoned(whole_report(), "\\xe9 \\U0001f600 =1 \\ud800 @x")):
    for name in FORMATS:
        print(name, hashlib.sha256(render(shown, name)).hexdigest())
"""


@pytest.fixture(scope="module")
def shown() -> Report:
    return whole_report()


def rows_of(name: str, content: bytes) -> int:
    """Read a format back and count the rights that it shows."""
    match name:
        case "xlsx":
            matrix = load_workbook(io.BytesIO(content))["Role matrix"]
            cells = matrix.iter_rows(min_row=4, min_col=4, max_col=7, values_only=True)
            return sum(cell != "–" for row in cells for cell in row)
        case "csv":
            return len(list(csv.DictReader(io.StringIO(content.decode()))))
        case "json":
            return len(json.loads(content)["rights"])
        case "junit":
            root = Xml.fromstring(content)  # noqa: S314 - our own file
            return len(root.findall("testsuite/testcase"))
        case _:
            raise AssertionError(name)


@pytest.mark.parametrize("name", ["xlsx", "csv", "json", "junit"])
def test_a_format_shows_every_right(name: str, shown: Report) -> None:
    """Read back, it holds as many rights as the model; JUnit only those that are needed."""
    wanted = shown.needed if name == "junit" else shown.rights
    assert rows_of(name, render(shown, name)) == len(wanted)


@pytest.mark.parametrize("poison", POISONS, ids=lambda text: ascii(text[:12]))
@pytest.mark.parametrize("name", [name for name in FORMATS if name != "xlsx"])
def test_hostile_text_does_not_steer_what_shows_it(name: str, poison: str, shown: Report) -> None:
    """Every text format is UTF-8 without a character that moves a cursor or turns a line."""
    text = render(poisoned(shown, poison), name).decode("utf-8")
    assert {char for char in text if unicodedata.category(char)[0] == "C"} <= set("\n\t")


@pytest.mark.parametrize("name", FORMATS)
def test_an_empty_text_and_an_endless_one_make_a_file(name: str, shown: Report) -> None:
    """Neither stops a writer, and the endless one does not make an endless file."""
    long = render(poisoned(shown, "x" * 40_000), name)
    assert len(render(poisoned(shown, ""), name)) < len(long) < 20_000_000


@pytest.mark.parametrize(
    "settings",
    [
        {"TZ": "Asia/Tokyo", "PYTHONHASHSEED": "0"},
        {"LC_ALL": "C", "PYTHONHASHSEED": "1", "PYTHONUTF8": "0"},
        {"LC_ALL": "C.UTF-8", "TZ": "America/St_Johns", "PYTHONHASHSEED": "12345"},
    ],
    ids=lambda settings: next(iter(settings)),
)
def test_the_same_report_gives_the_same_bytes_anywhere(settings: dict[str, str]) -> None:
    """Neither time zone, locale nor the order of hashes is in a file."""
    assert digests(settings) == digests({"PYTHONHASHSEED": "77", "TZ": "UTC"})


def digests(settings: dict[str, str]) -> list[str]:
    """Write every format in a process of its own and return the digests."""
    kept = {key: value for key, value in os.environ.items() if key not in {"LC_ALL", "LANG", "TZ"}}
    done = subprocess.run(
        [sys.executable, "-c", DIGESTS], cwd=ROOT, check=True, capture_output=True, text=True,
        env={**kept, **settings, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    found = done.stdout.splitlines()
    assert len(found) == 2 * len(FORMATS)
    return found


def test_all_is_every_format() -> None:
    """The word all stands for every format, whatever stands beside it."""
    assert check(["all"]) == check(["json", "all"]) == tuple(FORMATS)
    assert check(["json", "csv", "json"]) == ("json", "csv")


def test_an_unknown_format_names_those_there_are() -> None:
    """A wrong word is answered with the nearest one, or with the list."""
    with pytest.raises(InputError) as caught:
        check(["docx"])
    assert "or all" in str(caught.value.hint)
