"""The least role of every profile works in the simulator, and not one right less.

`pytest tests/test_least_run.py --removals 1000` takes away every single right in turn.
"""

import asyncio
import random
from pathlib import Path

import pytest
from pydantic import SecretStr

from auditor import audit, profiles, samples
from auditor.audit import Session
from auditor.catalogue import Catalogue
from auditor.plan import build
from auditor.report import exit_code
from auditor.rights import Level
from auditor.roles import Role
from auditor.schema import Report
from auditor.simulator import Settings, running
from auditor.target import Credentials, target

FAIL_ON = frozenset({"missing", "undecided"})
PROFILES = profiles.names(Catalogue())


def audited(role: Role, profile: str, catalogue: Catalogue, path: Path, seed: int = 1) -> Report:
    plan = build(profiles.select(catalogue, (profile,)), catalogue)
    settings = Settings(role=role, catalogue=catalogue, order="mixed", seed=seed)
    with running(settings) as psa:
        keys = (psa.public_key, psa.private_key, psa.client_id)
        session = Session(target(psa.url, psa.company), Credentials(*map(SecretStr, keys)), rate=0)
        asyncio.run(audit.audit(plan, session, path, catalogue))
        assert psa.changes == 0
    return audit.report_of(path, catalogue)


@pytest.mark.parametrize("profile", PROFILES)
def test_the_least_role_of_a_profile_is_enough(
    profile: str, catalogue: Catalogue, tmp_path: Path
) -> None:
    """With the least role everything in the profile is there: exit code 0, nothing in excess."""
    report = audited(samples.least(profile, catalogue), profile, catalogue, tmp_path / "j")
    assert exit_code(report, FAIL_ON | {"excess"}) == 0, report.headline
    assert not [finding for finding in report.findings if finding.severity == "high"]


@pytest.mark.parametrize("profile", PROFILES)
def test_one_right_less_is_missed(
    profile: str, catalogue: Catalogue, tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    """Take any single right away and the audit names it, or a suspect list that holds it."""
    needed = profiles.needs(profiles.select(catalogue, (profile,)), catalogue)
    least = samples.least(profile, catalogue)
    most = pytestconfig.getoption("--removals")
    drawn = random.Random(profile).sample(needed, min(most, len(needed)))
    for number, need in enumerate(drawn):
        role = least.without([need.right])
        report = audited(role, profile, catalogue, tmp_path / f"{number}", seed=number)
        lost = {other.right.id for other in needed if not role.has(other.right)}
        assert need.right.id in lost
        found = {right.id for right in report.needed if right.state == "missing"}
        suspects = {name for action in report.actions for name in action.suspects}
        assert found <= lost, need.right.id
        assert need.right.id in found | suspects, need.right.id
        assert exit_code(report, FAIL_ON) == (1 if found else 3)


def test_a_level_that_reaches_too_short_is_named(catalogue: Catalogue, tmp_path: Path) -> None:
    """My where All is needed is a finding of its own, and exit code 1."""
    cell = ("Finance", "Billing View Time")
    least = samples.least("rewst-documented", catalogue)
    inquire = next(key for key in least.levels if key[:2] == cell and key[2] == "Inquire")
    role = Role("short", {**least.levels, inquire: Level.MY}, least.tables)
    report = audited(role, "rewst-documented", catalogue, tmp_path / "j")
    short = [right.id for right in report.needed if right.state == "level_too_low"]
    assert short == ["Finance/Billing View Time:Inquire"]
    assert exit_code(report, FAIL_ON) == 1


def test_excess_is_ranked_by_harm(catalogue: Catalogue, tmp_path: Path) -> None:
    """An administrator's key for a small profile: all the rest is excess, the worst first."""
    report = audited(samples.role("admin", catalogue), "hudu", catalogue, tmp_path / "j")
    tiers = ["critical", "high", "medium", "low"]
    places = [tiers.index(right.risk) for right in report.excess]
    assert places == sorted(places)
    assert len(places) > 300
    rules = [finding.rule for finding in report.findings]
    assert rules[0] in {"admin-role", "dangerous-combination"}
    assert exit_code(report, FAIL_ON) == 0
    assert exit_code(report, frozenset({"excess"})) == 1
