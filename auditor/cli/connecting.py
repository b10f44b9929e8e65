"""The connection flags → a session with one PSA."""

from typing import Any

from auditor.audit import Session
from auditor.cli import options
from auditor.target import target


def session(flags: dict[str, Any], site: str | None = None, company: str | None = None) -> Session:
    """Return the session that the flags ask for; raises InputError for what is not given."""
    found = target(
        site or options.required(flags["site"], "site"),
        company or options.required(flags["company"], "company"),
    )
    names = (("rate", "rate"), ("workers", "concurrency"))
    pace = {name: flags[flag] for name, flag in names if flag in flags}
    return Session(
        found,
        options.credentials(flags["credentials"]),
        timeout=flags["timeout"],
        ca_bundle=flags["ca_bundle"],
        env_proxy=flags["use_env_proxy"],
        **pace,
    )
