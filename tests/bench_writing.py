"""Seconds and peak memory of every format, for a report about every operation there is.

Each format is written in a process of its own, so that none has another's memory.
"""

import resource
import subprocess
import sys
import time
from itertools import cycle
from pathlib import Path

from tabulate import tabulate

from auditor.catalogue import Catalogue
from auditor.rights import Requirement
from auditor.schema import ActionPart, Report, RightPart
from auditor.writers import FORMATS, check, render
from tests.reports import action, finding, report, request, right
from tests.writers.samples import RULE_OF

SECONDS, MEBIBYTES = 3.0, 300  # what all formats together may take
_STATES = ("granted", "granted", "undecided", "missing")
_STATUS = Path("/proc/self/status")


def large_report() -> Report:
    """Build a report with an action, a request and the rights of each operation."""
    catalogue = Catalogue()
    needs: dict[str, Requirement] = {}
    actions = []
    for operation in catalogue.operations.values():
        own = {need.right.id: need for need in catalogue.requirements(operation)}
        needs |= own
        actions.append(_action(operation.id, tuple(own)))
    rights = tuple(
        _right(need, state) for need, state in zip(needs.values(), cycle(_STATES), strict=False)
    )
    requests = tuple(
        request(number, method=part.method, path=part.path, operations=(part.action,))
        for number, part in enumerate(actions, 1)
    )
    findings = tuple(finding(part, RULE_OF[part.state]) for part in rights if part.state in RULE_OF)
    return report(actions=tuple(actions), rights=rights, requests=requests, findings=findings)


def _action(name: str, rights: tuple[str, ...]) -> ActionPart:
    method, _, path = name.partition(" ")
    return action(name, method=method, path=path, rights=rights, suspects=rights[:1])


def _right(need: Requirement, state: str) -> RightPart:
    found = need.right
    return right(
        found.permission, state, id=found.id, module=found.module, verb=found.verb.value,
        table=found.table, why=need.why, basis=need.basis.value, source=need.source,
    )  # fmt: skip


def measured(*formats: str) -> tuple[float, float, int]:
    """Write the formats in a process of its own; return seconds, MiB at its peak, and bytes."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench_writing", *formats],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    seconds, peak, size = done.stdout.split()
    return float(seconds), float(peak), int(size)


def table() -> str:
    """Return what each format takes, and all together against what they may take."""
    rows = [(name, *_row(*measured(name))) for name in FORMATS]
    seconds, peak, size = measured(*FORMATS)
    rows.append(("all of them", *_row(seconds, peak, size)))
    rows.append(("may take", f"{SECONDS:.2f} s", f"{MEBIBYTES} MiB", ""))
    rows.append(("ratio", f"{seconds / SECONDS:.2f}", f"{peak / MEBIBYTES:.2f}", ""))
    head = f"Writing {len(Catalogue().operations)} actions and as many requests"
    return f"{head}\n\n{tabulate(rows, headers=('Format', 'Took', 'Peak memory', 'Size'))}"


def _row(seconds: float, peak: float, size: int) -> tuple[str, str, str]:
    return f"{seconds:.2f} s", f"{peak:.0f} MiB", f"{size / 1024:.0f} KiB"


def _peak() -> float:
    """Return the most memory this process had, in MiB; getrusage would count its parent's too."""
    if _STATUS.exists():
        line = next(line for line in _STATUS.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main(formats: list[str]) -> None:
    shown = large_report()
    began = time.perf_counter()
    size = sum(len(render(shown, name)) for name in check(formats))
    print(time.perf_counter() - began, _peak(), size)  # noqa: T201 - read by measured()


if __name__ == "__main__":
    main(sys.argv[1:])
