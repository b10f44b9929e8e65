"""The rule above all, over random roles and every order of checks, on a real socket.

`pytest tests/test_soundness.py --roles 500` runs more.
"""

import asyncio
import random
from pathlib import Path

import pytest
from pydantic import SecretStr

from auditor import audit, profiles
from auditor.audit import Session
from auditor.catalogue import Catalogue
from auditor.plan import Plan, build
from auditor.profiles import Need
from auditor.rights import TABLE_SETUP, Level, Verb
from auditor.roles import Role
from auditor.schema import Report
from auditor.simulator import ORDERS, Order, Settings, running
from auditor.target import Credentials, target

CHUNK = 5  # roles per test, so that the tests spread over the machine


@pytest.fixture(scope="module")
def plan(catalogue: Catalogue) -> Plan:
    return build(profiles.select(catalogue, ("rewst-all-actions",)), catalogue)


def random_role(seed: int, catalogue: Catalogue) -> Role:
    """Draw a role: from nearly nothing to nearly everything, tables apart."""
    draw = random.Random(seed)
    generosity = draw.choice([0.05, 0.3, 0.5, 0.8, 0.95, 0.99])
    levels = {
        (*key, verb): draw.choice([Level.MY, Level.ALL])
        for key in catalogue.permissions
        for verb in Verb
        if draw.random() < (max(generosity, 0.6) if key == TABLE_SETUP else generosity)
    }
    items = sorted({rule.row.table for rule in catalogue.rules.values() if rule.row.table})
    tables = frozenset(item for item in items if draw.random() < generosity)
    return Role(f"random {seed}", levels, draw.choice([None, tables, tables, tables]))


def audited(settings: Settings, plan: Plan, path: Path) -> tuple[Report, int]:
    with running(settings) as psa:
        keys = (psa.public_key, psa.private_key, psa.client_id)
        session = Session(target(psa.url, psa.company), Credentials(*map(SecretStr, keys)), rate=0)
        asyncio.run(audit.audit(plan, session, path, settings.catalogue))
        return audit.report_of(path, settings.catalogue), psa.changes


def check(report: Report, role: Role, needed: tuple[Need, ...], *, is_declared: bool) -> int:
    """Hold the report against what the role really is; return how many rights are decided."""
    found = {right.id: right for right in report.needed}
    assert set(found) == {need.right.id for need in needed}
    for need in needed:
        right = found[need.right.id]
        level = role.level(need.right.module, need.right.permission, need.right.verb)
        is_short = need.level is Level.ALL and level is Level.MY
        match right.state:
            case "granted":
                assert role.has(need.right), right
                assert right.grade, right
                assert not (is_declared and is_short), right
                assert right.level_verified in {None, is_declared} or need.level is Level.MY, right
            case "missing":
                assert not role.has(need.right), right
                assert right.evidence or right.grade == "declared", right
            case "level_too_low":
                assert is_declared, right
                assert is_short, right
            case _:
                assert right.reason, right
    return sum(right.state != "undecided" for right in found.values())


def test_no_role_and_no_order_makes_the_report_lie(
    catalogue: Catalogue, plan: Plan, tmp_path: Path, order: Order, first_role: int
) -> None:
    """No right is granted that the role lacks, none missing that it has, and nothing changes.

    Where the member may read its own settings nearly every right is decided.
    """
    needed = profiles.needs(plan.selection, catalogue)
    for seed in range(first_role, first_role + CHUNK):
        role = random_role(seed, catalogue)
        is_declared = (seed + ORDERS.index(order)) % 2 == 0
        settings = Settings(
            role=role, catalogue=catalogue, order=order, seed=seed, my_security=is_declared
        )
        report, changes = audited(settings, plan, tmp_path / f"{seed}.jsonl")
        assert changes == 0
        assert not report.stopped
        by_settings = any(item.permissions for item in report.settings)
        decided = check(report, role, needed, is_declared=by_settings)
        assert decided >= 0.98 * len(needed) or not is_declared
        assert all(request.sent <= 1 for request in report.requests if request.method != "GET")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test per order and chunk of roles, as many as --roles asks for."""
    if "first_role" in metafunc.fixturenames:
        roles = metafunc.config.getoption("--roles")
        metafunc.parametrize("order", ORDERS)
        metafunc.parametrize("first_role", range(0, roles, CHUNK))
