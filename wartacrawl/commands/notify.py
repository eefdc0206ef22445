"""`scrapy notify`: does a message arrive?"""

from __future__ import annotations

import socket
import sys
from typing import TYPE_CHECKING

from scrapy.commands import ScrapyCommand

from wartacrawl.commands import in_one_sentence, refuse_arguments
from wartacrawl.reporting import notification
from wartacrawl.reporting.outcome import CODES

if TYPE_CHECKING:
    import argparse


class Command(ScrapyCommand):
    """Send a test message to every address of NOTIFY_URLS."""

    requires_project = True
    requires_crawler_process = False

    def short_desc(self) -> str:
        """Return the line shown by `scrapy`."""
        return "Send a test message to NOTIFY_URLS"

    @in_one_sentence
    def run(self, args: list[str], opts: argparse.Namespace) -> None:  # noqa: ARG002 - Scrapy's signature
        """Send it; exit code 2 without an address, 3 when one was not reached."""
        refuse_arguments("notify", args, "the addresses stand in NOTIFY_URLS")
        addresses = notification.addresses(self.settings)
        if not addresses:
            print(
                f"There is nobody to tell: set {notification.VARIABLE} in the environment, such as "
                "mailto://user:password@example.org?to=you@example.org.",
                file=sys.stderr,
            )
            self.exitcode = CODES["usage"]
            return
        message = notification.Message(
            f"wartacrawl on {socket.gethostname()}: a test", "Messages on crawls that do not end well arrive here."
        )
        troubles = notification.send(addresses, message)
        for trouble in troubles:
            print(trouble, file=sys.stderr)
        print(f"Sent to {len(addresses) - len(troubles)} of {len(addresses)}: see whether it arrived.")
        self.exitcode = CODES["unreachable"] if troubles else 0
