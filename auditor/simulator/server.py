"""The simulated PSA on a real loopback socket: in a thread, or until Ctrl-C."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import uvicorn
from starlette.applications import Starlette

from auditor.errors import InputError
from auditor.simulator.app import create_app
from auditor.simulator.ledger import Ledger
from auditor.simulator.settings import Settings

HOST = "127.0.0.1"
PATIENCE = 10.0  # seconds to start or to stop


@dataclass(frozen=True, slots=True)
class Running:
    """A simulator that listens: its address, its credentials, what has happened so far."""

    url: str
    settings: Settings
    app: Starlette

    @property
    def company(self) -> str:
        """Return the company to sign in to."""
        return self.settings.company

    @property
    def public_key(self) -> str:
        """Return the API member's public key."""
        return self.settings.public_key or ""

    @property
    def private_key(self) -> str:
        """Return the API member's private key."""
        return self.settings.private_key or ""

    @property
    def client_id(self) -> str:
        """Return the client id that is accepted."""
        return self.settings.client_id or ""

    @property
    def ledger(self) -> Ledger:
        """Return the books: requests and changes."""
        found: Ledger = self.app.state.ledger
        return found

    @property
    def requests(self) -> int:
        """Return how many requests have come in."""
        return self.ledger.requests

    @property
    def changes(self) -> int:
        """Return how many records were created, changed or deleted; the ledger lists them."""
        return self.ledger.changes


@contextmanager
def running(settings: Settings, port: int = 0) -> Iterator[Running]:
    """Serve the simulator in a thread on 127.0.0.1; port 0 takes a free one.

    Raises InputError if the port is taken.
    """
    app = create_app(settings)
    with _listening(port) as listener:
        server = uvicorn.Server(_config(app))
        thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
        thread.start()
        try:
            _await_start(server, thread)
            number = listener.getsockname()[1]
            yield Running(f"http://{HOST}:{number}", app.state.settings, app)
        finally:
            server.should_exit = True
            thread.join(PATIENCE)


def serve(
    settings: Settings, port: int = 0, ready: Callable[[Running], None] = lambda _: None
) -> None:
    """Serve the simulator until Ctrl-C; `ready` is called once it listens."""
    with running(settings, port) as simulator:
        ready(simulator)
        try:
            while True:
                time.sleep(3600)
        except KeyboardInterrupt:
            return


def _listening(port: int) -> socket.socket:
    # asyncio turns Nagle's delay (40 ms a request) off only where the protocol is named
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
    except (OSError, OverflowError) as error:
        listener.close()
        raise InputError(
            f"Port {port} on {HOST} cannot be used: {error}.", "Take another; 0 takes a free one."
        ) from error
    return listener


def _config(app: Starlette) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        access_log=False,
        log_config=None,
        log_level="critical",
        lifespan="off",
        ws="none",
        loop="asyncio",
        timeout_graceful_shutdown=1,
    )


def _await_start(server: uvicorn.Server, thread: threading.Thread) -> None:
    deadline = time.monotonic() + PATIENCE
    while not server.started:
        if not thread.is_alive() or time.monotonic() > deadline:
            raise InputError("The simulator did not start.", "Is the loopback address usable?")
        time.sleep(0.002)
