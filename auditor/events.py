"""What a journal holds: one model for each kind of line."""

from dataclasses import fields
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from auditor.observation import Observation

SCHEMA = "psa-audit/journal/1"


class _Event(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Start(_Event):
    """A run begins. `member` is a salted hash that tells one API member from another."""

    event: Literal["start"] = "start"
    schema_: Literal["psa-audit/journal/1"] = Field("psa-audit/journal/1", alias="schema")
    tool: str = ""
    site: str
    company: str
    time: str
    member: str = ""


class Planned(_Event):
    """The plan, as `plan.data` writes it."""

    event: Literal["plan"] = "plan"
    plan: dict[str, Any]


class Preflown(_Event):
    """What the preflight found."""

    event: Literal["preflight"] = "preflight"
    api_version: str


class Settings(_Event):
    """What one source says of the member's own role; `answer` says how it answered.

    `levels` maps Module/Permission to its levels for Add, Edit, Delete and Inquire. `items` are
    the Table Setup items that Customize allows, `screens` those of ours that the PSA spells as
    we do.
    """

    event: Literal["settings"] = "settings"
    source: str
    answer: str
    levels: dict[str, list[str | None]] = Field(default_factory=dict)
    items: list[str] | None = None
    screens: list[str] = Field(default_factory=list)
    unmatched: list[str] = Field(default_factory=list)
    is_admin: bool | None = None
    licence_class: str = ""


class Resumed(_Event):
    """A run that was cut off goes on."""

    event: Literal["resume"] = "resume"
    time: str


class Intent(_Event):
    """A probe is about to leave."""

    event: Literal["intent"] = "intent"
    probe: str


class Result(_Event):
    """What came back for a probe."""

    event: Literal["result"] = "result"
    result: dict[str, Any]


class Finish(_Event):
    """The run ends; `confirmed` tells whether the sign-in was still accepted, None: not asked."""

    event: Literal["finish"] = "finish"
    time: str
    stopped: Literal["", "safety", "credentials", "throttled", "interrupted"]
    confirmed: bool | None


Event = Start | Planned | Preflown | Settings | Resumed | Intent | Result | Finish
EVENT = TypeAdapter[Event](Annotated[Event, Field(discriminator="event")])


def result(found: Observation) -> Result:
    """Return the event that holds an observation, without what has its default value."""
    plain = Observation(found.probe)
    kept = {
        item.name: getattr(found, item.name)
        for item in fields(found)
        if item.name == "probe" or getattr(found, item.name) != getattr(plain, item.name)
    }
    return Result(result=kept)
