"""The JSON Schema of report.json, made from the model: `make schema` writes it."""

import json
from pathlib import Path
from typing import Any

from auditor.schema import SCHEMA, Report

PATH = Path(__file__).parent.parent / "auditor" / "writers" / "report.schema.json"


def published() -> dict[str, Any]:
    """Return the schema of what the JSON writer writes: every field is there, none besides."""
    found = Report.model_json_schema(by_alias=True, mode="serialization")
    found["properties"]["schema"] = {"const": SCHEMA}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": SCHEMA, **found}


def content() -> str:
    """Return the text of the file."""
    return json.dumps(published(), indent=2) + "\n"


if __name__ == "__main__":
    PATH.write_text(content(), encoding="utf-8")
