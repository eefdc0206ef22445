"""`scrapy notify`: does a message arrive?"""

from __future__ import annotations

import socket

from wartacrawl.command import CommandError, Options, ProjectCommand


class Command(ProjectCommand):
    """Send a test message to every address of NOTIFY_URLS; exit code 2 without one, 3 when one was not reached."""

    summary = "Send a test message to NOTIFY_URLS"
    guide = "docs/operations.md"
    examples = {"notify": "to the addresses of WARTACRAWL_NOTIFY_URLS in the environment, or of NOTIFY_URLS"}

    def work(self, args: list[str], opts: Options) -> None:  # noqa: ARG002 - the base's signature
        """Send it."""
        from wartacrawl.config import NOTIFY_VARIABLE
        from wartacrawl.reporting import notification

        addresses = notification.addresses(self.config.notify)
        if not addresses:
            raise CommandError(
                "usage",
                f"There is no address to send to: set {NOTIFY_VARIABLE} in the environment, such as "
                "mailto://user:password@example.org?to=you@example.org.",
            )
        message = notification.Message(
            f"wartacrawl on {socket.gethostname()}: a test", "Messages on crawls that do not end well arrive here."
        )
        troubles = notification.send(addresses, message)
        for trouble in troubles:
            self.warn(trouble)
        print(f"Sent to {len(addresses) - len(troubles)} of {len(addresses)}: see whether it arrived.")
        self.exitcode = 3 if troubles else 0
