"""The records of the simulated tenant: made when first asked for, then really changed."""

from auditor.simulator.ledger import Change, Ledger
from auditor.simulator.messages import Call
from auditor.simulator.nouns import Nouns
from auditor.simulator.places import Place
from auditor.simulator.records import Record, generic, now, required, touched
from auditor.simulator.seeds import SEEDS
from auditor.simulator.settings import Settings

LARGEST_ID = 2_147_483_647


class Store:
    """Collections by concrete path; every change goes into the ledger."""

    def __init__(self, settings: Settings, nouns: Nouns, ledger: Ledger) -> None:
        self.settings = settings
        self.nouns = nouns
        self.ledger = ledger
        self._collections: dict[str, dict[int, Record]] = {}
        self._last_ids: dict[str, int] = {}

    def records(self, where: Place) -> dict[int, Record]:
        """Return the records of a collection by id."""
        if where.path not in self._collections:
            found = self._first_day(where)
            self._collections[where.path] = {record["id"]: record for record in found}
            self._last_ids[where.path] = max(self._collections[where.path], default=0)
        return self._collections[where.path]

    def find(self, where: Place, value: str) -> Record | None:
        """Return the record of this id, or of this identifier or name."""
        records = self.records(where)
        if value.isascii() and value.isdigit():
            return records.get(int(value)) if len(value) <= len(str(LARGEST_ID)) else None
        wanted = value.casefold()
        names = ("identifier", "name")
        for record in records.values():
            if any(str(record.get(name, "")).casefold() == wanted for name in names):
                return record
        return None

    def add(self, call: Call, where: Place, fields: Record) -> Record:
        """Create a record with the next id; the id of a deleted record is never used again."""
        self.records(where)
        number = self._last_ids[where.path] = self._last_ids[where.path] + 1
        own = {"dateEntered": now(), "enteredBy": self.settings.member}
        return self.put(call, where, {"id": number, **fields} | {"id": number, "_info": own})

    def put(self, call: Call, where: Place, record: Record) -> Record:
        """Change a record, if only its time of last update."""
        stored = touched(record, self.settings.member)
        self.records(where)[record["id"]] = stored
        self.note(call, where, record["id"])
        return stored

    def remove(self, call: Call, where: Place, number: int) -> None:
        """Delete a record."""
        del self.records(where)[number]
        self.note(call, where, number)

    def note(self, call: Call, where: Place, number: int | None) -> None:
        """Enter an act into the ledger."""
        self.ledger.entries.append(Change(call.method, call.path, where.path, number))

    def _first_day(self, where: Place) -> list[Record]:
        noun = self.nouns.of(where)
        fields, seed = self.settings.catalogue.bodies.get(noun, ()), self.settings.seed
        if first := SEEDS.get(where.shape):
            found = first(self.settings, where)
            return [required(noun, fields, each["id"], seed) | each for each in found]
        return generic(where, noun, fields, seed)
