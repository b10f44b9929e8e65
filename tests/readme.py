"""The README's examples, run again: `make readme` puts their output in, a test compares.

An example is a block marked `console` whose first line is `$ psa-audit ...`; what follows is what
the program prints on its standard output in an empty folder.
"""

import os
import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

README = Path(__file__).parent.parent / "README.md"
PROGRAM = Path(sys.executable).parent / "psa-audit"
_EXAMPLE = re.compile(r"^```console\n\$ (psa-audit[^\n]*)\n.*?^```$", re.MULTILINE | re.DOTALL)


def refreshed(text: str) -> str:
    """Return the text with the output of every example made anew."""
    return _EXAMPLE.sub(lambda found: f"```console\n$ {found[1]}\n{_output(found[1])}```", text)


def settled(text: str) -> str:
    """Return the text without what differs from run to run: the simulator's port."""
    return re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:PORT", text)


def _output(command: str) -> str:
    clean = {key: value for key, value in os.environ.items() if not key.startswith("PSA_AUDIT")}
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [PROGRAM, *shlex.split(command)[1:]], cwd=folder, env={**clean, "COLUMNS": "80"},
            capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=120,
        )  # fmt: skip
    return done.stdout


if __name__ == "__main__":
    README.write_text(refreshed(README.read_text(encoding="utf-8")), encoding="utf-8")
