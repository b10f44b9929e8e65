"""Speed, as ratios side by side: `make bench`. Loopback only, ends by itself in a minute.

Wall time of a run is held against its floor: requests x latency / workers.
"""

import asyncio
import json
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from pydantic import SecretStr
from tabulate import tabulate

from auditor import audit, profiles
from auditor.audit import Session
from auditor.catalogue import Catalogue
from auditor.plan import build
from auditor.target import Credentials, target
from tests import bench_judgement, bench_writing

LATENCY, WORKERS = 0.1, 8
PROGRAM = Path(sys.executable).parent / "psa-audit"


@contextmanager
def simulated() -> Iterator[tuple[Session, str]]:
    """Serve the demo role in a process of its own; yield a session and the address."""
    command = [str(PROGRAM), "simulate", "--role", "demo", "--latency", str(LATENCY)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout
        said = dict(re.findall(r"(\w+)=(\S+)", "".join(_until_ready(process.stdout))))
        keys = (said[f"PSA_AUDIT_{name}"] for name in ("PUBLIC_KEY", "PRIVATE_KEY", "CLIENT_ID"))
        url = said["PSA_AUDIT_SITE"]
        credentials = Credentials(*map(SecretStr, keys))
        yield (
            Session(target(url, said["PSA_AUDIT_COMPANY"]), credentials, rate=0, workers=WORKERS),
            url,
        )
    finally:
        process.terminate()
        process.wait()


def run_against_floor(
    catalogue: Catalogue, journal: Path, what: str, selection: profiles.Selection
) -> tuple[str, str, str, str]:
    plan = build(selection, catalogue)
    with simulated() as (session, url):
        began = time.perf_counter()
        asyncio.run(audit.audit(plan, session, journal, catalogue))
        wall = time.perf_counter() - began
        with urllib.request.urlopen(f"{url}/_simulator/ledger") as answer:
            requests = json.load(answer)["requests"]
    floor = requests * LATENCY / WORKERS
    name = f"{what}: {requests} requests, {LATENCY * 1000:.0f} ms, {WORKERS} workers"
    return name, f"{wall:.2f} s", f"{floor:.2f} s", f"{wall / floor:.3f}"


def _until_ready(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        yield line
        if "CLIENT_ID" in line:
            return


def start_up(*args: str) -> tuple[str, str, str, str]:
    bare, own = (
        statistics.median(_seconds(command) for _ in range(7))
        for command in ([sys.executable, "-c", "pass"], [str(PROGRAM), *args])
    )
    name = f"psa-audit {' '.join(args)}, over bare Python"
    return name, f"{own * 1000:.0f} ms", f"{bare * 1000:.0f} ms", f"{own / bare:.1f}"


def resolving() -> tuple[str, str, str, str]:
    began = time.process_time()
    catalogue = Catalogue()
    for operation in catalogue.operations.values():
        catalogue.requirements(operation)
    spent = time.process_time() - began
    count = len(catalogue.operations)
    return (
        f"resolve {count} operations, CPU",
        f"{spent * 1000:.0f} ms",
        "150 ms",
        f"{spent / 0.15:.2f}",
    )


def _seconds(command: list[str]) -> float:
    began = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


def main() -> None:
    catalogue = Catalogue()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        actions = profiles.select(catalogue, ("rewst-all-actions",))
        every = profiles.Selection(
            ("bench",), (), tuple(("bench", op) for op in catalogue.operations)
        )
        rows = [
            resolving(),
            run_against_floor(catalogue, folder / "actions", "run of the actions", actions),
            run_against_floor(catalogue, folder / "every", "run of every operation", every),
        ]
    rows += [start_up("--help"), start_up("matrix", "actions", "--format", "json")]
    print(tabulate(rows, headers=("What", "Took", "Against", "Ratio"), disable_numparse=True))  # noqa: T201
    print(f"\n{bench_writing.table()}\n\n{bench_judgement.table()}")  # noqa: T201
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"\nPeak memory of this process: {peak:.0f} MiB")  # noqa: T201


if __name__ == "__main__":
    main()
