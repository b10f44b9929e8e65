"""psa-audit diff as a user runs it: two runs against the simulator, then what changed."""

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from auditor import samples
from auditor.catalogue import Catalogue
from auditor.profiles import parse_right
from auditor.roles import Role
from auditor.simulator import Settings, running

PROGRAM = Path(sys.executable).parent / "psa-audit"
PROFILE = "rewst-all-actions"
TAKEN = ("Service Desk/Service Tickets:Add", "Companies/Contacts:Inquire")
GIVEN = ("Finance/Agreements:Inquire",)


def psa_audit(
    *args: str | Path, cwd: Path, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    clean = {key: value for key, value in os.environ.items() if not key.startswith("PSA_AUDIT")}
    return subprocess.run(
        [PROGRAM, *args], cwd=cwd, env={**clean, "COLUMNS": "80", **(env or {})},
        capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=120,
    )  # fmt: skip


def audited(folder: Path, name: str, role: Role, catalogue: Catalogue, port: int = 0) -> int:
    """Audit a simulated member with this role into `folder/name`; return the simulator's port."""
    with running(Settings(role=role, catalogue=catalogue), port) as psa:
        env = {
            "PSA_AUDIT_PUBLIC_KEY": psa.public_key,
            "PSA_AUDIT_PRIVATE_KEY": psa.private_key,
            "PSA_AUDIT_CLIENT_ID": psa.client_id,
        }
        done = psa_audit(
            "run", "--site", psa.url, "--company", psa.company, "--profile", PROFILE, "--rate",
            "0", "--depth", "right", "--format", "json", "--output", name, cwd=folder, env=env,
        )  # fmt: skip
        assert done.returncode in {0, 1, 3}, done.stderr
        return int(psa.url.rpartition(":")[2])


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory, catalogue: Catalogue) -> Path:
    """A folder with run `a`, and run `b` of the same PSA after the role was changed."""
    folder = tmp_path_factory.mktemp("diff")
    taken, given = ([parse_right(name, catalogue).right for name in names]
                    for names in (TAKEN, GIVEN))  # fmt: skip
    least = samples.least(PROFILE, catalogue)
    port = audited(folder, "a", least.without(given), catalogue)
    audited(folder, "b", least.without(taken), catalogue, port)
    return folder


def diff(runs: Path, *args: str | Path, code: int) -> str:
    done = psa_audit("diff", *args, cwd=runs)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout if code != 2 else done.stderr


def test_diff_finds_exactly_what_differs(runs: Path) -> None:
    """Of two runs of one PSA it names the boxes that were ticked and cleared, and no other."""
    data = json.loads(diff(runs, "a", "b", "--format", "json", code=1))
    found = {kind: {item["id"] for item in data["rights"] if item["kind"] == kind}
             for kind in ("lost", "gained")}  # fmt: skip
    assert found == {"lost": set(TAKEN), "gained": set(GIVEN)}
    assert set(data["counts"]) <= {"lost", "gained", "weaker"}
    assert {tuple(item["causes"]) for item in data["rights"] if item["kind"] != "weaker"} == {
        ("role",)
    }
    assert data["differences"] == []
    assert data["schema"] == "psa-audit/diff/1"
    assert data["fails"] == ["lost"]
    broken = {item["action"] for item in data["actions"] if item["outlook_after"] == "fails"}
    assert "Tickets/Create Service Ticket" in broken
    for item in data["actions"]:
        if item["action"] in broken:
            assert set(item["rights"]) & set(TAKEN)


def test_the_way_back_is_the_mirror(runs: Path) -> None:
    """What was lost is gained the other way round."""
    data = json.loads(diff(runs, "b", "a", "--format", "json", code=1))
    lost = {item["id"] for item in data["rights"] if item["kind"] == "lost"}
    gained = {item["id"] for item in data["rights"] if item["kind"] == "gained"}
    assert (lost, gained) == (set(GIVEN), set(TAKEN))


