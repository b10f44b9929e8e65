"""The report as JSON, schema psa-audit/report/1."""

import json

from auditor.schema import Report


def render(report: Report) -> bytes:
    """Return the report as indented JSON in ASCII, with a final newline.

    Everything beyond ASCII is escaped, so that even half a character pair survives the way.
    """
    data = report.model_dump(mode="python", by_alias=True)
    return json.dumps(data, indent=2, ensure_ascii=True).encode() + b"\n"
