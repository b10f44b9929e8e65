"""The flags that say how to probe and how to read the evidence, as a user runs them."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from auditor import samples
from auditor.catalogue import Catalogue
from auditor.simulator import Running, Settings, running
from tests.test_cli import psa_audit


@pytest.fixture(scope="module")
def silent() -> Iterator[Running]:
    """A PSA that lets the member read nothing of its own settings: only answers speak."""
    catalogue = Catalogue()
    role = samples.least("rewst-documented", catalogue)
    settings = Settings(role=role, catalogue=catalogue, my_security=False)
    with running(settings) as psa:
        yield psa


@pytest.fixture(scope="module")
def admin() -> Iterator[Running]:
    """A PSA whose member may do everything, and may not read its own settings."""
    catalogue = Catalogue()
    settings = Settings(role=samples.role("admin", catalogue), catalogue=catalogue)
    with running(settings) as psa:
        yield psa


def run(psa: Running, cwd: Path, *flags: str) -> tuple[int, dict[str, Any]]:
    env = {
        "PSA_AUDIT_PUBLIC_KEY": psa.public_key, "PSA_AUDIT_PRIVATE_KEY": psa.private_key,
        "PSA_AUDIT_CLIENT_ID": psa.client_id,
    }  # fmt: skip
    done = psa_audit("run", "--site", psa.url, "--company", psa.company, "--rate", "0",
                     "--output", "out", "--format", "json", *flags, cwd=cwd, env=env)  # fmt: skip
    assert "Traceback" not in done.stderr
    return done.returncode, json.loads((cwd / "out/report.json").read_text())


def states(report: dict[str, Any]) -> set[str]:
    return {right["state"] for right in report["rights"] if right["state"] != "excess"}


def test_a_leaning_is_no_grant_unless_analogy_is_accepted(silent: Running, tmp_path: Path) -> None:
    """Wherever the order is known security came first: it leans; --accept-analogy takes that."""
    flags = ("--operation", "PATCH /time/entries/1", "--operation", "DELETE /company/contacts/1")
    code, report = run(silent, tmp_path, *flags)
    leaning = [right for right in report["rights"] if right["leaning"] == "granted"]
    assert leaning
    assert code in {1, 3}
    assert all(right["state"] == "undecided" for right in leaning)
    again = psa_audit("report", "out", "--accept-analogy", "--format", "json", "--output", "taken",
                      cwd=tmp_path, env={})  # fmt: skip
    taken = json.loads((tmp_path / "taken/report.json").read_text())
    assert again.returncode == 1  # Delete is missing all the same
    by_id = {right["id"]: right for right in taken["rights"]}
    for right in leaning:
        assert by_id[right["id"]]["state"] == "granted"
        assert by_id[right["id"]]["grade"] is None
        assert "--accept-analogy" in by_id[right["id"]]["reason"]


def test_strict_takes_no_setting_for_a_proof(admin: Running, tmp_path: Path) -> None:
    """All there by the settings: exit 0; with --strict what no answer proves is open: exit 3."""
    flags = ("--action", "Tickets/Update Service Ticket")
    code, report = run(admin, tmp_path, *flags)
    assert (code, states(report)) == (0, {"granted"})
    done = psa_audit("report", "out", "--strict", "--overwrite", "--format", "json", cwd=tmp_path,
                     env={})  # fmt: skip
    assert done.returncode == 3
    assert json.loads((tmp_path / "out/report.json").read_text())["strict"] is True


def test_strict_asks_for_the_level_too(silent: Running, tmp_path: Path) -> None:
    """A right proved by an answer whose level nothing states fails with --strict only."""
    flags = ("--right", "Companies/Contacts:Inquire:All")
    code, report = run(silent, tmp_path, *flags)
    assert code == 0
    assert report["rights"][0]["level_verified"] is False
    done = psa_audit("report", "out", "--strict", "--overwrite", cwd=tmp_path, env={})
    assert done.returncode == 3


def test_find_excess_explores_by_reads_only(silent: Running, tmp_path: Path) -> None:
    """Without readable settings, what the member has beyond its needs shows in reads."""
    before = silent.changes
    flags = ("--action", "Tickets/List Service Tickets")
    code, report = run(silent, tmp_path, *flags, "--find-excess")
    assert code == 0
    excess = {right["id"] for right in report["rights"] if right["state"] == "excess"}
    assert "Companies/Contacts:Inquire" in excess
    assert "Sales/Opportunity:Inquire" not in excess
    assert all(name.split(":")[1].startswith("Inquire") for name in excess)
    sent = [request for request in report["requests"] if request["sent"]]
    assert not [item for item in sent if item["method"] not in {"GET", "POST"}]
    assert silent.changes == before


def test_an_administrator_is_called_one(admin: Running, tmp_path: Path) -> None:
    """The worst comes first: the role, then combinations, then rights by harm."""
    code, report = run(admin, tmp_path, "--profile", "hudu", "--fail-on", "missing,excess")
    assert code == 1
    assert report["findings"][0]["rule"] == "admin-role"
    assert report["counts"]["rights"]["excess"] > 300
    risks = [right["risk"] for right in report["rights"] if right["state"] == "excess"]
    assert risks[0] == "critical"


def test_depth_right_decides_the_same_with_a_third_of_the_requests(
    admin: Running, tmp_path: Path
) -> None:
    """Fewer requests, the same states of rights, and the plan says how many it spared."""
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    _, whole = run(admin, tmp_path / "a")
    _, short = run(admin, tmp_path / "b", "--depth", "right")
    for report in (whole, short):
        report["sent"] = sum(request["sent"] > 0 for request in report["requests"])
    assert short["sent"] * 3 <= whole["sent"]
    assert {right["id"]: right["state"] for right in short["rights"]} == {
        right["id"]: right["state"] for right in whole["rights"]
    }
    plan = psa_audit("plan", "--depth", "right", cwd=tmp_path, env={})
    assert "keeps" in plan.stdout
    assert "more in reserve" in plan.stdout


def test_any_call_is_audited_like_an_action(admin: Running, tmp_path: Path) -> None:
    """--operation takes a call of the API, its ids as they were, in or out of the catalogue."""
    code, report = run(admin, tmp_path, "--operation", "get /Finance/TaxCodes/42/",
                       "--operation", "GET /finance/taxCodes")  # fmt: skip
    assert code == 0
    shown = {action["action"]: action["category"] for action in report["actions"]}
    assert shown == {
        "GET /finance/taxCodes/{id}": "Operation",
        "GET /finance/taxCodes": "Operation",
    }
    wrong = psa_audit("plan", "--operation", "GET /finance/taxCode", cwd=tmp_path, env={})
    assert wrong.returncode == 2
    assert "/finance/taxCodes" in wrong.stderr
