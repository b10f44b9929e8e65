"""The grids of matrices/ as rows: one model per file, the columns are its fields."""

import re
from typing import Literal

from pydantic import Field

from auditor.grid import Row
from auditor.rights import Basis, Right, Verb

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
Kind = Literal[
    "list", "get", "count", "info", "search", "download", "test",
    "create", "copy", "update", "replace", "delete", "process",
]  # fmt: skip


class PermissionRow(Row):
    """permissions.csv: a row of the role matrix; `customize` is its mySecurity identifier."""

    module: str = Field(min_length=1)
    permission: str = Field(min_length=1)
    listed: str
    customize: str
    aliases: str


class DescriptionRow(Row):
    """role-matrix.csv: what a workbook says a verb at a level allows; the older ones say Mine."""

    module: str = Field(min_length=1)
    permission: str = Field(min_length=1)
    verb: Verb
    level: Literal["All", "My", "Mine", "None"]
    description: str = Field(min_length=1)


class TableRow(Row):
    """tables.csv: a Table Setup item by the name that a published list gives it."""

    item: str = Field(min_length=1)
    basis: Basis
    source: str


class SourceRow(Row):
    """sources.csv: where a claim comes from; `url` is empty where none is public."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    title: str = Field(min_length=1)
    url: str


class KindRow(Row):
    """kinds.csv: the verb an operation of this kind needs; empty where its rule must say."""

    kind: Kind
    verb: Verb | Literal[""]
    writes: Literal["yes", "no"]
    why: str = Field(min_length=1)


class Operation(Row):
    """operations.csv: one API call, spelled as the API publishes it."""

    method: Method
    path: str = Field(pattern=r"^/")
    kind: Kind
    versions: str
    body: str
    required: str
    returns: str

    @property
    def id(self) -> str:
        """Return `METHOD /path`, the name of this operation everywhere."""
        return f"{self.method} {self.path}"

    @property
    def is_many(self) -> bool:
        """Tell whether a success answers with a list of records."""
        return self.returns.startswith("Array")


class RuleRow(Row):
    """rules/MODULE.csv: operations under a path prefix need this permission."""

    method: Method | Literal[""]
    path: str = Field(pattern=r"^/")
    permission: str
    verb: Verb | Literal[""]
    level: Literal["", "My", "All"]
    table: str
    basis: Basis
    source: str = Field(min_length=1)
    why: str


class ExtraRow(Row):
    """extras.csv: a further right that one operation needs, always or under a condition."""

    method: Method
    path: str = Field(pattern=r"^/")
    module: str
    permission: str
    verb: Verb
    level: Literal["", "My", "All"]
    table: str
    condition: str
    basis: Basis
    source: str = Field(min_length=1)
    why: str


class ClaimRow(Row):
    """claims.csv: what a public source says that an operation needs, as far as it says so.

    `strength`: `observed` live, `explicit` on the endpoint, permission or item `named` and the
    endpoint inferred, or a `vendor` statement that stands alone against others.
    `permission` is empty where none is named or none applies: `note` says what is. Without a
    path too, the claim is about a whole kind of operations.
    """

    method: Method
    path: str = Field(pattern=r"^(/|$)")
    module: str
    permission: str
    verb: Verb | Literal[""]
    level: Literal["", "My", "All"]
    table: str
    strength: Literal["observed", "explicit", "named", "vendor"]
    source: str = Field(min_length=1)
    note: str

    @property
    def operation(self) -> str:
        """Return the operation's id; no more than the method where the claim has no path."""
        return f"{self.method} {self.path}".strip()

    @property
    def right(self) -> Right | None:
        """Return the claimed right; None where no permission is named."""
        if not self.permission or not self.verb:
            return None
        return Right(self.module, self.permission, self.verb, self.table or None)

    @property
    def right_id(self) -> str:
        """Return the text form of the claimed right, or `none`."""
        return self.right.id if self.right else "none"


class DifferenceRow(Row):
    """differences.csv: a claim that rules and extras do not follow, and why.

    `right` is the text form of the claimed right, `none` where the claim names no permission.
    """

    method: Method
    path: str = Field(pattern=r"^(/|$)")
    right: str = Field(min_length=1)
    why: str = Field(min_length=1)

    @property
    def operation(self) -> str:
        """Return the operation's id, as ClaimRow does."""
        return f"{self.method} {self.path}".strip()


class LimitRow(Row):
    """limits.csv: what keeps a member from an operation although its role would allow it."""

    method: Method
    path: str = Field(pattern=r"^/")
    limit: Literal["integrator login", "licence class"]
    source: str = Field(min_length=1)
    why: str = Field(min_length=1)

    @property
    def operation(self) -> str:
        """Return the operation's id."""
        return f"{self.method} {self.path}"


class ActionRow(Row):
    """actions.csv: one action of the integration and the operation it calls, if it has one."""

    category: str = Field(min_length=1)
    action: str = Field(min_length=1)
    method: Method | Literal[""]
    path: str
    guide_path: str
    note: str
    exception: str

    @property
    def id(self) -> str:
        """Return `Category/Action`."""
        return f"{self.category}/{self.action}"


class BodyRow(Row):
    """bodies.csv: one field of a request body; `max_length` in characters."""

    body: str = Field(min_length=1)
    field: str = Field(min_length=1)
    required: Literal["", "yes", "sometimes"]
    type: str
    max_length: str


class ProbeRow(Row):
    """probes.csv: an exception to the probe recipes.

    `never`: do not send, for the reason in `why`. `query`: send this query instead.
    `values`: use these values for path parameters (`name=value`, joined by `&`).
    """

    method: Method
    path: str = Field(pattern=r"^/")
    rule: Literal["never", "query", "values"]
    value: str
    why: str = Field(min_length=1)


def shape(path: str) -> tuple[str, ...]:
    """Return a path as comparable segments: lower case, every parameter `{}`."""
    return tuple(re.sub(r"\{[^}]*\}", "{}", part).lower() for part in path.strip("/").split("/"))
