"""A mail server on loopback."""

import socket
from email import message_from_bytes, policy

import pytest

controller = pytest.importorskip("aiosmtpd.controller")


class Mailbox:
    """A mail server on loopback that keeps what it is given."""

    def __init__(self):
        self.letters = []
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self._controller = controller.Controller(self, hostname="127.0.0.1", port=self.port)

    async def handle_DATA(self, server, session, envelope):  # noqa: N802, ARG002 - the name aiosmtpd calls
        self.letters.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 ok"

    @property
    def address(self):
        return f"mailto://127.0.0.1:{self.port}?from=crawler@example.org&to=redaksi@example.org&mode=insecure"

    def __enter__(self):
        self._controller.start()
        return self

    def __exit__(self, *_):
        self._controller.stop()
