"""The sample in reports/sample: one run in every format. `make sample` makes it anew.

What differs from run to run is settled: the address, the times, the order in which answers came.
"""

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from auditor import profiles
from auditor.catalogue import Catalogue
from auditor.events import EVENT
from auditor.journal import Journal
from auditor.rights import Level, Verb
from auditor.roles import Role, smallest
from auditor.simulator import Settings, running

SAMPLE = Path(__file__).parent.parent / "reports" / "sample"
PROGRAM = Path(sys.executable).parent / "psa-audit"
PROFILES = ("rewst-authentication", "rewst-documented")
ACTIONS = (
    "Agreements/List Agreements", "Boards/Copy Service Board", "Boards/List Service Boards",
    "Companies/List Companies", "Contacts/Create Contact", "Contacts/List Contacts",
    "Contacts/Update Contact", "Configurations/List Configurations",
    "Tickets/Create Service Ticket", "Tickets/Get Service Ticket", "Tickets/List Service Tickets",
    "Tickets/Merge Service Tickets", "Tickets/Update Service Ticket",
)  # fmt: skip
LESS = (
    "Companies/Contacts:Add", "Finance/Agreements:Inquire", "Service Desk/Merge Tickets:Edit",
    "Time & Expense/Time Entry Billable Option:Add",
)  # fmt: skip
MORE = {
    ("Companies", "Configuration - Display Passwords", Verb.INQUIRE): Level.ALL,
    ("Finance", "Invoicing", Verb.EDIT): Level.ALL,
    ("Service Desk", "Service Tickets", Verb.DELETE): Level.ALL,
    ("System", "Security Roles", Verb.INQUIRE): Level.ALL,
}
SHORT = {("Finance", "Billing View Time", Verb.INQUIRE): Level.MY}
SETTLED = {
    "start": {"site": "https://api-na.myconnectwise.net", "time": "2026-01-05T08:00:00Z",
              "company": "example", "member": "0123456789abcdef:0123456789abcdef"},
    "finish": {"time": "2026-01-05T08:01:00Z"},
}  # fmt: skip


def make(directory: Path) -> None:
    """Run the audit against the simulator and write journal and reports into the directory."""
    catalogue = Catalogue()
    with tempfile.TemporaryDirectory() as folder:
        run = Path(folder) / "run"
        with running(Settings(role=role(catalogue), catalogue=catalogue)) as psa:
            env = {
                "PSA_AUDIT_PUBLIC_KEY": psa.public_key,
                "PSA_AUDIT_PRIVATE_KEY": psa.private_key,
                "PSA_AUDIT_CLIENT_ID": psa.client_id,
            }
            chosen = [*_each("--profile", PROFILES), *_each("--action", ACTIONS)]
            _psa_audit("run", "--site", psa.url, "--company", psa.company, *chosen,
                       "--rate", "0", "--output", run, "--format", "json", env=env)  # fmt: skip
        directory.mkdir(parents=True, exist_ok=True)
        settle(run / "journal.jsonl", directory / "journal.jsonl")
    _psa_audit("report", directory, "--format", "all", env={})
    for path in directory.iterdir():
        path.chmod(0o644)


def role(catalogue: Catalogue) -> Role:
    """Return a role as one finds it: some boxes too few, some too many, one at My."""
    selection = profiles.select(catalogue, PROFILES, ACTIONS)
    needed = profiles.needs(selection, catalogue)
    least = smallest("Rewst API", ((need.right, need.level) for need in needed))
    without = least.without(profiles.parse_right(text, catalogue).right for text in LESS)
    tables = frozenset({"Service / Service Board", "Service / Priority"})
    return Role("Rewst API", {**without.levels, **MORE, **SHORT}, tables)


def settle(source: Path, target: Path) -> None:
    """Write a journal again with a fixed address and times, its answers in the plan's order."""
    lines = [json.loads(line) for line in source.read_text(encoding="utf-8").splitlines()]
    probed = [line for line in lines if line["event"] in {"intent", "result"}]
    before = [line for line in lines if line not in probed and line["event"] != "finish"]
    probed.sort(key=lambda line: (_probe(line), line["event"]))
    finish = [line for line in lines if line["event"] == "finish"]
    target.unlink(missing_ok=True)
    with Journal(target) as log:
        for line in (*before, *probed, *finish):
            del line["chain"]
            log.write(EVENT.validate_python({**line, **SETTLED.get(line["event"], {})}))


def _probe(line: dict[str, Any]) -> str:
    return str(line["probe"] if line["event"] == "intent" else line["result"]["probe"])


def _psa_audit(*args: str | Path, env: dict[str, str]) -> None:
    done = subprocess.run(
        [PROGRAM, *_texts(args)], env=env, capture_output=True, text=True, timeout=300,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert done.returncode in {0, 1, 3}, done.stderr


def _each(flag: str, values: Iterable[str]) -> list[str]:
    return [text for value in values for text in (flag, value)]


def _texts(args: Iterable[str | Path]) -> list[str]:
    return [str(arg) for arg in args]


if __name__ == "__main__":
    shutil.rmtree(SAMPLE, ignore_errors=True)
    make(SAMPLE)
