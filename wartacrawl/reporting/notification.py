"""Messages to people about a crawl that did not end well, through Apprise: mail, Telegram, Slack and many others."""

from __future__ import annotations

import logging
import re
import socket
from contextlib import contextmanager
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from wartacrawl.config import ConfigError
from wartacrawl.reporting.figures import Figures
from wartacrawl.reporting.monitors import FAILED
from wartacrawl.reporting.number import counted
from wartacrawl.reporting.outcome import ADVICE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from wartacrawl.config import NotifyConfig
    from wartacrawl.reporting.outcome import Outcome

INSTALL = "pip install 'wartacrawl[notify]'"
# Outcomes that need no action.
QUIET = frozenset({"ok", "partial"})

_SCHEME = re.compile(r"[a-z0-9]{1,30}(?=://)")
# A shorter part of an address is no secret, or would be found in any sentence.
_SECRET_LENGTH = 6


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent to people."""

    title: str
    body: str


def compose(crawl: str, outcome: Outcome, stats: Mapping[str, Any] = MappingProxyType({})) -> Message:
    """Return the message on a crawl (its spider, say): outcome and why, the numbers, what to do, where the report is.

    `stats` are those of the crawl, nothing for one that did not begin.
    """
    figures = Figures(stats)
    numbers = f"{counted(figures.written, 'article')} written, {figures.failed:,} failed, {figures.rejected:,} rejected"
    lines = [f"{outcome.word} (exit code {outcome.code}): {outcome.why}"]
    if stats:
        lines.append(f"{numbers}, {figures.count('article/pending'):,} pending.")
    failed = {name.removeprefix(FAILED): stats[name] for name in stats if name.startswith(FAILED)}
    lines += [f"Monitor {name}: {sentence}" for name, sentence in failed.items()]
    if outcome.word in ADVICE:
        lines.append(f"What to do: {ADVICE[outcome.word]}")
    if "report" in stats:
        lines.append(f"Report: {stats['report']}")
    return Message(f"wartacrawl {crawl} on {socket.gethostname()}: {outcome.word}", "\n".join(lines))


def addresses(config: NotifyConfig) -> tuple[str, ...]:
    """Return the addresses that messages go to.

    Raises `ConfigError` when there are some and Apprise is missing, or does not know one of them. The sentence does
    not repeat the address: it may hold a token.
    """
    found = config.addresses
    for number, address in enumerate(found, 1):
        if _server(address, config.name) is None:
            scheme = _SCHEME.match(address)
            shape = f"{scheme.group()}://…" if scheme else "without a scheme"
            raise ConfigError(
                f"{config.name}: address {number} ({shape}) is not one that Apprise can use: give one such as "
                "mailto://user:password@example.org?to=you@example.org (see docs/operations.md)."
            )
    return found


def send(given: tuple[str, ...], message: Message) -> list[str]:
    """Send a message to each address; return a sentence for each that it did not reach. Blocks until then."""
    troubles = []
    for address in given:
        server = _server(address)
        with _listening() as said:
            is_sent = server is not None and server.notify(title=message.title, body=message.body)
        if not is_sent:
            why = _without_secrets(" ".join(said()), address)
            troubles.append(f"No message to {shown(address)}: {why or 'Apprise gives no reason'}")
    return troubles


def shown(address: str) -> str:
    """Return the part of an address that holds no secret: scheme, user and host, masked by Apprise where need be."""
    server = _server(address)
    # A path is often a token, and Apprise does not mask it everywhere.
    return "/".join(str(server.url(privacy=True)).split("/")[:3]) if server is not None else "an unknown address"


def _server(address: str, name: str = "NOTIFY_URLS") -> Any:
    """Return what Apprise makes of an address, None where it cannot use it."""
    try:
        # Takes a second to import: only who wants messages pays for it.
        import apprise  # noqa: PLC0415
    except ImportError:
        raise ConfigError(f"{name} needs the package apprise: install it with `{INSTALL}`.") from None
    with _listening():
        return apprise.Apprise.instantiate(address, suppress_exceptions=True)


@contextmanager
def _listening() -> Iterator[Any]:
    """Collect the messages of Apprise, and keep them and the addresses that urllib3 logs out of our log."""
    import apprise  # noqa: PLC0415 - see `_server`

    loggers = [logging.getLogger("apprise"), logging.getLogger("urllib3")]
    before = [logger.propagate for logger in loggers]
    for logger in loggers:
        logger.propagate = False
    try:
        with apprise.LogCapture(level=logging.WARNING, fmt="%(message)s") as captured:  # type: ignore[no-untyped-call]
            yield lambda: captured.getvalue().split()
    finally:
        for logger, propagates in zip(loggers, before, strict=True):
            logger.propagate = propagates


def _without_secrets(text: str, address: str) -> str:
    public = shown(address)
    for part in sorted(re.split(r"[/:@?&=]", address), key=len, reverse=True):
        if len(part) >= _SECRET_LENGTH and part not in public:
            text = text.replace(part, "…")
    return text
