"""What a timetable needs of a scrapyd server: to list its jobs, and to add one.

`scrapyd_client.ScrapydClient` (2.0.3) asks without a time limit, so a scrapyd that hangs would hold the lock of
`scrapy schedule` for ever, and it reports a wrong password (401) and a wrong address (404) alike.
"""

from __future__ import annotations

import base64
import http.client
import json
import os
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlencode, urljoin, urlsplit

from wartacrawl.reporting.outcome import CommandError

if TYPE_CHECKING:
    import configparser
    from collections.abc import Mapping

# The first job after a start waits until scrapyd has listed the spiders of the egg.
TIMEOUT = 60.0


class Scrapyd:
    """A project on a scrapyd server."""

    def __init__(self, url: str, project: str, username: str | None = None, password: str | None = None) -> None:
        self.url = url.rstrip("/") + "/"
        self.project = project
        self._headers = {}
        if username is not None:
            pair = base64.b64encode(f"{username}:{password or ''}".encode()).decode()
            self._headers["Authorization"] = f"Basic {pair}"

    @classmethod
    def from_config(cls, config: configparser.ConfigParser, target: str) -> Self:
        """Return the server of a `[deploy:target]` of scrapy.cfg, with the credentials scrapyd-deploy would use.

        Where the section names none, SCRAPYD_USERNAME and SCRAPYD_PASSWORD of the environment are taken. Raises
        `CommandError` when there is no such target or it cannot be used.
        """
        targets = {name.partition(":")[2]: name for name in config.sections() if name.startswith("deploy:")}
        if target not in targets:
            known = ", ".join(sorted(targets)) or "none"
            raise CommandError("usage", f"{target!r} is not a [deploy:…] of scrapy.cfg: there are {known}.")
        section = targets[target]
        given = {name: os.path.expandvars(value) for name, value in config.items(section)}
        url, project = given.get("url", ""), given.get("project")
        if urlsplit(url).scheme not in {"http", "https"} or not project:
            raise CommandError(
                "usage",
                f"[{section}] of scrapy.cfg needs url and project, such as url = http://127.0.0.1:6800/ and "
                "project = wartacrawl.",
            )
        return cls(url, project, *(_credential(given, name) for name in ("username", "password")))

    def jobs(self) -> dict[str, str]:
        """Return the state (pending, running or finished) of every job it knows by id."""
        answer = self._ask("listjobs.json?" + urlencode({"project": self.project}))
        states = ("finished", "running", "pending")
        try:
            return {str(job["id"]): state for state in states for job in answer[state]}
        except (KeyError, TypeError):
            raise self._no_scrapyd() from None

    def schedule(self, spider: str, job: str, arguments: Mapping[str, str], settings: Mapping[str, str]) -> None:
        """Let a spider crawl as soon as a slot is free."""
        fields = [("project", self.project), ("spider", spider), ("jobid", job), *arguments.items()]
        fields += [("setting", f"{name}={value}") for name, value in settings.items()]
        self._ask("schedule.json", urlencode(fields).encode())

    def _ask(self, path: str, body: bytes | None = None) -> dict[str, Any]:
        # The scheme was looked at in `from_config`.
        request = urllib.request.Request(urljoin(self.url, path), body, self._headers)  # noqa: S310
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT) as response:  # noqa: S310
                answer = json.load(response)
        except urllib.error.HTTPError as error:
            with error:
                raise self._refused(error.code, path) from None
        except (OSError, http.client.HTTPException) as error:
            reason = getattr(error, "reason", error)
            raise CommandError(
                "unreachable",
                f"No scrapyd answers at {self.url} ({reason}): is it running, and is url right in scrapy.cfg?",
            ) from None
        except ValueError:
            raise self._no_scrapyd() from None
        if not isinstance(answer, dict) or answer.get("status") != "ok":
            raise self._complaint(answer)
        return answer

    def _refused(self, code: int, path: str) -> CommandError:
        if code == 401:
            return CommandError(
                "usage",
                f"scrapyd at {self.url} rejects the name or password: set SCRAPYD_USERNAME and SCRAPYD_PASSWORD, "
                "or username and password in scrapy.cfg, to those of scrapyd.conf.",
            )
        if code == 404:
            name = path.partition("?")[0]
            return CommandError(
                "usage", f"{self.url} has no {name}: check [services] of scrapyd.conf, and url in scrapy.cfg."
            )
        return CommandError("crashed", f"scrapyd at {self.url} answered {code}: the reason is in its log.")

    def _complaint(self, answer: Any) -> CommandError:
        message = str(answer.get("message", "no reason given")) if isinstance(answer, dict) else "no JSON object"
        if message == f"project '{self.project}' not found":
            return CommandError(
                "usage", f"scrapyd at {self.url} has no project {self.project!r} yet: send it with `scrapyd-deploy`."
            )
        lines = message.strip().splitlines() or ["no reason given"]
        return CommandError("crashed", f"scrapyd at {self.url} refused: {lines[-1]}.")

    def _no_scrapyd(self) -> CommandError:
        return CommandError("usage", f"{self.url} does not answer as scrapyd does: check url in scrapy.cfg.")


def _credential(given: Mapping[str, str], name: str) -> str | None:
    """Return username or password; one that names an unset variable (`$…`) counts as not given."""
    value = given.get(name, "")
    return value if value and not value.startswith("$") else os.environ.get(f"SCRAPYD_{name.upper()}")
