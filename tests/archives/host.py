"""An HTTP server on loopback for the stand-ins of archives: it notes what it is asked and spoils answers on demand."""

import contextlib
import socket
import struct
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from wartacrawl.portal.faults import Faults


@dataclass(frozen=True)
class Hit:
    """A request and the status of its answer (0: none was sent). `at` is seconds of a monotonic clock."""

    at: float
    target: str
    status: int
    headers: Mapping[str, str]
    connection: int
    """The client's port: requests over one connection share it."""


@dataclass(frozen=True)
class Answer:
    """What is sent; `Content-Length` is added."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


class Host:
    """A server for the length of a `with` block. `answer` is given the target and the headers of each GET.

    `hits` are the requests so far, in the order in which their answers began.
    """

    def __init__(self, answer: Callable[[str, Mapping[str, str]], Answer]) -> None:
        self._answer = answer
        self._faults = Faults()
        self.hits: list[Hit] = []
        self.delay = 0.0
        """Seconds before each answer: time to kill a crawl."""

    def __enter__(self):
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.host = self
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def clear(self) -> None:
        """Forget the hits so far."""
        self.hits = []

    def fail(self, pattern: str, kind: str, times: int | None = None, **options: Any) -> None:
        """Spoil answers whose target matches, `times` times (None: until `heal`).

        A status (`"503"`, with `retry_after=`), `"body"` (with `body=`, `status=`, `content_type=`), `"truncated"`
        (half of the announced bytes), `"reset"`, `"garbled"` (right length, wrong bytes), `"whole"` (200 and all of the
        file, whatever range was asked for), `"shifted"` (another range than was asked for), `"short"` (a shorter one).
        """
        # `Faults` counts and finds; its kinds are the portal's, so those of archives travel as an option of "body".
        if kind in {"garbled", "whole", "shifted", "short"}:
            options, kind = {"body": kind}, "body"
        elif kind == "body":
            options = {**options, "headers": {}}
        self._faults.add(pattern, kind, times, **options)

    def heal(self) -> None:
        """Answer truly again."""
        self._faults.clear()

    def respond(self, handler: "_Handler") -> None:
        """Answer a request, truly or not."""
        time.sleep(self.delay)
        fault = self._faults.take(handler.path)
        kind, options = (fault.kind, fault.options) if fault else ("", {})
        if kind == "reset":
            self.note(handler, 0)
            handler.reset()
        elif kind.isdigit():
            wait = options.get("retry_after")
            headers = {} if wait is None else {"Retry-After": str(wait)}
            self._send(handler, Answer(int(kind), HTTPStatus(int(kind)).phrase.encode(), headers))
        elif kind == "body" and "headers" in options:
            headers = {"Content-Type": options.get("content_type", "text/html")}
            self._send(handler, Answer(options.get("status", 200), options.get("body", b""), headers))
        else:
            kind = options["body"] if kind == "body" else kind
            asked = handler.headers.get("Range")
            answer = self._answer(handler.path, {**dict(handler.headers), **_ranged(kind, asked)})
            if kind == "garbled":
                answer = replace(answer, body=bytes(byte ^ 0x55 for byte in answer.body))
            self._send(handler, answer, of_body=0.5 if kind == "truncated" else 1)

    def _send(self, handler: "_Handler", answer: Answer, of_body: float = 1) -> None:
        self.note(handler, answer.status)
        handler.send_response(answer.status)
        for name, value in {"Content-Length": str(len(answer.body)), **answer.headers}.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(answer.body[: int(len(answer.body) * of_body)])
        handler.close_connection = handler.close_connection or of_body < 1

    def note(self, handler: "_Handler", status: int) -> None:
        """Write a hit down."""
        at, port = time.monotonic(), handler.client_address[1]
        self.hits.append(Hit(at, handler.path, status, dict(handler.headers), port))


def _ranged(kind: str, asked: str | None) -> dict[str, str]:
    """Return the range that is answered in place of the one asked for."""
    if kind == "whole":
        return {"Range": ""}
    if kind not in {"shifted", "short"} or not asked:
        return {}
    first, last = map(int, asked.removeprefix("bytes=").split("-"))
    step = (last - first) // 2
    return {
        "Range": f"bytes={first + step if kind == 'shifted' else first}-{last if kind == 'shifted' else last - step}"
    }


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 60
    server: "_Server"

    def do_GET(self) -> None:
        with contextlib.suppress(OSError):  # clients leave when they like
            self.server.host.respond(self)

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def reset(self) -> None:
        """Cut the connection so that the client sees a reset."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.connection.close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    host: Host

    def shutdown_request(self, request: Any) -> None:
        """Close a connection that may have been cut already."""
        with contextlib.suppress(OSError):
            super().shutdown_request(request)

    def handle_error(self, *_: object) -> None:
        """Say nothing of clients that left."""
