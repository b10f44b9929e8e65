"""A simulated PSA to talk to in-process, with whatever role and settings a test needs."""

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from auditor.catalogue import Catalogue
from auditor.roles import everything
from auditor.simulator import Call, Psa, Reply, Settings
from tests.simulator import small

BASE = "/v4_6_release/apis/3.0"


@dataclass
class Client:
    """Speak to a simulated PSA as its API member."""

    psa: Psa

    def headers(self) -> dict[str, str]:
        known = self.psa.settings
        token = f"{known.company}+{known.public_key}:{known.private_key}"
        authorization = "Basic " + base64.b64encode(token.encode()).decode()
        return {"authorization": authorization, "clientid": known.client_id or ""}

    def __call__(self, line: str, body: Any = None, **headers: str) -> Reply:
        """Send `METHOD /path?query`; a body that is not bytes goes out as JSON."""
        method, _, target = line.partition(" ")
        path, _, query = target.partition("?")
        content = b"" if body is None else body if isinstance(body, bytes) else _encoded(body)
        call = Call(method, BASE + path, query, {**self.headers(), **headers}, content)
        return self.psa.answer(call).reply

    @property
    def changes(self) -> list[tuple[str, str, int | None]]:
        return [(each.method, each.collection, each.id) for each in self.psa.ledger.entries]


Connect = Callable[..., Client]


@pytest.fixture(scope="session")
def little(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    directory = tmp_path_factory.mktemp("matrices")
    small.write(directory)
    return Catalogue(directory)


@pytest.fixture
def connect(little: Catalogue) -> Connect:
    """Return a client of a fresh PSA; without a role it may do everything."""

    def connected(**changes: Any) -> Client:
        settings = {"role": everything(little), "catalogue": little, **changes}
        return Client(Psa(Settings(**settings)))

    return connected


def _encoded(body: Any) -> bytes:
    return json.dumps(body).encode()
