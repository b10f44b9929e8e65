"""Send one request and return what came back. The only module that knows httpx.

Works on httpx's transport: below redirects, cookies and settings from the environment.
"""

import asyncio
import base64
import ssl
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Literal, Self
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx

from auditor import __version__
from auditor.errors import InputError
from auditor.gate import Gate
from auditor.limiter import Limiter
from auditor.recipes import Request
from auditor.target import API_BASE, Credentials, Target

LARGEST_ANSWER = 1024 * 1024  # bytes, compressed or not
TIMEOUT = 30.0  # seconds for a whole exchange
USER_AGENT = f"psa-audit/{__version__} (permission audit; changes nothing)"
_HEADERS = {
    "User-Agent": USER_AGENT,
    "Accept": "application/json",
    "Accept-Encoding": "identity",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. `failure` is empty, or names why there is no usable answer.

    One of: timeout, connect, tls, protocol, too_large, encoding, held (it was not sent after
    all). `status` is what was heard before a failure. `retry_after` is in seconds, `date` the
    server's clock as it wrote it.
    """

    status: int | None
    content_type: str = ""
    body: bytes = b""
    retry_after: float | None = None
    failure: str = ""
    date: str = ""


@dataclass(slots=True)
class _Exchange:
    """One request under way: what has been heard of its answer so far."""

    status: int | None = None
    headers: httpx.Headers = field(default_factory=httpx.Headers)
    body: bytearray = field(default_factory=bytearray)

    def failed(self, name: str) -> Answer:
        return Answer(self.status, failure=name)


class Client:
    """A connection pool to one PSA, below it the gate; use it as an async context manager."""

    def __init__(
        self,
        target: Target,
        credentials: Credentials,
        gate: Gate,
        *,
        rate: float = 8.0,
        workers: int = 8,
        timeout: float = TIMEOUT,
        ca_bundle: str | None = None,
        env_proxy: bool = False,
    ) -> None:
        self.target = target
        self.limiter = Limiter(rate)
        self.workers = workers
        self._timeout = timeout
        self._times = httpx.Timeout(timeout).as_dict()
        self._signed = _sign(target, credentials)
        tls = _tls(ca_bundle)
        self._transport = _GatedTransport(
            gate,
            workers,
            tls if target.api.startswith("https") else False,
            _env_proxy(target) if env_proxy else None,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._transport.aclose()

    async def send(
        self,
        request: Request,
        *,
        signed: bool = True,
        still: Callable[[], bool] = lambda: True,
    ) -> Answer:
        """Send a request to the API when the limiter allows, once; never raises for the network.

        `still` is asked at the last moment: where it says no, the request does not leave.
        """
        url = self.target.api + API_BASE + request.path
        url += f"?{request.query}" if request.query else ""
        headers = self._signed if signed else {}
        return await self._exchange(request.method, url, request.body, headers, still)

    async def company_info(self) -> Answer:
        """Ask the unauthenticated company page; no credentials are sent."""
        return await self._exchange("GET", company_info_url(self.target), "", {}, lambda: True)

    async def _exchange(
        self, method: str, url: str, body: str, headers: dict[str, str], still: Callable[[], bool]
    ) -> Answer:
        await self.limiter.wait()
        if self.limiter.gave_up or not still():
            return Answer(None, failure="held")
        heard = _Exchange()
        try:
            async with asyncio.timeout(self._timeout):
                answer = await self._read(self._request(method, url, body, headers), heard)
        except (TimeoutError, httpx.TimeoutException):
            answer = heard.failed("timeout")
        except httpx.ConnectError as error:
            answer = heard.failed("tls" if _is_tls(error) else "connect")
        except httpx.HTTPError:
            answer = heard.failed("protocol")
        if answer.status == 429:
            self.limiter.throttled(1.0 if answer.retry_after is None else answer.retry_after)
        elif not answer.failure:
            self.limiter.answered()
        return answer

    def _request(self, method: str, url: str, body: str, headers: dict[str, str]) -> httpx.Request:
        headers = _HEADERS | headers
        if body:
            headers["Content-Type"] = "application/json"
        return httpx.Request(
            method,
            url,
            headers=headers,
            content=body.encode() if body else None,
            extensions={"timeout": self._times},
        )

    async def _read(self, request: httpx.Request, heard: _Exchange) -> Answer:
        response = await self._transport.handle_async_request(request)
        heard.status, heard.headers = response.status_code, response.headers
        try:
            async for chunk in response.aiter_raw():
                heard.body += chunk
                if len(heard.body) > LARGEST_ANSWER:
                    return heard.failed("too_large")
        finally:
            await response.aclose()
        return _answer(heard)


class _GatedTransport(httpx.AsyncHTTPTransport):
    """Below the client; `tls` is False only where the target is plain http on loopback."""

    def __init__(
        self, gate: Gate, workers: int, tls: ssl.SSLContext | Literal[False], proxy: str | None
    ) -> None:
        limits = httpx.Limits(max_connections=workers, max_keepalive_connections=workers)
        super().__init__(verify=tls, limits=limits, proxy=proxy, trust_env=False)
        self._gate = gate

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self._gate.admit(request.method, str(request.url), request.content.decode())
        return await super().handle_async_request(request)


def company_info_url(target: Target) -> str:
    """Return the address that says whether a company exists, without signing in."""
    return f"{target.ui}/login/companyinfo/{target.company}"


def _sign(target: Target, credentials: Credentials) -> dict[str, str]:
    public = credentials.public_key.get_secret_value()
    private = credentials.private_key.get_secret_value()
    pair = f"{target.company}+{public}:{private}".encode()
    return {
        "Authorization": f"Basic {base64.b64encode(pair).decode()}",
        "clientId": credentials.client_id.get_secret_value(),
    }


def _tls(ca_bundle: str | None) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if ca_bundle:
        try:
            context.load_verify_locations(ca_bundle)
        except (OSError, ssl.SSLError) as error:
            raise InputError(f"--ca-bundle {ca_bundle}: {error}.", "Give a PEM file.") from error
    return context


def _env_proxy(target: Target) -> str | None:
    parts = urlsplit(target.api)
    if proxy_bypass(parts.hostname or ""):
        return None
    return getproxies().get(parts.scheme)


def _is_tls(error: httpx.ConnectError) -> bool:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            return True
        cause = cause.__cause__ or cause.__context__
    return False


def _answer(heard: _Exchange) -> Answer:
    """Return the whole answer, its compression undone up to the largest size."""
    body, encoding = bytes(heard.body), heard.headers.get("content-encoding", "").strip().lower()
    if encoding in {"gzip", "x-gzip", "deflate"}:
        stream = zlib.decompressobj(zlib.MAX_WBITS | 32)
        try:
            body = stream.decompress(body, LARGEST_ANSWER + 1)
        except zlib.error:
            return heard.failed("encoding")
        if len(body) > LARGEST_ANSWER:
            return heard.failed("too_large")
        if not stream.eof or stream.unused_data:
            return heard.failed("encoding")
    elif encoding not in {"", "identity"}:
        return heard.failed("encoding")
    return Answer(
        heard.status,
        heard.headers.get("content-type", "").partition(";")[0].strip().lower(),
        body,
        _seconds(heard.headers.get("retry-after", ""), heard.headers.get("date", "")),
        date=heard.headers.get("date", ""),
    )


def _seconds(text: str, now: str) -> float | None:
    """Read Retry-After: seconds, or a date against the server's own clock; None where absent."""
    text = text.strip()
    if text.isascii() and text.isdigit():
        return min(float(text), 1e9)
    until, since = moment(text), moment(now) or datetime.now(UTC)
    return max(0.0, (until - since).total_seconds()) if until else None


def moment(text: str) -> datetime | None:
    """Read an HTTP date; one without a zone is taken as UTC. None where it is none."""
    try:
        found = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
