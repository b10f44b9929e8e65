"""What may leave the house, what somebody answers for, and whether files are as written."""

import json
import shutil
from datetime import date
from pathlib import Path

import pytest

from auditor import accepted, profiles, samples
from auditor.accepted import Acceptance
from auditor.catalogue import Catalogue
from auditor.errors import InputError
from auditor.outcome import Outcome
from auditor.report import EVERYDAY, Policy, assess, exit_code
from auditor.rights import Right, Verb
from auditor.schema import Report
from auditor.sharing import HIDDEN, shared
from auditor.simulator import Settings, running
from tests.reports import full_report, report, right
from tests.test_cli import psa_audit
from tests.worlds import REFUSED, ROWS, answered, plan_of

FAIL_ON = frozenset({"missing", "undecided"})
LIST, CONTACTS = "GET /service/tickets", "GET /company/contacts"
TICKETS = Right("Service Desk", "Service Tickets", Verb.INQUIRE)
TENANT = ("acme-corp", "psa.acme.example", "Jane Doe", "acme-profile.toml", "Acme Secret Module")


def tenant_report() -> Report:
    """A report with something of the tenant's own in every field that can hold it."""
    from auditor.schema import AcceptedPart, FindingPart, SettingsPart, TargetPart

    answers = AcceptedPart(reason="Jane Doe said so", owner="Jane Doe", expires="2030-01-01")
    finding = FindingPart(
        rule="unknown-permission", severity="low", module=None, permission=None, verb=None,
        table=None, message="The settings name Acme Secret Module.", fix="", actions=(),
    )  # fmt: skip
    return report(
        target=TargetPart(site="https://psa.acme.example", company="acme-corp", api_version="v1"),
        profile=("rewst-documented", "acme-profile.toml"),
        settings=(SettingsPart(source="/system/mySecurity", answer="read", permissions=1,
                               items=None, unmatched=("Acme Secret Module",)),),
        findings=(finding,),
        rights=(
            right(wanted_by=("acme-profile.toml",), source="acme-profile.toml",
                  why="asked for by Jane Doe", accepted=answers),
            right("Merge Tickets", "excess", needed=None, declared="All", source=""),
        ),
    )  # fmt: skip


@pytest.mark.parametrize("share", ["vendor", "public"])
def test_nothing_of_the_tenant_is_shared(catalogue: Catalogue, share: str) -> None:
    """Host, company, people, file names and names of the tenant's own are gone."""
    known, sources = frozenset(profiles.names(catalogue)), frozenset(catalogue.sources)
    found = shared(tenant_report(), share, known, sources)  # type: ignore[arg-type]
    text = found.model_dump_json()
    for word in TENANT:
        assert word.casefold() not in text.casefold(), word
    assert found.target.site == found.target.company == HIDDEN
    assert found.share == share
    assert Report.model_validate_json(found.model_dump_json(by_alias=True)) == found


def test_what_is_public_says_nothing_of_excess_or_time(catalogue: Catalogue) -> None:
    """A stranger does not learn what the member could be misused for."""
    found = shared(tenant_report(), "public", frozenset(), frozenset())
    assert not found.excess
    assert found.counts.rights.excess == 0
    assert found.started == found.finished == ""
    assert found.target.api_version == HIDDEN
    assert shared(tenant_report(), "vendor", frozenset(), frozenset()).excess


def test_internal_is_the_report_itself() -> None:
    """The default leaves everything in, and says that it is internal."""
    whole = full_report()
    assert shared(whole, "internal", frozenset(), frozenset()) is whole
    assert whole.share == "internal"


def judged(catalogue: Catalogue, expires: date | None, answer: object = REFUSED) -> Report:
    answers = {LIST: answer, CONTACTS: ROWS}
    plan = plan_of(catalogue, *answers)
    outcome = Outcome("s", "c", "", "2026-11-24T08:00:00Z", "2026-11-24T08:01:00Z", "",
                      answered(plan, answers))  # type: ignore[arg-type] # fmt: skip
    policy = EVERYDAY
    if expires:
        acceptance = Acceptance(right=TICKETS.id, reason="later", owner="Ann", expires=expires)
        policy = Policy(accepted={TICKETS: acceptance})
    return assess(plan, outcome, catalogue, policy)


