"""The verbs of the `scrapy` command line in this project."""

from __future__ import annotations

import sys
from functools import wraps
from typing import TYPE_CHECKING, Any

from scrapy.exceptions import UsageError

from wartacrawl.config import Config, ConfigError
from wartacrawl.reading.budget import PageTooSlowError
from wartacrawl.rendering import escalation
from wartacrawl.reporting.outcome import CODES
from wartacrawl.storage.ledger import LedgerError

if TYPE_CHECKING:
    from collections.abc import Callable

    from scrapy.settings import BaseSettings


def in_one_sentence(run: Callable[[Any, list[str], Any], None]) -> Callable[[Any, list[str], Any], None]:
    """Let a command end with the sentence of a wrong setting, an unusable ledger or a page that takes too long."""

    @wraps(run)
    def told(command: Any, args: list[str], opts: Any) -> None:
        try:
            run(command, args, opts)
        except (ConfigError, LedgerError) as error:
            print(error, file=sys.stderr)
            command.exitcode = CODES["usage" if isinstance(error, ConfigError) else "crashed"]
        except PageTooSlowError as error:
            print(f"The page cannot be read: {error}; set a higher one if it is to be waited for.", file=sys.stderr)
            command.exitcode = CODES["partial"]

    return told


def ready(settings: BaseSettings) -> Config:
    """Return the settings of a command that asks the portal; raise `ConfigError` for what cannot be used."""
    config = Config.of(settings)
    escalation.check(config.render)
    return config


def refuse_arguments(verb: str, args: list[str], instead: str) -> None:
    """Raise `UsageError` for arguments a command does not take: left alone, they would seem to have been heeded."""
    if args:
        raise UsageError(f"scrapy {verb} takes no {args[0]!r}: {instead}.", print_help=False)
