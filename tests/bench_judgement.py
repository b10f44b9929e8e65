"""How much is decided, and how truly: random roles, orders of checks drawn per resource."""

import re
import tempfile
from collections import Counter
from pathlib import Path

from tabulate import tabulate

from auditor import profiles
from auditor.catalogue import Catalogue
from auditor.plan import Plan, build
from auditor.profiles import Need
from auditor.roles import Role
from auditor.schema import Report
from auditor.simulator import Settings
from tests.test_soundness import audited, random_role

ROLES = 12  # per row of the table
PROFILE = "rewst-all-actions"


def table() -> str:
    """Return what became of the needed rights, with and without the member's own settings."""
    catalogue = Catalogue()
    selection = profiles.select(catalogue, (PROFILE,))
    plan, needed = build(selection, catalogue), profiles.needs(selection, catalogue)
    rows = [
        (f"settings {'readable' if is_declared else 'refused'}, {name}", *_row(counts))
        for is_declared in (True, False)
        for name, counts in _count(catalogue, plan, needed, is_declared=is_declared).items()
    ]
    head = f"{ROLES} random roles x {len(needed)} rights of {PROFILE}, order of checks mixed"
    return f"{head}\n\n{tabulate(rows, headers=('What', 'Rights', 'Share'))}"


def _count(
    catalogue: Catalogue, plan: Plan, needed: tuple[Need, ...], *, is_declared: bool
) -> dict[str, tuple[int, int]]:
    found: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(ROLES):
            role = random_role(seed, catalogue)
            settings = Settings(
                role=role, catalogue=catalogue, order="mixed", seed=seed, my_security=is_declared
            )
            report, changes = audited(settings, plan, Path(folder) / str(seed))
            assert changes == 0
            found.update(_words(report, role, needed))
    total = ROLES * len(needed)
    names = ["decided", "falsely granted", "falsely missing"]
    reasons = sorted((name for name in found if name not in names), key=lambda name: -found[name])
    return {name: (found[name], total) for name in (*names, *reasons)}


def _words(report: Report, role: Role, needed: tuple[Need, ...]) -> list[str]:
    rights = {need.right.id: need.right for need in needed}
    found = []
    for part in report.needed:
        has = role.has(rights[part.id])
        if part.state == "undecided":
            reason = re.sub(r" in /\S+", " in its resource", part.reason)
            found.append(f"undecided: {reason[:60]}")
            continue
        found.append("decided")
        if (part.state == "missing") == has:
            found.append("falsely missing" if has else "falsely granted")
    return found


def _row(counts: tuple[int, int]) -> tuple[int, str]:
    count, total = counts
    return count, f"{count / total:.1%}"
