"""Speaks HTTP for the replica: a thread a connection, on a free loopback port, quiet, with faults on request."""

from __future__ import annotations

import contextlib
import hashlib
import http
import socket
import socketserver
import struct
import threading
import time
import zlib
from dataclasses import dataclass, field
from datetime import UTC
from email.utils import format_datetime, parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Literal, Self

from .faults import Fault, Faults, Kind, gzip_bomb
from .newsroom import Newsroom, Story
from .pages import Look, Pages, Response, error

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable
    from datetime import datetime
    from types import TracebackType

_LIMIT = 64 * 1024  # bytes of a request's head or body
_TEXTS = {
    "401": "Silakan masuk.",
    "403": "Akses ditolak.",
    "404": "Halaman tidak ditemukan.",
    "410": "Berita ini sudah dihapus.",
    "429": "Terlalu banyak permintaan.",
}


@dataclass(frozen=True, slots=True)
class Hit:
    """A request: when it came (monotonic seconds) and the status sent (0: the connection was cut or kept silent)."""

    at: float
    method: str
    path: str
    status: int
    headers: dict[str, str] = field(default_factory=dict)
    """As the client sent them, names in lower case."""


@dataclass(frozen=True, slots=True)
class _Request:
    method: str
    target: str
    headers: dict[str, str]
    body: bytes
    keep_alive: bool
    at: float


@dataclass(frozen=True, slots=True)
class _Cached:
    """A response and what goes with it to the wire."""

    response: Response
    packed: bytes | None = None
    etag: str = ""
    last_modified: str = ""