def test_a_journal_and_its_own_report_are_equal(runs: Path) -> None:
    """The folder, its report.json and its journal say the same in every form."""
    for one in ("a", "a/report.json", "a/journal.jsonl"):
        out = diff(runs, one, "a/journal.jsonl", "--fail-on",
                   "lost,gained,needed,undecided,excess", code=0)  # fmt: skip
        assert "No right and no verdict changed." in out
        assert "Exit code 0" in out


@pytest.mark.parametrize(("words", "code"), [
    ("lost", 1), ("gained", 1), ("needed", 0), ("undecided", 0), ("excess", 0), ("", 0),
    ("needed,lost", 1),
])  # fmt: skip
def test_fail_on_decides_the_exit_code(runs: Path, words: str, code: int) -> None:
    """Only what --fail-on names makes the exit code 1."""
    diff(runs, "a", "b", "--fail-on", words, code=code)


def test_what_a_run_fails_on_is_no_word_of_diff(runs: Path) -> None:
    """PSA_AUDIT_FAIL_ON and psa-audit.toml speak of `run`; diff has a variable of its own."""
    done = psa_audit("diff", "a", "a", cwd=runs, env={"PSA_AUDIT_FAIL_ON": "missing"})
    assert done.returncode == 0, done.stderr
    done = psa_audit("diff", "a", "b", cwd=runs, env={"PSA_AUDIT_DIFF_FAIL_ON": "needed"})
    assert done.returncode == 0, done.stderr


def test_the_table_fits_and_names_the_cause(runs: Path) -> None:
    """80 columns, the boxes, the cause with its meaning, the exit code in words."""
    out = diff(runs, "a", "b", code=1)
    assert max(map(len, out.splitlines())) <= 80
    for text in ("Lost: granted before", "Gained: granted now", "role: the role changed",
                 "Exit code 1: lost."):  # fmt: skip
        assert text in out


def test_csv_holds_every_change_and_no_formula(runs: Path) -> None:
    """One row each; a cell that would be a formula begins with an apostrophe."""
    rows = list(csv.DictReader(io.StringIO(diff(runs, "a", "b", "--format", "csv", code=1))))
    assert {row["name"] for row in rows if row["change"] == "lost"} == set(TAKEN)
    assert not [cell for row in rows for cell in row.values() if cell[:1] in set("=+@")]
    assert {row["after"] for row in rows if row["name"] == "Tickets/Create Service Ticket"}


def hostile(runs: Path, company: str) -> Path:
    """Write report `a` as if the tenant had this name."""
    data = json.loads((runs / "a/report.json").read_text())
    data["target"]["company"] = company
    path = runs / "hostile.json"
    path.write_text(json.dumps(data))
    return path


def test_another_psa_is_warned_of(runs: Path) -> None:
    """Two companies: the note stands before the changes, and the cause is the target."""
    out = diff(runs, "a", hostile(runs, "other"), code=0)
    assert "Note: These are different PSAs" in out


def test_the_tenants_text_steers_nothing(runs: Path) -> None:
    """Control characters, formulas and markup come out as text."""
    path = hostile(runs, "=1+1|<b>\x1b[31m\r\nx")
    for form in ("table", "csv", "markdown"):
        out = diff(runs, "a", path, "--format", form, code=0)
        assert "\x1b" not in out
        assert "\r" not in out
    assert r"=1+1\|\<b\>" in out


ROLE = "Module,Permission,Add,Edit,Delete,Inquire\n"


def test_a_role_file_against_a_run(runs: Path) -> None:
    """What the file repairs, breaks and leaves, in either order of the two."""
    row = "Finance,Agreements,All,All,All,All\nSales,Closed Opportunity,All,All,All,All\n"
    (runs / "role.csv").write_text(ROLE + row)
    data = json.loads(diff(runs, "a", "role.csv", "--format", "json", code=1))
    found = {item["id"]: item["kind"] for item in data["rights"]}
    assert found["Finance/Agreements:Inquire"] == "repairs"
    assert found["Service Desk/Service Tickets:Add"] == "breaks"
    assert data["fails"] == ["lost"]
    assert data["notes"] == [
        "The file holds no Customize list: Table Setup items cannot be judged."
    ]
    assert json.loads(diff(runs, "role.csv", "a", "--format", "json", code=1)) == data
    assert "Would break" in diff(runs, "role.csv", "a", code=1)


