"""The program as a user runs it: exit codes, messages, files."""

import csv
import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from openpyxl import load_workbook

from auditor import profiles, samples
from auditor.catalogue import Catalogue
from auditor.gate import EVIDENCE, PREFLIGHT
from auditor.schema import Report
from auditor.simulator import Settings, running
from tests.psa import CLIENT_ID, PRIVATE, PUBLIC, SIGNED, Psa, serving

PROGRAM = Path(sys.executable).parent / "psa-audit"
KEYS = {
    "PSA_AUDIT_PUBLIC_KEY": PUBLIC,
    "PSA_AUDIT_PRIVATE_KEY": PRIVATE,
    "PSA_AUDIT_CLIENT_ID": CLIENT_ID,
}


def psa_audit(
    *args: str | Path, cwd: Path, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run the program in `cwd` with no terminal and no settings but `env`."""
    clean = {key: value for key, value in os.environ.items() if not key.startswith("PSA_AUDIT")}
    return subprocess.run(
        [PROGRAM, *args], cwd=cwd, env={**clean, **(KEYS if env is None else env)},
        capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=120,
    )  # fmt: skip


@pytest.fixture(scope="module")
def psa() -> Iterator[Psa]:
    with serving() as found:
        yield found


@pytest.fixture
def site(psa: Psa) -> tuple[str, ...]:
    return ("--site", psa.url, "--company", "acme")


def test_demo_finds_exactly_what_the_role_lacks(tmp_path: Path, catalogue: Catalogue) -> None:
    """The demo finds every planted gap, accuses nothing else, changes nothing, and says so."""
    done = psa_audit("demo", cwd=tmp_path, env={})
    assert done.returncode == 0, done.stdout + done.stderr
    report = Report.model_validate_json((tmp_path / "reports/demo/report.json").read_bytes())
    role = samples.role("demo", catalogue)
    needed = profiles.needs(profiles.select(catalogue, ("rewst-all-actions",)), catalogue)
    lacking = {need.right.id for need in needed if not role.has(need.right)}
    assert {right.id for right in report.rights if right.state == "missing"} == lacking
    assert len(lacking) >= 10
    assert f"lacks {len(lacking)} of the needed rights: {len(lacking)} found." in done.stdout
    assert "Falsely accused: 0; falsely cleared: 0." in done.stdout
    assert "own ledger: 0." in done.stdout
    assert "Exit code 1: needed rights are missing." in done.stdout
    assert len(report.actions) == 487
    book = load_workbook(tmp_path / "reports/demo/report.xlsx")
    assert book.sheetnames[:4] == ["Summary", "Missing", "Fix checklist", "Excess"]
    assert not [line for line in done.stdout.splitlines() if len(line) > 80]


def test_demo_can_be_run_again(tmp_path: Path) -> None:
    """The demo replaces its own earlier files, and nothing else."""
    (tmp_path / "reports/demo").mkdir(parents=True)
    (tmp_path / "reports/demo/mine.txt").write_text("kept")
    for _ in range(2):
        assert psa_audit("demo", cwd=tmp_path, env={}).returncode == 0
    assert (tmp_path / "reports/demo/mine.txt").read_text() == "kept"


def test_run_writes_journal_and_reports(tmp_path: Path, site: tuple[str, ...]) -> None:
    """A run leaves journal.jsonl, report.xlsx and report.json, readable by the owner only."""
    done = psa_audit("run", *site, "--rate", "0", "--profile", "rewst-authentication",
                     "--output", "out", cwd=tmp_path)  # fmt: skip
    assert done.returncode == 0, done.stderr
    files = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert files == ["journal.jsonl", "manifest.json", "report.json", "report.xlsx"]
    assert all(path.stat().st_mode & 0o077 == 0 for path in (tmp_path / "out").iterdir())
    assert "All 2 needed rights are there: 2 proved by an answer." in done.stdout
    assert "Exit code 0: every needed right is there." in done.stdout


def test_the_default_output_names_company_and_time(tmp_path: Path, site: tuple[str, ...]) -> None:
    """Without --output a run lands in reports/COMPANY-UTCTIME/."""
    psa_audit("run", *site, "--right", "Finance/Agreements:Inquire", cwd=tmp_path)
    (folder,) = (tmp_path / "reports").iterdir()
    assert folder.name.startswith("acme-20")


def test_no_secret_is_written_anywhere(tmp_path: Path, site: tuple[str, ...]) -> None:
    """Keys and client id appear in no file and no output."""
    env = {**KEYS, "PSA_AUDIT_PRIVATE_KEY": "s3cr3tpr1vate", "PSA_AUDIT_PUBLIC_KEY": "s3cr3tpub"}
    done = psa_audit("run", *site, "--output", "out", cwd=tmp_path, env=env)
    assert done.returncode == 4
    ok = psa_audit("run", *site, "--output", "out", "--profile", "rewst-authentication",
                   cwd=tmp_path)  # fmt: skip
    text = done.stdout + done.stderr + ok.stdout + ok.stderr
    text += "".join(
        path.read_bytes().decode(errors="replace") for path in tmp_path.rglob("*.json*")
    )
    for secret in ("s3cr3t", PUBLIC, PRIVATE, CLIENT_ID, SIGNED.split()[1]):
        assert secret not in text


def test_report_makes_the_same_files_again(tmp_path: Path, site: tuple[str, ...]) -> None:
    """Rendering a journal again gives the same bytes, and the same exit code."""
    psa_audit("run", *site, "--rate", "0", "--output", "out", cwd=tmp_path)
    first = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    again = psa_audit("report", "out", "--output", "again", cwd=tmp_path, env={"TZ": "Asia/Tokyo"})
    assert again.returncode == 3
    for name in ("report.json", "report.xlsx"):
        assert (tmp_path / "again" / name).read_bytes() == first[name]


def test_a_saved_plan_is_sent_exactly(tmp_path: Path, psa: Psa, site: tuple[str, ...]) -> None:
    """`plan --format json` and `run --plan` send the same requests, with the same hash."""
    flags = (
        "--action",
        "Tickets/List Service Tickets",
        "--action",
        "Tickets/Delete Service Ticket",
    )
    plan = psa_audit("plan", *flags, "--format", "json", cwd=tmp_path, env={})
    (tmp_path / "plan.json").write_text(plan.stdout)
    psa.calls.clear()
    done = psa_audit("run", *site, "--plan", "plan.json", "--output", "out", cwd=tmp_path)
    assert done.returncode == 3, done.stderr
    report = json.loads((tmp_path / "out/report.json").read_text())
    assert report["plan"]["hash"] == json.loads(plan.stdout)["hash"]
    sent = {f"{call.method} {call.path}" for call in psa.calls if call.is_signed}
    probes = json.loads(plan.stdout)["probes"]
    lines = {
        stage: {f"{probe['request']['method']} {probe['request']['path']}"
                for probe in probes if (probe["stage"] == "main") is stage}
        for stage in (True, False)
    }  # fmt: skip
    beside = {f"GET {request.path}" for request in (*EVIDENCE, *PREFLIGHT)}
    assert lines[True] <= sent
    assert sent <= lines[True] | lines[False] | beside


def test_plan_prints_as_csv_too(tmp_path: Path) -> None:
    """The CSV of a plan holds each request, when it is sent, and why it changes nothing."""
    done = psa_audit("plan", "--format", "csv", cwd=tmp_path, env={})
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert {row["sent"] for row in rows} == {"yes", "no", "if needed"}
    assert all(row["harmless"] for row in rows)
    assert len(rows) > 487


def test_read_only_sends_no_write(tmp_path: Path, psa: Psa, site: tuple[str, ...]) -> None:
    """--read-only leaves every write out, and the report says so."""
    psa.calls.clear()
    psa_audit("run", *site, "--rate", "0", "--read-only", "--output", "out", cwd=tmp_path)
    assert not [call for call in psa.sent("POST") if not call.path.endswith("/search")]
    assert not psa.sent("PUT", "PATCH", "DELETE")


def test_matrix_actions_is_the_contract(tmp_path: Path) -> None:
    """`matrix actions --format json` lists 487 actions with their rights."""
    done = psa_audit("matrix", "actions", "--format", "json", cwd=tmp_path, env={})
    items = json.loads(done.stdout)
    assert len(items) == 487
    for item in items:
        assert {"category", "action", "method", "path", "rights", "conditional"} <= set(item)
        assert item["rights"] or item["method"] is None
        for right in item["rights"]:
            assert list(right) == [
                "module", "permission", "verb", "level", "table", "basis", "source"
            ]  # fmt: skip
        for right in item["conditional"]:
            assert right["condition"]


@pytest.mark.parametrize("what", ["actions", "operations", "permissions", "rules", "profiles"])
@pytest.mark.parametrize("form", ["table", "json", "csv"])
def test_matrix_prints_every_list_in_every_form(tmp_path: Path, what: str, form: str) -> None:
    """Each list comes as a table that fits 80 columns, as JSON and as CSV."""
    done = psa_audit("matrix", what, "--format", form, cwd=tmp_path, env={"COLUMNS": "80"})
    assert done.returncode == 0, done.stderr
    match form:
        case "table":
            assert max(map(len, done.stdout.splitlines())) <= 80
        case "json":
            assert json.loads(done.stdout)
        case _:
            assert len(list(csv.DictReader(io.StringIO(done.stdout)))) >= 3


def test_doctor_says_what_works(tmp_path: Path, catalogue: Catalogue) -> None:
    """Each prerequisite is listed with what was sent, what came back and what it means."""
    role = samples.role("demo", catalogue)
    with running(Settings(role=role, catalogue=catalogue, my_security=False)) as simulator:
        env = {
            "PSA_AUDIT_PUBLIC_KEY": simulator.public_key,
            "PSA_AUDIT_PRIVATE_KEY": simulator.private_key,
            "PSA_AUDIT_CLIENT_ID": simulator.client_id,
        }
        site = ("--site", simulator.url, "--company", simulator.company)
        done = psa_audit("doctor", *site, cwd=tmp_path, env=env)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "ok   host and company" in done.stdout
    assert "ok   client id and credentials: signed in" in done.stdout
    assert "clock" in done.stdout
    assert "may not read it" in done.stdout
    assert "evidence /system/myMembers: can be read" in done.stdout
    assert "licence class" in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80


BAD: list[tuple[str, tuple[str, ...], dict[str, str], int, str]] = [
    ("an unknown profile", ("--profile", "rewst-al-actions"), {}, 2, "rewst-all-actions"),
    ("an unknown action", ("--action", "Tickets/List Service Tiket"), {}, 2,
     "Tickets/List Service Tickets"),
    ("an unknown permission", ("--right", "Finance/Agrements:Add"), {}, 2, "Finance/Agreements"),
    ("an unknown verb", ("--right", "Finance/Agreements:Read"), {}, 2, "not a verb"),
    ("an unknown level", ("--right", "Finance/Agreements:Add:Some"), {}, 2, "not a level"),
    ("no right at all", ("--right", "nonsense"), {}, 2, "not a right"),
    ("an unknown format", ("--format", "docx"), {}, 2, "No format 'docx'"),
    ("an unknown word in --fail-on", ("--fail-on", "mising"), {}, 2, "unknown word 'mising'"),
    ("no client id", (), {"PSA_AUDIT_CLIENT_ID": ""}, 2, "PSA_AUDIT_CLIENT_ID is not set"),
    ("no public key", (), {"PSA_AUDIT_PUBLIC_KEY": ""}, 2, "PSA_AUDIT_PUBLIC_KEY is not set"),
    ("a wrong key", (), {"PSA_AUDIT_PRIVATE_KEY": "x"}, 4, "keys were not accepted"),
    ("a wrong company", ("--company", "acmee"), {}, 4, "Company 'acmee' is not known"),
    ("a wrong host", ("--site", "http://127.0.0.1:9"), {}, 4, "cannot be reached"),
    ("plain http", ("--site", "http://psa.example"), {}, 2, "keys in the clear"),
    ("another scheme", ("--site", "ftp://127.0.0.1"), {}, 2, "not a web address"),
    ("keys in the address", ("--site", "https://a:b@psa.example"), {}, 2, "credentials"),
    ("no company", ("--company", ""), {}, 2, "--company is not given"),
    ("a folder that cannot be made", ("--output", "/proc/nothing"), {}, 2, "cannot be made"),
    ("no such plan", ("--plan", "missing.json"), {}, 2, "cannot be read"),
    ("no such journal", ("--resume", "missing.jsonl"), {}, 2, "cannot be read"),
    ("no such CA file", ("--ca-bundle", "missing.pem"), {}, 2, "missing.pem"),
    ("open credentials", ("--credentials", "open.toml"), {}, 2, "can be read by others"),
]  # fmt: skip


@pytest.mark.parametrize(("why", "flags", "env", "code", "message"), BAD)
def test_bad_input_is_a_clear_error(
    tmp_path: Path,
    psa: Psa,
    site: tuple[str, ...],
    why: str,
    flags: tuple[str, ...],
    env: dict[str, str],
    code: int,
    message: str,
) -> None:
    """What is wrong, where, what to try; the right exit code; nothing probed, nothing written."""
    (tmp_path / "open.toml").write_text("")
    (tmp_path / "open.toml").chmod(0o644)
    psa.calls.clear()
    done = psa_audit("run", *site, *flags, cwd=tmp_path, env={**KEYS, **env})
    assert done.returncode == code, f"{why}: {done.stdout}{done.stderr}"
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert not psa.sent("POST", "PUT", "PATCH", "DELETE")
    assert not list(tmp_path.rglob("report.*"))
    assert not list(tmp_path.rglob("journal.jsonl"))


def test_a_torn_journal_is_reported_as_far_as_it_goes(
    tmp_path: Path, site: tuple[str, ...]
) -> None:
    """A truncated journal gives a partial report and says what was left out."""
    psa_audit("run", *site, "--rate", "0", "--output", "out", cwd=tmp_path)
    path = tmp_path / "out/journal.jsonl"
    path.write_bytes(path.read_bytes()[:-30])
    done = psa_audit("report", "out", "--overwrite", cwd=tmp_path, env={})
    assert done.returncode == 3
    assert "cut off and was left out" in done.stderr


def test_a_changed_journal_is_refused(tmp_path: Path, site: tuple[str, ...]) -> None:
    """An edited journal is an error that names the line."""
    psa_audit("run", *site, "--rate", "0", "--output", "out", cwd=tmp_path)
    path = tmp_path / "out/journal.jsonl"
    path.write_text(path.read_text().replace('"status": 404', '"status": 403', 1))
    done = psa_audit("report", "out", cwd=tmp_path, env={})
    assert done.returncode == 2
    assert "the hash chain breaks here" in done.stderr


def test_an_earlier_run_is_never_overwritten(tmp_path: Path, site: tuple[str, ...]) -> None:
    """A second run into the same folder is refused before anything is sent."""
    flags = (*site, "--profile", "rewst-authentication", "--output", "out")
    assert psa_audit("run", *flags, cwd=tmp_path).returncode == 0
    done = psa_audit("run", *flags, cwd=tmp_path)
    assert done.returncode == 2
    assert "a run has been there" in done.stderr


def test_flags_come_from_the_environment_and_the_file(tmp_path: Path, psa: Psa) -> None:
    """PSA_AUDIT_* and psa-audit.toml set any flag; the command line wins over both."""
    (tmp_path / "psa-audit.toml").write_text('company = "acme"\nprofile = ["rewst-authentication"]')
    env = {**KEYS, "PSA_AUDIT_SITE": psa.url, "PSA_AUDIT_OUTPUT": "out"}
    done = psa_audit("run", cwd=tmp_path, env=env)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out/report.json").exists()
    wrong = psa_audit("run", "--company", "nobody", cwd=tmp_path, env=env)
    assert "nobody" in wrong.stderr


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('private_key = "x"', "does not belong in a configuration file"),
        ('compani = "x"', "unknown flag 'compani'"),
        ("company =", "cannot be read"),
    ],
)
def test_a_bad_configuration_file_is_an_error(tmp_path: Path, text: str, message: str) -> None:
    """A secret, a misspelled flag or broken TOML is named, not ignored."""
    (tmp_path / "psa-audit.toml").write_text(text)
    done = psa_audit("plan", cwd=tmp_path, env={})
    assert done.returncode == 2
    assert message in done.stderr


def test_a_private_credentials_file_works(tmp_path: Path, site: tuple[str, ...]) -> None:
    """--credentials reads a TOML file that only its owner can read."""
    path = tmp_path / "keys.toml"
    path.write_text(
        f'public_key = "{PUBLIC}"\nprivate_key = "{PRIVATE}"\nclient_id = "{CLIENT_ID}"\n'
    )
    path.chmod(0o600)
    done = psa_audit("run", *site, "--credentials", path, "--profile", "rewst-authentication",
                     cwd=tmp_path, env={})  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_a_wrong_matrix_row_is_named(tmp_path: Path, catalogue: Catalogue) -> None:
    """A row with an unknown permission ends every command with file and line."""
    import shutil

    copy = Path(shutil.copytree(catalogue.directory, tmp_path / "matrices"))
    path = copy / "rules" / "finance.csv"
    path.write_text(path.read_text() + "GET,/finance/x,Agrements,,,,inferred,inference,because\n")
    done = psa_audit("plan", "--matrices", "matrices", cwd=tmp_path, env={})
    assert done.returncode == 2
    assert "finance.csv:" in done.stderr
    assert "'Agreements'" in done.stderr
