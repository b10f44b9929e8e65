"""What a simulated PSA is asked to be: whom it trusts, what it allows, how it behaves."""

import hashlib
import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, TypeVar, get_args

from auditor.catalogue import Catalogue, resource
from auditor.roles import Role

Check = Literal["security", "lookup", "validation"]
Order = Literal["security-first", "lookup-first", "validation-first", "mixed"]
ORDERS: tuple[Order, ...] = get_args(Order)
CHECKS: dict[Order, tuple[Check, Check, Check]] = {
    "security-first": ("security", "lookup", "validation"),
    "lookup-first": ("lookup", "security", "validation"),
    "validation-first": ("validation", "lookup", "security"),
}
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Fault:
    """A disturbance of matching requests, applied after sign-in and before anything else.

    `match` is `METHOD /path` with * as wildcard, the path below the API's base in any letter
    case. The first `after` matches pass, the next `times` are hit (None: all of them). A hit
    waits `delay` seconds and then gets this answer, or, where `status` is None, the usual one.
    """

    match: str
    status: int | None = None
    body: str = ""
    content_type: str = "application/json"
    headers: tuple[tuple[str, str], ...] = ()
    after: int = 0
    times: int | None = None
    delay: float = 0.0


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that shapes a simulator.

    `role` decides every request; `admin` only sets the member's adminFlag. Keys and client id
    that are None are drawn anew by `issued`. `latency` is seconds per request, `rate_limit`
    requests per minute, `my_security` whether the member may read its own matrix.
    """

    role: Role
    catalogue: Catalogue
    company: str = "demo"
    public_key: str | None = None
    private_key: str | None = field(default=None, repr=False)
    client_id: str | None = None
    member: str = "Rewst"
    admin: bool = False
    order: Order = "security-first"
    seed: int = 1
    latency: float = 0.0
    rate_limit: int | None = None
    my_security: bool = True
    faults: tuple[Fault, ...] = ()

    def issued(self) -> "Settings":
        """Return the settings with every credential filled in."""
        return replace(
            self,
            public_key=self.public_key or secrets.token_urlsafe(12),
            private_key=self.private_key or secrets.token_urlsafe(12),
            client_id=self.client_id or str(uuid.uuid4()),
        )

    def order_of(self, path: str) -> Order:
        """Return the order of checks for a path; `mixed` draws one per resource."""
        if self.order != "mixed":
            return self.order
        return draw(tuple(CHECKS), self.seed, resource(path).lower())


def draw(among: Sequence[T], *key: object) -> T:
    """Pick one of the values, the same one for the same key on every machine."""
    digest = hashlib.sha256(repr(key).encode()).digest()
    return among[int.from_bytes(digest[:8], "big") % len(among)]
