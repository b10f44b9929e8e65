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

from auditor import samples
from auditor.catalogue import Catalogue
from auditor.events import EVENT
from auditor.journal import Journal
from auditor.simulator import Settings, running

SAMPLE = Path(__file__).parent.parent / "reports" / "sample"
PROGRAM = Path(sys.executable).parent / "psa-audit"
ROLE, PROFILE = "demo", "rewst-documented"
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
        with running(Settings(role=samples.role(ROLE, catalogue), catalogue=catalogue)) as psa:
            env = {
                "PSA_AUDIT_PUBLIC_KEY": psa.public_key,
                "PSA_AUDIT_PRIVATE_KEY": psa.private_key,
                "PSA_AUDIT_CLIENT_ID": psa.client_id,
            }
            _psa_audit("run", "--site", psa.url, "--company", psa.company, "--profile", PROFILE,
                       "--rate", "0", "--output", run, "--format", "json", env=env)  # fmt: skip
        directory.mkdir(parents=True, exist_ok=True)
        settle(run / "journal.jsonl", directory / "journal.jsonl")
    _psa_audit("report", directory, "--format", "all", env={})
    for path in directory.iterdir():
        path.chmod(0o644)


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


def _texts(args: Iterable[str | Path]) -> list[str]:
    return [str(arg) for arg in args]


if __name__ == "__main__":
    shutil.rmtree(SAMPLE, ignore_errors=True)
    make(SAMPLE)
