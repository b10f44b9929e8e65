"""A small PSA on a real socket that behaves as one function says; it knows no matrices.

By default it knows company `acme`, the keys below, and has never heard of any record.
"""

import base64
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from pydantic import SecretStr

from auditor.audit import Session
from auditor.target import Credentials, target

BASE = "/v4_6_release/apis/3.0"
PUBLIC, PRIVATE, CLIENT_ID = "Pk7Qx2", "Sk9Zw4", "11111111-2222-3333-4444-555555555555"
SIGNED = "Basic " + base64.b64encode(f"acme+{PUBLIC}:{PRIVATE}".encode()).decode()
SECURITY = {
    "code": "Security",
    "message": "You do not have security permission to perform this action.",
    "errors": None,
}
NOT_FOUND = {"code": "NotFound", "message": "Record not found.", "errors": None}
UNSIGNED = {"code": "Unauthorized", "message": "The supplied authentication is incorrect."}


@dataclass(frozen=True)
class Call:
    method: str
    path: str  # below BASE, without the query
    query: str
    body: bytes
    headers: dict[str, str]

    @property
    def line(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def is_signed(self) -> bool:
        return self.headers.get("authorization") == SIGNED


@dataclass(frozen=True)
class Reply:
    status: int
    body: object = None  # bytes go out as they are, everything else as JSON
    headers: dict[str, str] = field(default_factory=dict)


Behaviour = Callable[[Call], Reply]


@dataclass
class Psa:
    url: str
    calls: list[Call]

    def session(self, **changes: object) -> Session:
        keys = Credentials(SecretStr(PUBLIC), SecretStr(PRIVATE), SecretStr(CLIENT_ID))
        return Session(target(self.url, "acme"), keys, **{"rate": 0, **changes})  # type: ignore[arg-type]

    def sent(self, *methods: str) -> list[Call]:
        return [call for call in self.calls if call.method in methods]


def usual(call: Call) -> Reply:
    """Sign-in works, lists are empty, nothing is found, bodies are invalid."""
    if call.path.startswith("/login/companyinfo/"):
        known = call.path.endswith("/acme")
        return Reply(200, {"CompanyID": "acme"}) if known else Reply(404, {"message": "no"})
    if not call.is_signed:
        return Reply(401, UNSIGNED)
    if not call.headers.get("clientid"):
        return Reply(401, {"code": "ConnectWiseApi", "message": "A valid clientId is required."})
    if call.path == "/system/info":
        return Reply(200, {"version": "v2025.1"})
    if call.method == "GET" and "2147483647" not in call.path:
        return Reply(200, {"count": 0} if call.path.endswith("/count") else [])
    if call.method == "POST" and "2147483647" not in call.path:
        return Reply(400, {"code": "InvalidObject", "message": "?", "errors": []})
    return Reply(404, NOT_FOUND)


@contextmanager
def serving(behave: Behaviour = usual) -> Iterator[Psa]:
    """Serve the behaviour on a free loopback port until the block ends."""
    calls: list[Call] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            path, _, query = self.path.partition("?")
            headers = {key.lower(): value for key, value in self.headers.items()}
            call = Call(self.command, path.removeprefix(BASE), query, body, headers)
            calls.append(call)
            reply = behave(call)
            content = (
                reply.body
                if isinstance(reply.body, bytes)
                else b""
                if reply.body is None
                else json.dumps(reply.body).encode()
            )
            self.send_response(reply.status)
            for name, value in {"Content-Type": "application/json", **reply.headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer  # noqa: N815

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            """A client that hangs up early is part of some tests."""

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield Psa(f"http://127.0.0.1:{server.server_port}", calls)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
