"""psa-audit profile as a user runs it: what was called becomes a profile that others take."""

import json
import tomllib
from pathlib import Path

import pytest

from auditor import profiles
from auditor.catalogue import Catalogue
from tests.test_cli import psa_audit
from tests.test_explain_cli import BASE, ROWS, write_log

CALLED = [
    "GET /finance/agreements", "GET /finance/agreements/{id}", "POST /service/tickets",
    "GET /service/tickets/{id}", "POST /service/tickets/{parentId}/tasks",
]  # fmt: skip
COLUMN = ("--column", "url=Where")


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return write_log(tmp_path / "january.csv", [*ROWS, ("2026-01-10", "GET", "/new/thing", "200")])


def test_a_log_becomes_a_profile(tmp_path: Path, log: Path, catalogue: Catalogue) -> None:
    """Each operation once, with counts and times as comments; what is not known is a comment."""
    done = psa_audit("profile", "from-log", log, *COLUMN, "--output", "p.toml", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert (done.stdout, done.stderr) == ("", "Wrote p.toml\n")
    text = (tmp_path / "p.toml").read_text()
    assert tomllib.loads(text)["title"] == "january"
    profile = profiles.load(str(tmp_path / "p.toml"), catalogue)
    assert sorted(profile.operations) == sorted(CALLED)
    assert '"GET /service/tickets/{id}",  # 2 calls, 1 failed, 2026-01-05T08:00:00' in text
    assert "#   GET /new/thing  (200; 1 call" in text
    assert "Close Service Tickets: Edit: POST /service/tickets, when" in text
    assert "2026-01-05T08:00:00" in profile.description


def test_run_plan_and_role_take_it(tmp_path: Path, log: Path) -> None:
    """The profile selects what was called: for a plan and for the least role."""
    psa_audit("profile", "from-log", log, *COLUMN, "--output", "p.toml", cwd=tmp_path)
    plan = psa_audit("plan", "--profile", "p.toml", "--format", "json", cwd=tmp_path)
    named = {name for probe in json.loads(plan.stdout)["probes"] for name in probe["operations"]}
    assert set(CALLED) <= named
    role = psa_audit("role", "--profile", "p.toml", "--format", "json", cwd=tmp_path)
    rows = {row["moduleFunctionName"]: row for row in json.loads(role.stdout)["settings"]}
    assert rows["Agreements"]["inquireLevel"] == "All"
    assert rows["Invoicing"]["inquireLevel"] == "None"


def test_lists_and_recordings_become_profiles_too(tmp_path: Path) -> None:
    """The same calls in another form make the same profile, but for when and how often."""
    (tmp_path / "a.txt").write_text("GET /service/tickets/4\n\nDELETE /service/tickets/{id}\n")
    entries = [{"request": {"method": method, "url": f"{BASE}/service/tickets/4"},
                "response": {"status": 200}} for method in ("GET", "DELETE")]  # fmt: skip
    (tmp_path / "a.har").write_text(json.dumps({"log": {"entries": entries}}))
    found = []
    for how, file in (("from-list", "a.txt"), ("from-har", "a.har")):
        done = psa_audit("profile", how, file, "--name", "Ours", cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        data = tomllib.loads(done.stdout)
        found.append((data["title"], data["operations"]))
    expected = ("Ours", ["DELETE /service/tickets/{id}", "GET /service/tickets/{id}"])
    assert found == [expected, expected]


def test_what_a_role_has_and_nothing_uses_is_a_candidate(tmp_path: Path, log: Path) -> None:
    """Rights in use are not listed, nor those needed under a condition; the doubt is said."""
    (tmp_path / "role.csv").write_text(
        "Module,Permission,Add,Edit,Delete,Inquire\nService Desk,Service Tickets,All,None,All,All\n"
        "Service Desk,Close Service Tickets,None,All,None,None\nFinance,Agreements,None,None,None,"
        "All\nFinance,Invoicing,None,None,None,My\n"
    )
    args = ("profile", "from-log", log, *COLUMN, "--role", "role.csv")
    rows = json.loads(psa_audit(*args, "--format", "json", cwd=tmp_path).stdout)
    assert {(row["right"], row["level"]) for row in rows} == {
        ("Service Desk/Service Tickets:Delete", "All"), ("Finance/Invoicing:Inquire", "My"),
    }  # fmt: skip
    done = psa_audit(*args, cwd=tmp_path)
    assert done.returncode == 0
    words = " ".join(done.stdout.split())
    assert "Candidates to take away: 2. Seen: 7 calls on 6 days, 2026-01-05 to" in words
    assert "Only what ran in that time is seen" in words
    assert not [line for line in done.stdout.splitlines() if len(line) > 80]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("GET /nothing/here\n", "names no operation that is known"),
        ("", "is empty"),
        ("hello\n", "no call in it that could be read"),
    ],
)
def test_what_makes_no_profile_is_refused(text: str, words: str, tmp_path: Path) -> None:
    """A profile without an operation would need nothing: that is an error, exit code 2."""
    (tmp_path / "a.txt").write_text(text)
    done = psa_audit("profile", "from-list", "a.txt", cwd=tmp_path)
    assert (done.returncode, words in done.stderr) == (2, True), done.stderr


def test_hostile_text_cannot_leave_its_comment(tmp_path: Path) -> None:
    """What a log says of unknown calls stays one comment line without control characters."""
    (tmp_path / "a.txt").write_text(
        'GET /service/tickets/4\nGET /evil/"]#\x1b[31m\x7f\u2028operations=[]\n'
    )
    done = psa_audit("profile", "from-list", "a.txt", "--name", 'x"\n[[rights]]\x1b', cwd=tmp_path)
    data = tomllib.loads(done.stdout)
    assert data["operations"] == ["GET /service/tickets/{id}"]
    assert data["title"].startswith('x"')
    assert "rights" not in data
    assert "\x1b" not in done.stdout