def test_an_accepted_right_does_not_fail_and_is_shown_as_accepted(catalogue: Catalogue) -> None:
    """Until its last day, that day included, an exception takes the failure away, not the fact."""
    assert exit_code(judged(catalogue, None), FAIL_ON) == 1
    for day in (date(2026, 11, 24), date(2030, 1, 1)):
        found = judged(catalogue, day)
        assert exit_code(found, FAIL_ON) == 0
        lacking = next(right for right in found.rights if right.id == TICKETS.id)
        assert lacking.state == "missing"
        assert lacking.accepted is not None
        assert lacking.accepted.owner == "Ann"
        assert found.counts.rights.missing == 1


def test_an_expired_exception_fails_again_and_says_so(catalogue: Catalogue) -> None:
    """The day after, the right counts as missing, and the exception is named."""
    found = judged(catalogue, date(2026, 11, 23))
    assert exit_code(found, FAIL_ON) == 1
    assert found.findings[0].rule == "exception-expired"
    assert "Ann" in found.findings[0].message


def test_an_exception_that_nothing_needs_fails(catalogue: Catalogue) -> None:
    """What is granted needs no exception: a stale one is to be taken out."""
    found = judged(catalogue, date(2030, 1, 1), ROWS)
    assert [finding.rule for finding in found.findings] == ["exception-stale"]
    assert exit_code(found, FAIL_ON) == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("accept = 1", "not a list of tables"),
        ("[[accpt]]", "unknown key 'accpt'"),
        ("[[accept]]\nright = 'x'", "number 1: 'reason'"),
        ("[[accept]]\nright='nope'\nreason='r'\nowner='o'\nexpires=2030-01-01", "not a right"),
        ("[[accept]]\nright='Finance/Agrements:Add'\nreason='r'\nowner='o'\nexpires=2030-01-01",
         "number 1"),
        ("[[accept]]\nright='Finance/Agreements:Add'\nreason='r'\nowner='o'\nexpires='soon'",
         "'expires'"),
        ("accept = [", "is not TOML"),
    ],
)  # fmt: skip
def test_a_bad_exception_is_named(catalogue: Catalogue, text: str, message: str) -> None:
    """What is wrong and in which table; nothing is accepted by half."""
    with pytest.raises(InputError, match=message):
        accepted.loads("e.toml", text, catalogue)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One finished run of a small profile against the simulator."""
    catalogue = Catalogue()
    folder = tmp_path_factory.mktemp("verify")
    with running(Settings(role=samples.role("demo", catalogue), catalogue=catalogue)) as psa:
        env = {
            "PSA_AUDIT_PUBLIC_KEY": psa.public_key, "PSA_AUDIT_PRIVATE_KEY": psa.private_key,
            "PSA_AUDIT_CLIENT_ID": psa.client_id,
        }  # fmt: skip
        done = psa_audit(
            "run", "--site", psa.url, "--company", psa.company, "--profile", "hudu", "--rate", "0",
            "--format", "json,xlsx", "--output", "run", cwd=folder, env=env,
        )  # fmt: skip
        assert done.returncode in {0, 1}, done.stderr
    return folder / "run"


@pytest.fixture
def copy(run: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(run, tmp_path / "run"))


def test_an_untouched_run_verifies(copy: Path) -> None:
    """The chain holds, and each report is made again byte by byte."""
    done = psa_audit("verify", copy, cwd=copy.parent, env={})
    assert done.returncode == 0, done.stdout
    assert done.stdout.count("unchanged, and what the journal gives") == 2


def _edit(name: str, old: bytes, new: bytes) -> object:
    def tamper(folder: Path) -> None:
        path = folder / name
        content = path.read_bytes()
        assert old in content
        path.write_bytes(content.replace(old, new, 1))

    return tamper


def _report_and_manifest(folder: Path) -> None:
    from auditor.manifest import digest

    path = folder / "report.json"
    path.write_bytes(path.read_bytes().replace(b'"granted"', b'"missing"', 1))
    listed = json.loads((folder / "manifest.json").read_text())
    listed["files"]["report.json"] = digest(path.read_bytes())
    (folder / "manifest.json").write_text(json.dumps(listed))


def _shorter(folder: Path) -> None:
    path = folder / "journal.jsonl"
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-1]))


def _foreign(folder: Path) -> None:
    (folder / "report.html").write_text("<p>All rights granted.</p>")


def _gone(folder: Path) -> None:
    (folder / "report.xlsx").unlink()


TAMPERED = [
    ("a changed report", _edit("report.json", b'"granted"', b'"missing"'), "changed since"),
    ("report and manifest changed together", _report_and_manifest, "not what the journal gives"),
    ("a changed journal line", _edit("journal.jsonl", b'"rows": 0', b'"rows": 1'),
     "hash chain breaks"),
    ("a journal cut by its last line", _shorter, "belongs to another journal"),
    ("a torn journal", lambda folder: (folder / "journal.jsonl").write_bytes(
        (folder / "journal.jsonl").read_bytes()[:-9]), "cut off"),
    ("a report that the run never wrote", _foreign, "not in the manifest"),
    ("a report that is gone", _gone, "the file is gone"),
    ("a manifest that is none", lambda folder: (folder / "manifest.json").write_text("{}"),
     "not a manifest"),
    ("a manifest that names a file elsewhere",
     _edit("manifest.json", b'"report.json"', b'"../report.json"'), "outside its folder"),
]  # fmt: skip


@pytest.mark.parametrize(("why", "tamper", "message"), TAMPERED)
def test_what_was_tampered_with_is_refused(
    copy: Path, why: str, tamper: object, message: str
) -> None:
    """Each way of tampering has its own message, and exit code 2."""
    assert callable(tamper)
    tamper(copy)
    done = psa_audit("verify", copy, cwd=copy.parent, env={})
    assert done.returncode == 2, why
    assert message in done.stdout + done.stderr, why
    assert "Traceback" not in done.stderr


def test_a_report_that_exists_is_not_replaced_unasked(copy: Path) -> None:
    """`report` writes over nothing without --overwrite, and then only what it is asked for."""
    before = (copy / "report.json").read_bytes()
    done = psa_audit("report", copy, "--share", "vendor", cwd=copy.parent, env={})
    assert done.returncode == 2
    assert "report.xlsx exists and differs" in done.stderr
    assert (copy / "report.json").read_bytes() == before
    done = psa_audit("report", copy, "--share", "vendor", "--overwrite", cwd=copy.parent, env={})
    assert done.returncode in {0, 1}, done.stderr
    assert b"127.0.0.1" not in (copy / "report.json").read_bytes()
    assert psa_audit("verify", copy, cwd=copy.parent, env={}).returncode == 0


def test_files_are_for_their_owner_only(copy: Path, run: Path) -> None:
    """Journal, reports and manifest are created with mode 0600."""
    names = {path.name for path in run.iterdir()}
    assert names == {"journal.jsonl", "report.json", "report.xlsx", "manifest.json"}
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in run.iterdir())


def test_an_exception_hides_no_other_refusal(catalogue: Catalogue) -> None:
    """A refused action is excused only by its own suspects, not by any right it needs."""
    counted = "GET /service/tickets/count"
    answers = {LIST: ROWS, counted: REFUSED}
    plan = plan_of(catalogue, *answers)
    outcome = Outcome("s", "c", "", "2026-11-24T08:00:00Z", "2026-11-24T08:01:00Z", "",
                      answered(plan, answers))  # fmt: skip
    acceptance = Acceptance(right=TICKETS.id, reason="r", owner="o", expires=date(2030, 1, 1))
    for policy in (EVERYDAY, Policy(accepted={TICKETS: acceptance})):
        assert exit_code(assess(plan, outcome, catalogue, policy), frozenset({"missing"})) != 0


def test_what_is_shared_quotes_no_exception(copy: Path) -> None:
    """Owner and reason stay out of a shared folder's manifest; verify then says it cannot tell."""
    (copy / "accept.toml").write_text(
        "[[accept]]\nright = 'System/Table Setup:Add'\nreason = 'zebra'\nowner = 'Jane Doe'\n"
        "expires = 2099-01-01\n"
    )
    shared_folder = copy / "out"
    psa_audit("report", copy, "--share", "vendor", "--exceptions", copy / "accept.toml",
              "--output", shared_folder, cwd=copy.parent, env={})  # fmt: skip
    text = (shared_folder / "manifest.json").read_text()
    assert "zebra" not in text
    assert "Jane" not in text
    assert "sha256:" in text


def test_a_report_without_a_manifest_is_not_vouched_for(copy: Path) -> None:
    """With the manifest gone nothing says that the reports came from the journal."""
    (copy / "manifest.json").unlink()
    done = psa_audit("verify", copy, cwd=copy.parent, env={})
    assert done.returncode == 2
    assert "not in the manifest" in done.stdout


def test_what_another_version_wrote_is_not_called_verified(copy: Path) -> None:
    """Unchanged by its own word, but not made again: exit code 3."""
    listed = json.loads((copy / "manifest.json").read_text())
    listed["tool"] = "0.0.1"
    (copy / "manifest.json").write_text(json.dumps(listed))
    done = psa_audit("verify", copy, cwd=copy.parent, env={})
    assert done.returncode == 3
    assert "could not be made again" in done.stdout
