"""The simulated PSA as an ASGI application."""

import asyncio
import json

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount
from starlette.types import Receive, Scope, Send

from auditor.simulator.messages import API_VERSION, Call, Reply
from auditor.simulator.psa import Psa
from auditor.simulator.records import ORIGIN
from auditor.simulator.settings import Settings


def create_app(settings: Settings) -> Starlette:
    """Return the application; `state.psa`, `state.settings` and `state.ledger` show its inside."""
    psa = Psa(settings)

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        clock = asyncio.get_running_loop().time
        arrived = clock()
        request = Request(scope, receive)
        found = psa.answer(_call(request, await request.body()))
        if found.delay:
            await asyncio.sleep(arrived + found.delay - clock())
        await _response(found.reply, _base(request))(scope, receive, send)

    app = Starlette(routes=[Mount("/", app=serve)])
    app.state.psa = psa
    app.state.settings = psa.settings
    app.state.ledger = psa.ledger
    return app


def _call(request: Request, body: bytes) -> Call:
    return Call(
        method=request.method,
        path=request.scope["path"],
        query_string=request.scope["query_string"].decode("latin-1"),
        headers=dict(request.headers),
        body=body,
        base=_base(request),
    )


def _base(request: Request) -> str:
    return f"{request.scope['scheme']}://{request.headers.get('host', '127.0.0.1')}"


def _response(reply: Reply, base: str) -> Response:
    headers = {"api-current-version": API_VERSION, **reply.headers}
    if reply.status == 204:
        return Response(status_code=204, headers=headers)
    body = reply.encoded().replace(ORIGIN.encode(), json.dumps(base)[1:-1].encode())
    return Response(body, reply.status, headers, media_type=reply.content_type)
