"""A call as it came in, a reply as it goes out, and the bodies of ConnectWise's refusals."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl

API_VERSION = "2025.16"
JSON_TYPE = "application/json"


class UnreadableBodyError(ValueError):
    """A body that is not JSON."""


@dataclass(frozen=True)
class Call:
    """One request; header names are lower case, `base` is scheme and host."""

    method: str
    path: str
    query_string: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    base: str = "http://127.0.0.1"

    @cached_property
    def query(self) -> dict[str, str]:
        """Return the query parameters, names in lower case."""
        pairs = parse_qsl(self.query_string, keep_blank_values=True)
        return {name.lower(): value for name, value in pairs}

    @cached_property
    def document(self) -> Any:
        """Return the body as JSON, None where there is none; raises UnreadableBodyError."""
        if not self.body.strip():
            return None
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError) as error:
            raise UnreadableBodyError(str(error)) from error


@dataclass(frozen=True, slots=True)
class Reply:
    """One response; `body` is sent as it is if it is bytes, else as JSON."""

    status: int
    body: Any = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = JSON_TYPE

    def encoded(self) -> bytes:
        """Return the body as it goes over the wire."""
        if isinstance(self.body, bytes):
            return self.body
        return json.dumps(self.body, separators=(",", ":")).encode()


def refusal(status: int, code: str, message: str, errors: Sequence[Any] | None = None) -> Reply:
    """Return an error in ConnectWise's envelope."""
    return Reply(status, {"code": code, "message": message, "errors": errors or None})


SECURITY_MESSAGE = "You do not have security permission to perform this action."
FORBIDDEN = refusal(403, "Security", SECURITY_MESSAGE)
INTEGRATOR_ONLY = refusal(403, "Unauthorized", SECURITY_MESSAGE)
UNAUTHENTICATED = refusal(401, "Unauthorized", "The supplied authentication is incorrect.")
NO_CLIENT_ID = refusal(401, "ConnectWiseApi", "A registered clientId header is required.")
NO_ENDPOINT = refusal(404, "ConnectWiseApi", "The endpoint does not exist.")
NOT_ROUTED = Reply(400, b"Cannot route. Codebase/company is invalid", content_type="text/plain")
UNSUPPORTED_MEDIA = refusal(
    415, "ConnectWiseApi", "Documents are uploaded as multipart/form-data, not as JSON."
)


def wrong_method(method: str, allowed: Sequence[str]) -> Reply:
    """Return the 405 of a path that exists for other methods."""
    message = f"The requested resource does not support http method '{method}'."
    answer = refusal(405, "ConnectWiseApi", message)
    return Reply(405, answer.body, {"allow": ", ".join(sorted(allowed))})


def not_found(noun: str, value: str) -> Reply:
    """Return the 404 of a record that does not exist."""
    return refusal(404, "NotFound", f"{noun} {value} was not found.")


def invalid(resource: str, errors: Sequence[Mapping[str, str]]) -> Reply:
    """Return the 400 of a body that fails validation."""
    return refusal(400, "InvalidObject", f"{resource} object is invalid", errors)


def malformed(message: str) -> Reply:
    """Return the 400 of a request that cannot be read."""
    return refusal(400, "InvalidRequest", message)


def too_many(seconds: int) -> Reply:
    """Return the 429; its key is `error` where all others have `code`."""
    message = f"Too many requests. Please try again in {seconds} seconds."
    body = {"error": "ConnectWiseAPI", "message": message}
    return Reply(429, body, {"retry-after": str(seconds)})
