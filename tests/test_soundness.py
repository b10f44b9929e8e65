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


def audited(role: Role, order: Order, seed: int, plan: Plan, path: Path) -> tuple[Report, int]:
    catalogue = Catalogue()
    settings = Settings(role=role, catalogue=catalogue, order=order, seed=seed)
    with running(settings) as psa:
        keys = (psa.public_key, psa.private_key, psa.client_id)
        session = Session(target(psa.url, psa.company), Credentials(*map(SecretStr, keys)), rate=0)
        asyncio.run(audit.audit(plan, session, path, catalogue))
        return audit.report_of(path, catalogue), psa.changes


def test_no_role_and_no_order_makes_the_report_lie(
    catalogue: Catalogue, plan: Plan, tmp_path: Path, order: Order, first_role: int
) -> None:
    """No right is granted that the role lacks, none missing that it has, and nothing changes."""
    needed = profiles.needs(plan.selection, catalogue)
    for seed in range(first_role, first_role + CHUNK):
        role = random_role(seed, catalogue)
        report, changes = audited(role, order, seed, plan, tmp_path / f"{seed}.jsonl")
        states = {right.id: right.state for right in report.rights}
        has = {need.right.id: role.has(need.right) for need in needed}
        assert changes == 0
        assert not report.stopped
        assert set(states) == set(has)
        assert not [name for name, state in states.items() if state == "granted" and not has[name]]
        assert not [name for name, state in states.items() if state == "missing" and has[name]]
        requests = {request.id: request for request in report.requests}
        assert all(request.sent <= 1 for request in requests.values() if request.method != "GET")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test per order and chunk of roles, as many as --roles asks for."""
    if "first_role" in metafunc.fixturenames:
        roles = metafunc.config.getoption("--roles")
        metafunc.parametrize("order", ORDERS)
        metafunc.parametrize("first_role", range(0, roles, CHUNK))
