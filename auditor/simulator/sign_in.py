"""Who is calling: company, keys and client id, and what anyone may ask without them."""

import base64
import binascii
import secrets
from typing import Any

from auditor.simulator.messages import NO_CLIENT_ID, UNAUTHENTICATED, Call, Reply, refusal
from auditor.simulator.settings import Settings

CODEBASE = "v2025_1"
CODEBASES = frozenset({"v4_6_release", CODEBASE})


def unknown_caller(call: Call, settings: Settings) -> Reply | None:
    """Return the 401 for wrong keys or a wrong client id, None for the member itself."""
    expected = f"{settings.public_key}:{settings.private_key}"
    company, _, keys = _credentials(call.headers.get("authorization", "")).partition("+")
    if company.casefold() != settings.company.casefold() or not _same(keys, expected):
        return UNAUTHENTICATED
    if not _same(call.headers.get("clientid", ""), settings.client_id or ""):
        return NO_CLIENT_ID
    return None


def company_info(company: str, base: str, settings: Settings) -> Reply:
    """Return what `/login/companyinfo/{company}` tells anyone."""
    if company.casefold() != settings.company.casefold():
        return refusal(404, "NotFound", f"Company {company} was not found.")
    return Reply(
        200,
        {
            "CompanyName": f"{settings.company.title()} MSP",
            "Codebase": f"{CODEBASE}/",
            "VersionCode": CODEBASE,
            "VersionNumber": "v2025.1.1",
            "CompanyID": settings.company,
            "IsCloud": True,
            "SiteUrl": base.partition("://")[2],
        },
    )


def system_info() -> dict[str, Any]:
    """Return what `/system/info` tells every member."""
    licenses = ("Service", "Project", "Finance", "Procurement", "Sales", "Marketing")
    return {
        "version": "v2025.1.1",
        "isCloud": True,
        "serverTimeZone": "Eastern Standard Time",
        "cloudRegion": "NA",
        "licenseBits": [{"name": name, "activeFlag": True} for name in licenses],
    }


def _credentials(header: str) -> str:
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(token.strip(), validate=True).decode()
    except (binascii.Error, ValueError):
        return ""


def _same(given: str, expected: str) -> bool:
    return secrets.compare_digest(given.encode(), expected.encode())