class Portal:
    """A replica of the portal on a free port of 127.0.0.1, from `with` to the end of the block.

    `newsroom` may be given; else one is made from `seed`, `articles`, `days`, `now` and `near_duplicates`. `validators`
    sends ETag and Last-Modified and answers 304; `says_replica` names us in a header: a crawl on the same machine then
    makes no pauses. `secure` serves over https. The other keywords are those of `pages.Look`.
    """

    def __init__(
        self,
        seed: int = 1,
        articles: int = 200,
        days: int = 5,
        now: datetime | None = None,
        *,
        near_duplicates: int = 0,
        newsroom: Newsroom | None = None,
        validators: bool = True,
        says_replica: bool = True,
        port: int = 0,
        secure: ssl.SSLContext | None = None,
        **look: Any,
    ) -> None:
        self.newsroom = newsroom or Newsroom(seed, articles, days, now, near_duplicates=near_duplicates)
        self.hits: list[Hit] = []
        self.url = ""
        self._port = port
        self._secure = secure
        self._validators = validators
        self.says_replica = says_replica
        self._pages = Pages(self.newsroom, Look(**look))
        self._faults = Faults()
        self._cache: dict[tuple[object, ...], _Cached] = {}
        self._healed = threading.Event()
        self._closing = False

    def __enter__(self) -> Self:
        self._server = _Server(("127.0.0.1", self._port), self)
        self.url = f"{'https' if self._secure else 'http'}://127.0.0.1:{self._server.server_address[1]}"
        if self._secure is not None:
            self._server.socket = self._secure.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name="portal", daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing = True
        self._healed.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    # --- the newsroom, with the cache dropped ---

    def publish(self, n: int = 1, section: str | None = None) -> list[Story]:
        """Publish `n` new stories (see `Newsroom.publish`)."""
        stories = self.newsroom.publish(n, section)
        self._cache.clear()
        return stories

    def revise(self, id: int | str, *, headline: str | None = None) -> Story:  # noqa: A002 - the site's own word
        """Rewrite part of a story (see `Newsroom.revise`)."""
        story = self.newsroom.revise(id, headline=headline)
        self._cache.clear()
        return story

    def remove(self, id: int | str, status: Literal[404, 410] = 404) -> Story:  # noqa: A002 - the site's own word
        """Take a story away; its page answers 404 or 410 (see `Newsroom.remove`)."""
        story = self.newsroom.remove(id, status)
        self._cache.clear()
        return story

    # --- watching and spoiling ---

    def clear(self) -> None:
        """Forget the hits so far."""
        self.hits = []

    def fail(self, pattern: str, kind: Kind, times: int | None = None, **options: Any) -> None:
        """Answer addresses in which `pattern` is found with a fault, `times` times (`None`: until `heal`).

        Options: `retry_after=` (any status), `delay=` seconds (slow, hang), `to=` and `status=` (redirect), `body=`,
        `content_type=`, `headers=`, `status=` (body), `megabytes=` (gzip_bomb, huge).
        """
        self._healed.clear()
        self._faults.add(pattern, kind, times, **options)

    def heal(self) -> None:
        """Lift all faults and let hanging requests go."""
        self._faults.clear()
        self._healed.set()

    # --- answering ---

    def respond(self, request: _Request, wire: _Wire) -> bool:
        """Answer one request; return whether the connection may be used again."""
        fault = self._faults.take(request.target)
        if fault is not None:
            return self._spoil(fault, request, wire)
        return self._serve(request, wire)

    def _serve(self, request: _Request, wire: _Wire) -> bool:
        if request.method == "POST":
            found = request.target.split("?")[0] == "/search"
            form = request.body.decode("utf-8", "replace")
            return wire.send(request, self._ready(self._pages.search(form) if found else error(405, "Tidak boleh.")))
        if request.method not in {"GET", "HEAD"}:
            return wire.send(request, self._ready(error(405, "Tidak boleh.")))
        cached = self._cached(request.target)
        if self._fresh(request, cached):
            return wire.send(request, cached, status=304)
        return wire.send(request, cached)

    def _cached(self, target: str) -> _Cached:
        # /indeks turns over at midnight; a newsroom changed behind our back must not be served from memory.
        key = (target, self.newsroom.now.date(), self.newsroom.changed)
        cached = self._cache.get(key)
        if cached is None:
            with self.newsroom.lock:  # no page half before and half after a change
                cached = self._ready(self._pages.answer(target))
                if not target.startswith("/search/"):
                    self._cache[key] = cached
        return cached

    def _ready(self, response: Response) -> _Cached:
        packed = None
        if len(response.body) > 200 and not response.content_type.startswith("image/"):
            packer = zlib.compressobj(3, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
            packed = packer.compress(response.body) + packer.flush()
        if not self._validators or response.status != 200 or response.changed is None:
            return _Cached(response, packed)
        etag = f'W/"{hashlib.blake2b(response.body, digest_size=10).hexdigest()}"'
        return _Cached(response, packed, etag, format_datetime(response.changed.astimezone(UTC), usegmt=True))

    @staticmethod
    def _fresh(request: _Request, cached: _Cached) -> bool:
        """Return whether the client's copy is still good; If-None-Match outranks If-Modified-Since."""
        if not cached.etag:
            return False
        if known := request.headers.get("if-none-match"):
            return cached.etag in known or known.strip() == "*"
        if since := request.headers.get("if-modified-since"):
            with contextlib.suppress(ValueError, TypeError):
                return parsedate_to_datetime(cached.last_modified) <= parsedate_to_datetime(since)
        return False

    def _spoil(self, fault: Fault, request: _Request, wire: _Wire) -> bool:
        kind, options = fault.kind, fault.options
        if kind.isdigit():
            response = error(int(kind), _TEXTS.get(kind, "Terjadi gangguan."))
            if options.get("retry_after") is not None:
                response.headers["Retry-After"] = str(options["retry_after"])
            return wire.send(request, self._ready(response))
        spoil: Callable[..., bool] = getattr(self, f"_spoil_{kind}")
        return spoil(request, wire, **options)

    def _spoil_slow(self, request: _Request, wire: _Wire, delay: float = 1.0) -> bool:
        self._healed.wait(delay)
        return self._serve(request, wire)

    def _spoil_hang(self, request: _Request, wire: _Wire, delay: float | None = None) -> bool:
        """Say nothing until healed, closed, `delay` seconds are over or the client leaves."""
        wire.note(request, 0)
        wire.wait_in_silence(self._healed, delay)
        return False

    def _spoil_reset(self, request: _Request, wire: _Wire) -> bool:
        wire.note(request, 0)
        wire.reset(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 9000\r\n\r\n<html><body><p>Jakarta")
        return False

    def _spoil_truncated(self, request: _Request, wire: _Wire) -> bool:
        response = self._pages.answer(request.target)
        size = f"Content-Type: {response.content_type}\r\nContent-Length: {len(response.body)}"
        wire.note(request, 200)
        wire.write(f"HTTP/1.1 200 OK\r\n{size}\r\n\r\n".encode() + response.body[: len(response.body) // 2])
        return False

    def _spoil_empty_list(self, request: _Request, wire: _Wire) -> bool:
        return wire.send(request, self._ready(self._pages.answer(request.target, empty=True)))

    def _spoil_redirect(self, request: _Request, wire: _Wire, to: str = "/", status: int = 302) -> bool:
        return wire.send(request, self._ready(Response(b"", status, headers={"Location": to})))

    def _spoil_body(
        self,
        request: _Request,
        wire: _Wire,
        *,
        body: bytes = b"",
        content_type: str = "text/html; charset=UTF-8",
        headers: dict[str, str] | None = None,
        status: int = 200,
    ) -> bool:
        response = Response(body, status, content_type, dict(headers or {}))
        encoded = any(name.lower() == "content-encoding" for name in response.headers)
        return wire.send(request, _Cached(response) if encoded else self._ready(response))

    def _spoil_gzip_bomb(self, request: _Request, wire: _Wire, megabytes: int = 128) -> bool:
        response = Response(gzip_bomb(megabytes), headers={"Content-Encoding": "gzip"})
        return wire.send(request, _Cached(response))

    def _spoil_huge(self, request: _Request, wire: _Wire, megabytes: int = 50) -> bool:
        wire.note(request, 200)
        wire.write(f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {megabytes << 20}\r\n\r\n".encode())
        piece = (b"<p>" + b"sawit " * 12 + b"</p>\n").ljust(1 << 16)
        for _ in range(megabytes << 4):
            if self._closing:
                return False
            wire.write(piece)
        return True


class _Wire(socketserver.StreamRequestHandler):
    """One connection. A lean reader of requests: the standard one spends more time on headers than we on pages."""

    server: _Server
    disable_nagle_algorithm = True
    rbufsize = 1 << 16
    timeout = 120

    def handle(self) -> None:
        with contextlib.suppress(OSError):  # clients leave when they like
            while (request := self._read()) is not None:
                again = self.server.portal.respond(request, self)
                if not (again and request.keep_alive):
                    break

    def _read(self) -> _Request | None:
        line = self.rfile.readline(_LIMIT)
        while line in {b"\r\n", b"\n"}:
            line = self.rfile.readline(_LIMIT)
        at = time.monotonic()
        try:
            method, target, version = line.decode("latin-1").split()
        except ValueError:  # the end of the connection, or no HTTP
            return None
        headers: dict[str, str] = {}
        while (line := self.rfile.readline(_LIMIT)) not in {b"\r\n", b"\n", b""}:
            name, _, value = line.decode("latin-1").partition(":")
            headers[name.strip().lower()] = value.strip()
        length = headers.get("content-length", "0")
        body = self.rfile.read(min(int(length), _LIMIT)) if length.isdigit() else b""
        wish = headers.get("connection", "").lower()
        if target.startswith("http://"):  # absolute form, as sent to proxies
            target = "/" + target.split("/", 3)[3] if target.count("/") > 2 else "/"
        keep = wish == "keep-alive" or (version == "HTTP/1.1" and wish != "close")
        return _Request(method, target, headers, body, keep, at)

    def note(self, request: _Request, status: int) -> None:
        """Write a hit down."""
        self.server.portal.hits.append(Hit(request.at, request.method, request.target, status, request.headers))

    def write(self, data: bytes) -> None:
        """Send bytes as they are."""
        self.wfile.write(data)

    def send(self, request: _Request, cached: _Cached, status: int | None = None) -> bool:
        """Send a response, packed where the client accepts it, without a body for HEAD and 304."""
        response = cached.response
        status = status or response.status
        packed = cached.packed if "gzip" in request.headers.get("accept-encoding", "") else None
        body = response.body if packed is None else packed
        head = [f"HTTP/1.1 {status} {_reason(status)}"]
        if self.server.portal.says_replica:
            head.append("X-Wartacrawl-Replica: 1")
        if status != 304:
            head += [f"Content-Type: {response.content_type}", f"Content-Length: {len(body)}"]
        if packed is not None and status != 304:
            head.append("Content-Encoding: gzip")
        if cached.etag:
            head += [f"ETag: {cached.etag}", f"Last-Modified: {cached.last_modified}", "Vary: Accept-Encoding"]
        head += [f"{name}: {value}" for name, value in response.headers.items()]
        self.note(request, status)
        silent = request.method == "HEAD" or status == 304
        self.write("\r\n".join([*head, "", ""]).encode("latin-1") + (b"" if silent else body))
        return True

    def reset(self, data: bytes) -> None:
        """Send bytes, then cut the connection so that the client sees a reset, not an end."""
        self.write(data)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.server.cut(self.connection)

    def wait_in_silence(self, healed: threading.Event, delay: float | None) -> None:
        """Wait until healed, until the time is over or until the client has gone."""
        end = time.monotonic() + delay if delay is not None else float("inf")
        self.connection.settimeout(0.05)
        while not healed.is_set() and time.monotonic() < end:
            try:
                if not self.connection.recv(1, socket.MSG_PEEK):
                    return
                time.sleep(0.05)
            except TimeoutError:
                continue


def _reason(status: int) -> str:
    try:
        return http.HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"


class _Server(socketserver.ThreadingTCPServer):
    """Knows its connections, so that closing leaves no thread and no socket behind."""

    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False
    request_queue_size = 256

    def __init__(self, address: tuple[str, int], portal: Portal) -> None:
        self.portal = portal
        self._lock = threading.Lock()
        self._open: dict[socket.socket, threading.Thread] = {}
        super().__init__(address, _Wire)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        with self._lock:
            self._open[request] = threading.current_thread()
        try:
            super().process_request_thread(request, client_address)
        finally:
            with self._lock:
                self._open.pop(request, None)

    def shutdown_request(self, request: Any) -> None:
        """Close a connection that may have been cut already."""
        with contextlib.suppress(OSError):
            super().shutdown_request(request)

    def cut(self, connection: socket.socket) -> None:
        """Close at once; with SO_LINGER 0 this sends a reset."""
        connection.close()

    def server_close(self) -> None:
        """Close the door and every connection, and wait for their threads."""
        super().server_close()
        with self._lock:
            left = list(self._open.items())
        for connection, thread in left:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            thread.join(2)
