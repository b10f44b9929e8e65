"""The report as JSON, schema psa-audit/report/1."""

from auditor.schema import Report


def render(report: Report) -> bytes:
    """Return the report as indented JSON, UTF-8, with a final newline."""
    return report.model_dump_json(by_alias=True, indent=2).encode() + b"\n"