def test_the_settings_that_the_api_returns_are_a_role_file(runs: Path) -> None:
    """JSON without a schema is read as the API's own settings."""
    level = {"moduleName": "Finance", "moduleFunctionName": "Agreements", "inquireLevel": "All"}
    (runs / "mine.json").write_text(json.dumps([level]))
    data = json.loads(diff(runs, "a", "mine.json", "--format", "json", code=1))
    kinds = {item["id"]: item["kind"] for item in data["rights"]}
    assert kinds["Finance/Agreements:Inquire"] == "repairs"


def changed(runs: Path, *way: Any) -> str:
    """Return report `a` with the value at the end of `way` put in place."""
    data = json.loads((runs / "a/report.json").read_text())
    place = data
    for key in way[:-2]:
        place = place[key]
    place[way[-2]] = way[-1]
    return json.dumps(data)


BAD: list[tuple[str, tuple[Any, ...] | str, str]] = [
    ("an edited state", ("rights", 0, "state", "missing"), "contradicts itself"),
    ("an edited verdict", ("actions", 0, "verdict", "denied"), "contradicts itself"),
    ("a renamed right", ("rights", 0, "id", "Finance/Everything:Add"), "contradicts itself"),
    ("a count", ("counts", "rights", "granted", 999), "contradicts itself"),
    ("an unknown state", ("rights", 0, "state", "fine"), "rights.0.state"),
    ("a field too many", ("rights", 0, "x\x1b[31m", 1), "no report of this version"),
    ("a later schema", ("schema", "psa-audit/report/2"), "is of schema 'psa-audit/report/2'"),
    ("another tool's JSON", '{"schema": "sarif"}', "is of schema 'sarif'"),
    ("an unrelated object", '{"hello": 1}', "holds no list of settings"),
    ("no JSON", "hello", "is not JSON"),
    ("nesting without end", "[" * 100_000, "is not JSON"),
    ("a journal's line alone", '{"chain": "0", "event": "start"}\n', "hash chain breaks"),
    ("nothing", "", "is not JSON"),
]


@pytest.mark.parametrize(("why", "content", "message"), BAD, ids=[item[0] for item in BAD])
def test_a_tampered_or_foreign_file_is_a_clear_error(
    runs: Path, why: str, content: tuple[Any, ...] | str, message: str
) -> None:
    """Exit code 2, the file's name, what is wrong with it; no traceback, no control character."""
    text = content if isinstance(content, str) else changed(runs, *content)
    (runs / "bad.json").write_text(text)
    said = diff(runs, "a", "bad.json", code=2)
    assert message in said
    assert "bad.json" in said
    assert "Traceback" not in said
    assert "\x1b" not in said


def test_a_tampered_journal_is_a_clear_error(runs: Path) -> None:
    """The hash chain shows the line that was edited."""
    lines = (runs / "a/journal.jsonl").read_text().splitlines(keepends=True)
    edited = [line.replace("403", "200") for line in lines]
    (runs / "edited.jsonl").write_text("".join(edited))
    assert "hash chain breaks" in diff(runs, "a", "edited.jsonl", code=2)


def test_what_cannot_be_compared_is_said(runs: Path) -> None:
    """Two role files belong to `role diff`; an empty folder and an unknown word are named."""
    for name in ("one.csv", "two.csv"):
        (runs / name).write_text(ROLE + "Finance,Agreements,All,All,All,All\n")
    said = diff(runs, "one.csv", "two.csv", code=2)
    assert "one.csv and two.csv are both role files" in said
    assert "role diff" in said
    (runs / "empty").mkdir(exist_ok=True)
    assert "holds neither" in diff(runs, "a", "empty", code=2)
    assert "cannot be read" in diff(runs, "a", "nowhere", code=2)
    assert "unknown word 'missing'" in diff(runs, "a", "b", "--fail-on", "missing", code=2)
