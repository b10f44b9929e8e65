"""Which PSA to talk to and who we are: site, company, credentials."""

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from pydantic import SecretStr

from auditor.errors import InputError

API_BASE = "/v4_6_release/apis/3.0"
_CLOUD = re.compile(
    r"^(?:api-)?(na|eu|au|aus|za|staging)\.(myconnectwise\.net|connectwisedev\.com)$"
)


@dataclass(frozen=True, slots=True)
class Target:
    """A PSA: `api` and `ui` are origins such as `https://api-na.myconnectwise.net`."""

    api: str
    ui: str
    company: str


@dataclass(frozen=True, slots=True)
class Credentials:
    """An API member's keys and the client id of the calling program."""

    public_key: SecretStr
    private_key: SecretStr
    client_id: SecretStr


def target(site: str, company: str) -> Target:
    """Read `--site` and `--company`; raises InputError.

    A cloud site may be given with or without its `api-` prefix: the API is asked at the one,
    company information at the other. Source: ConnectWise Developer Guide.
    """
    parts = urlsplit(site if "://" in site else f"https://{site}")
    host = parts.hostname or ""
    try:
        port = parts.port
    except ValueError as error:
        raise InputError(f"--site {site!r} has no valid port.") from error
    if parts.username or parts.password:
        raise InputError("--site must not hold credentials.", "Set PSA_AUDIT_PUBLIC_KEY instead.")
    if not host or parts.scheme not in {"http", "https"}:
        raise InputError(
            f"--site {site!r} is not a web address.", "Write https://api-na.myconnectwise.net."
        )
    if not host.isascii():
        raise InputError(
            f"--site {site!r}: write the host's name in ASCII.", f"That is {_ascii(host)!r}."
        )
    if parts.scheme == "http" and not _is_loopback(host):
        raise InputError(
            f"--site {site!r}: plain http would send the keys in the clear.",
            f"Write https://{host}; http is allowed on a loopback address only.",
        )
    if not re.fullmatch(r"(?!\.+$)[A-Za-z0-9_.-]+", company):
        raise InputError(
            f"--company {company!r} is not a company id.",
            "Give the id that is typed when signing in to ConnectWise PSA.",
        )
    if port == {"http": 80, "https": 443}[parts.scheme]:
        port = None
    place = f"[{host}]" if ":" in host else host
    origin = f"{parts.scheme}://{place}" + (f":{port}" if port else "")
    if cloud := _CLOUD.match(host):
        region, domain = cloud.groups()
        return Target(f"https://api-{region}.{domain}", f"https://{region}.{domain}", company)
    return Target(origin, origin, company)


def _ascii(host: str) -> str:
    try:
        return host.encode("idna").decode()
    except UnicodeError:
        return "xn--..."


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
