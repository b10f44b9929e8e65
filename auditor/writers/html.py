"""The report as one page that needs nothing from outside, made for reading and for filing."""

import base64
import hashlib
from functools import lru_cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from auditor.schema import Report
from auditor.writers import html_words
from auditor.writers.html_text import clean
from auditor.writers.html_view import Page

TEMPLATES = Path(__file__).parent / "templates"


def render(report: Report) -> bytes:
    """Return the report as HTML in UTF-8; the same report gives the same bytes."""
    style, script = _inline("report.css"), _inline("report.js")
    text = (
        _environment()
        .get_template("report.html")
        .render(
            page=Page(report),
            report=report,
            words=html_words,
            style=Markup(style),  # noqa: S704 our own file, no text of anybody else
            script=Markup(script),  # noqa: S704
            policy=_policy(style, script),
        )
    )
    return text.encode("utf-8", errors="replace")


@lru_cache(maxsize=1)
def _environment() -> Environment:
    """Return templates that escape everything and stop at a name that does not exist."""
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=clean,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _inline(name: str) -> str:
    return (TEMPLATES / name).read_text(encoding="utf-8")


def _policy(style: str, script: str) -> str:
    """Return the content security policy: these two blocks, pictures in the page, no network."""
    return (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
