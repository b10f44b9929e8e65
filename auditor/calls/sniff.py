"""What an input is, told by its first 64 KiB and by its file's name."""

import json
import re

from auditor.calls import curl, line
from auditor.calls.api_log import DELIMITERS, HEADER_WITHIN, split
from auditor.calls.columns import columns_of
from auditor.calls.sources import HEAD, Source
from auditor.calls.workbook import is_workbook

_HAR = re.compile(r'"(?:entries|startedDateTime)"\s*:|"log"\s*:\s*\{\s*"(?:version|creator|pages)"')
_LOGS = {".csv", ".tsv", ".jsonl", ".ndjson"}


def kind_of(source: Source) -> str:
    """Return call, curl, har, api-log or text; raises InputError for what is packed."""
    if is_workbook(source):
        return "api-log"
    start = source.start().lstrip()
    suffix = source.path.suffix.lower() if source.path else ""
    if suffix == ".har":
        return "har"
    if start[:1] in {"{", "["}:
        return _kind_of_json(source, start)
    lines = [words for words in source.first_lines() if words.strip()]
    if any(curl.is_curl(words) for words in lines[:20]):
        return "curl"
    if suffix in _LOGS or _has_header(lines[:HEADER_WITHIN]):
        return "api-log"
    return "call" if len(lines) == 1 and line.parse(lines[0]) else "text"


def _kind_of_json(source: Source, start: str) -> str:
    if _HAR.search(start):
        return "har"
    is_long = len(source.head) >= HEAD
    first, *others = start.split("\n", 2)
    if others and others[0].lstrip()[:1] == "{" and _is_json(first):
        return "api-log"
    return "api-log" if is_long else "text"


def _is_json(words: str) -> bool:
    try:
        json.loads(words)
    except (ValueError, RecursionError):
        return False
    return True


def _has_header(lines: list[str]) -> bool:
    """Tell whether a line is the heading of a log: several columns, more than prose would have."""
    return any(
        line_.count(sign) >= 1 and len(line_) < 4_000 and columns_of(split(line_, sign))
        for line_ in lines
        for sign in DELIMITERS
    )
