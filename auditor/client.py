"""Send one request and return what came back. The only module that knows httpx."""

import asyncio
import base64
import ssl
import zlib
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. `failure` is empty, or names why there is no usable answer.

    One of: timeout, connect, tls, protocol, too_large. `retry_after` is in seconds, `date` the
    server's clock as it wrote it.
    """

    status: int | None
    content_type: str = ""
    body: bytes = b""
    retry_after: float | None = None
    failure: str = ""
    date: str = ""


class Client:
    """A connection pool to one PSA, below it the gate; use it as an async context manager."""

    def __init__(
        self,
        target: Target,
        credentials: Credentials | None,
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
        self._signed = _headers(target, credentials) if credentials else {}
        tls = _tls(ca_bundle)
        self._http = httpx.AsyncClient(
            transport=_GatedTransport(
                gate,
                workers,
                tls if target.api.startswith("https") else False,
                _env_proxy(target) if env_proxy else None,
            ),
            trust_env=False,
            timeout=timeout,
            follow_redirects=False,
            headers={
                "User-Agent": USER_AGENT,
                "Accept": "application/json",
                "Accept-Encoding": "identity",
            },
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._http.aclose()

    async def send(self, request: Request, *, signed: bool = True) -> Answer:
        """Send a request to the API when the limiter allows, once; never raises for the network."""
        url = self.target.api + API_BASE + request.path
        url += f"?{request.query}" if request.query else ""
        return await self._exchange(
            request.method, url, request.body, self._signed if signed else {}
        )

    async def company_info(self) -> Answer:
        """Ask the unauthenticated company page; no credentials are sent."""
        return await self._exchange("GET", company_info_url(self.target), "", {})

    async def _exchange(self, method: str, url: str, body: str, headers: dict[str, str]) -> Answer:
        await self.limiter.wait()
        if body:
            headers = {**headers, "Content-Type": "application/json"}
        try:
            async with asyncio.timeout(self._timeout):
                answer = await self._read(method, url, body, headers)
        except (TimeoutError, httpx.TimeoutException):
            return Answer(None, failure="timeout")
        except httpx.ConnectError as error:
            return Answer(None, failure="tls" if _is_tls(error) else "connect")
        except httpx.HTTPError:
            return Answer(None, failure="protocol")
        if answer.status == 429:
            self.limiter.throttled(answer.retry_after or 1.0)
        else:
            self.limiter.answered()
        return answer

    async def _read(self, method: str, url: str, body: str, headers: dict[str, str]) -> Answer:
        content = body.encode() if body else None
        async with self._http.stream(method, url, content=content, headers=headers) as response:
            found = bytearray()
            async for chunk in response.aiter_raw():
                found += chunk
                if len(found) > LARGEST_ANSWER:
                    return Answer(response.status_code, failure="too_large")
            plain = _inflated(bytes(found), response.headers.get("content-encoding", ""))
            if plain is None:
                return Answer(response.status_code, failure="too_large")
            return Answer(
                response.status_code,
                response.headers.get("content-type", "").partition(";")[0].strip().lower(),
                plain,
                _seconds(response.headers.get("retry-after")),
                date=response.headers.get("date", ""),
            )


class _GatedTransport(httpx.AsyncHTTPTransport):
    """Below the client; `tls` is False only where the target is plain http on loopback."""

    def __init__(
        self, gate: Gate, workers: int, tls: ssl.SSLContext | Literal[False], proxy: str | None
    ) -> None:
        limits = httpx.Limits(max_connections=workers, max_keepalive_connections=workers)
        super().__init__(verify=tls, limits=limits, proxy=proxy)
        self._gate = gate

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self._gate.admit(request.method, str(request.url), request.content.decode())
        return await super().handle_async_request(request)


def company_info_url(target: Target) -> str:
    """Return the address that says whether a company exists, without signing in."""
    return f"{target.ui}/login/companyinfo/{target.company}"


def _headers(target: Target, credentials: Credentials) -> dict[str, str]:
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


def _inflated(body: bytes, encoding: str) -> bytes | None:
    """Undo gzip or deflate up to the largest answer; None beyond it or for another encoding."""
    if encoding in {"", "identity"}:
        return body
    if encoding not in {"gzip", "deflate"}:
        return None
    try:
        plain = zlib.decompressobj(zlib.MAX_WBITS | 32).decompress(body, LARGEST_ANSWER + 1)
    except zlib.error:
        return None
    return plain if len(plain) <= LARGEST_ANSWER else None


def _seconds(text: str | None) -> float | None:
    return float(text) if text and text.strip().isdigit() else None
