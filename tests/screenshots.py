"""The pictures in the README: terminal, page and workbook of the sample. `make screenshots`.

Needs chromium, soffice and pdftoppm; the pictures go to reports/screenshots/.
"""

import html
import shutil
import subprocess
import tempfile
from pathlib import Path

from auditor.schema import Report
from auditor.writers import terminal
from tests.sample import SAMPLE

PICTURES = SAMPLE.parent / "screenshots"
_TERMINAL = """<!doctype html><meta charset="utf-8"><style>
body {{ margin: 0; background: #14181f; color: #dfe5ee; }}
pre {{ margin: 18px 22px; font: 13px/1.35 "DejaVu Sans Mono", monospace; }}
b {{ color: #8fd19e; font-weight: normal; }}
</style><pre><b>$</b> psa-audit run --profile rewst-authentication --profile rewst-documented ...
{text}</pre>"""


def main() -> None:
    """Take all pictures anew."""
    PICTURES.mkdir(exist_ok=True)
    report = Report.model_validate_json((SAMPLE / "report.json").read_bytes())
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        page = folder / "terminal.html"
        text = "\n".join(terminal.render(report).splitlines()[:38])
        page.write_text(_TERMINAL.format(text=html.escape(text)), encoding="utf-8")
        _photograph(page, PICTURES / "terminal.png", (720, 640), folder)
        _photograph(SAMPLE / "report.html", PICTURES / "page.png", (1100, 860), folder)
        _workbook(folder)


def _photograph(page: Path, picture: Path, size: tuple[int, int], folder: Path) -> None:
    flags = ("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
             "--disable-background-networking", "--disable-component-update", "--disable-sync",
             "--hide-scrollbars", f"--user-data-dir={folder / picture.stem}",
             f"--window-size={size[0]},{size[1]}", f"--screenshot={picture}")  # fmt: skip
    subprocess.run(["chromium", *flags, page.as_uri()], check=True, capture_output=True)


def _workbook(folder: Path) -> None:
    """Photograph the second sheet, what is missing, as it prints."""
    shutil.copy(SAMPLE / "report.xlsx", folder)
    subprocess.run(
        ["soffice", "--headless", "--convert-to", "pdf", "--outdir", folder,
         folder / "report.xlsx"], check=True, capture_output=True,
    )  # fmt: skip
    subprocess.run(
        ["pdftoppm", "-png", "-r", "72", "-f", "2", "-l", "2", "-singlefile",
         folder / "report.pdf", PICTURES / "workbook"], check=True,
    )  # fmt: skip


if __name__ == "__main__":
    main()
