"""The flags that commands share, and how they become values."""

import math
import os
import stat
import sys
import tomllib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

import click
from pydantic import SecretStr

from auditor.catalogue import Catalogue, default_directory
from auditor.errors import InputError, nearest
from auditor.target import Credentials

F = TypeVar("F", bound=Callable[..., object])
SECRETS = ("public_key", "private_key", "client_id")
DEFAULT_PROFILE = "rewst-all-actions"


class _Texts(click.types.StringParamType):
    """Text that may be given several times; in the environment parts are joined by `;`."""

    envvar_list_splitter = ";"


class Flag(click.Option):
    """An option that is also read from PSA_AUDIT_NAME."""

    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **settings)
        self.envvar = self.envvar or f"PSA_AUDIT_{self.word.upper()}"

    @property
    def word(self) -> str:
        """Return the name of the flag as a setting: `--fail-on` is `fail_on`."""
        return max(self.opts, key=len).removeprefix("--").replace("-", "_")


def flag(*names: str, **settings: Any) -> Callable[[F], F]:
    """Declare one option of psa-audit."""
    return click.option(*names, cls=Flag, **settings)


class Finite(click.FloatRange):
    """A number in a range: neither infinite nor "nan", which is in every range."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Read the number; a usage error for one that is not finite."""
        number = super().convert(value, param, ctx)
        if not math.isfinite(number):
            self.fail(f"{value!r} is not a finite number.", param, ctx)
        return number


def group(*options: Callable[[F], F]) -> Callable[[F], F]:
    """Declare several options at once."""

    def apply(function: F) -> F:
        for option in reversed(options):
            function = option(function)
        return function

    return apply


matrices = flag(
    "--matrices", type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Matrices of your own, any part of them: the others are those that came along.",
)  # fmt: skip

selection = group(
    flag("--profile", "profiles", multiple=True, type=_Texts(), metavar="NAME|FILE",
         help=f"What the integration needs; may be repeated. Default: {DEFAULT_PROFILE}."),
    flag("--action", "actions", multiple=True, type=_Texts(), metavar="CATEGORY/ACTION",
         help="One catalogue action; may be repeated."),
    flag("--right", "rights", multiple=True, type=_Texts(),
         metavar="MODULE/PERMISSION:VERB[:LEVEL]", help="One right; may be repeated."),
    flag("--operation", "operations", multiple=True, type=_Texts(), metavar="'METHOD /path'",
         help="One call of the API, such as 'GET /finance/taxCodes'; may be repeated."),
)  # fmt: skip

sending = group(
    flag("--read-only", is_flag=True, help="Send no write probe."),
    flag("--depth", type=click.Choice(["action", "right"]), default="action", show_default=True,
         help="Probe every action, or only as many as it takes to decide every right."),
    flag("--find-excess", is_flag=False, flag_value="reads", metavar="[reads|all]",
         type=click.Choice(["reads", "all"]),
         help="Also probe rights that nothing needs: reads only, unless 'all' is asked for."),
)  # fmt: skip

judging = group(
    flag("--accept-analogy", is_flag=True,
         help="Take for granted what every resource whose order of checks is known speaks for."),
    flag("--strict", is_flag=True,
         help="Take nothing for granted that only the settings say, nor a level they do not."),
)  # fmt: skip

connection = group(
    flag("--site", metavar="URL", help="The PSA, such as https://api-na.myconnectwise.net."),
    flag("--company", metavar="ID", help="The company id used when signing in."),
    flag("--credentials", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
         help="TOML file with public_key, private_key, client_id; readable by you only."),
    flag("--timeout", type=Finite(0.1, 600), default=30.0, show_default=True,
         help="Seconds to wait for one answer."),
    flag("--ca-bundle", metavar="FILE", help="Also trust the CAs in this PEM file."),
    flag("--use-env-proxy", is_flag=True, help="Go through HTTPS_PROXY of the environment."),
)  # fmt: skip

KNOWN_FLAGS = frozenset({
    "site", "company", "credentials", "timeout", "ca_bundle", "use_env_proxy", "profile",
    "action", "right", "read_only", "matrices", "rate", "concurrency", "fail_on", "format",
    "output", "yes", "order", "port", "role", "latency", "seed", "rate_limit", "operation",
    "depth", "find_excess", "accept_analogy", "strict", "share", "exceptions", "overwrite",
})  # fmt: skip
_PLURAL = {"profile": "profiles", "action": "actions", "right": "rights", "format": "formats",
           "operation": "operations"}  # fmt: skip


def check_config(path: Path, flags: dict[str, Any]) -> dict[str, Any]:
    """Return the flags of a configuration file by parameter name; raises InputError."""
    found = {}
    for key, value in flags.items():
        name = key.replace("-", "_")
        if name in SECRETS:
            raise InputError(
                f"{path}: {key!r} does not belong in a configuration file.",
                "Use the environment, or a file of its own with --credentials.",
            )
        if name not in KNOWN_FLAGS:
            raise InputError(f"{path}: unknown flag {key!r}.", nearest(name, KNOWN_FLAGS))
        found[_PLURAL.get(name, name)] = value
    return found


def catalogue(directory: Path | None) -> Catalogue:
    """Return the catalogue that came along, with the files of `--matrices` laid over it."""
    return Catalogue(directory, default_directory()) if directory else Catalogue()


def words(text: str, allowed: Iterable[str], name: str) -> frozenset[str]:
    """Read a comma-separated flag; raises InputError for a word that is not allowed."""
    known = tuple(allowed)
    found = frozenset(word.strip() for word in text.split(",") if word.strip())
    for word in sorted(found - set(known)):
        raise InputError(f"{name}: unknown word {word!r}.", f"Known: {', '.join(known)}.")
    return found


def required(value: str | None, name: str) -> str:
    """Return the value of a flag that must be given; raises InputError."""
    if value:
        return value
    raise InputError(
        f"--{name} is not given.", f"Use the flag, PSA_AUDIT_{name.upper()} or psa-audit.toml."
    )


def credentials(path: Path | None) -> Credentials:
    """Return the keys from the file, the environment or a prompt; raises InputError."""
    stored = _from_file(path) if path else {}
    found = {name: stored.get(name) or _from_environment(name) for name in SECRETS}
    for name, value in found.items():
        if not value.isascii() or any(char.isspace() for char in value):
            raise InputError(f"{name} holds a space or a character that keys never have.")
    return Credentials(*(SecretStr(found[name]) for name in SECRETS))


def _from_environment(name: str) -> str:
    variable = f"PSA_AUDIT_{name.upper()}"
    if value := os.environ.get(variable, "").strip():
        return value
    if sys.stdin.isatty():
        label = name.replace("_", " ").capitalize()
        return str(click.prompt(label, hide_input=name != "client_id", err=True)).strip()
    raise InputError(
        f"{variable} is not set.",
        "Set PSA_AUDIT_PUBLIC_KEY, PSA_AUDIT_PRIVATE_KEY and PSA_AUDIT_CLIENT_ID, "
        "or give --credentials FILE.",
    )


def _from_file(path: Path) -> dict[str, str]:
    try:
        if os.name == "posix" and path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise InputError(f"{path} can be read by others.", f"Run: chmod 600 {path}")
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(f"--credentials {path} cannot be read: {type(error).__name__}.") from None
    for key, value in found.items():
        if key not in SECRETS or not isinstance(value, str):
            raise InputError(
                f"--credentials {path}: {key!r} is not one of {', '.join(SECRETS)} with a text."
            )
    return found
