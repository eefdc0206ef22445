"""Settings: each is read and checked here."""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from wartacrawl.storage.ledger import FILE_NAME

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class ConfigError(ValueError):
    """A spider argument or a setting that cannot be used; the message names it, its value and what is allowed."""


def number(name: str, given: object, *, least: float = 0.0, is_whole: bool = False) -> float:
    """Return a setting that is a number from `least`; raise `ConfigError` for anything else.

    >>> number("PATIENCE_SECONDS", "30")
    30.0
    >>> number("EXPORT_BATCH", "0", least=1, is_whole=True)
    Traceback (most recent call last):
    wartacrawl.config.ConfigError: EXPORT_BATCH='0' is no whole number from 1: give one, such as EXPORT_BATCH=30.
    """
    try:
        found = float(str(given))
    except ValueError:
        found = math.nan
    if not least <= found < math.inf or (is_whole and not str(given).strip().isdecimal()):
        noun = "whole number" if is_whole else "number"
        raise ConfigError(f"{name}={given!r} is no {noun} from {least:g}: give one, such as {name}=30.")
    return found


def output_folder(settings: Mapping[str, Any]) -> Path:
    """Return OUTPUT_DIR as an absolute path; a relative one is meant from the folder of scrapy.cfg.

    Raises `ConfigError` where there is no such folder to start from, as in a scrapyd job.
    """
    given = settings.get("OUTPUT_DIR")
    if not given or not str(given).strip() or "\0" in str(given):
        raise ConfigError(f"OUTPUT_DIR={given!r} is no folder: give one, such as OUTPUT_DIR=/var/lib/wartacrawl.")
    try:
        path = Path(str(given)).expanduser()
    except RuntimeError:
        raise ConfigError(f"OUTPUT_DIR={str(given)!r} is in nobody's home: give an absolute path.") from None
    if path.is_absolute():
        return path
    config = _scrapy_cfg()
    if is_scrapyd_job() or not config:
        raise ConfigError(
            f"OUTPUT_DIR={str(given)!r} is relative, and a scrapyd job has no folder of its own to start from: "
            "schedule with an absolute path, such as -d setting=OUTPUT_DIR=/var/lib/wartacrawl."
        )
    return config.parent / path


def _scrapy_cfg() -> Path | None:
    """Return the nearest scrapy.cfg of the current folder and those above it."""
    here = Path.cwd()
    return next((file for folder in (here, *here.parents) if (file := folder / "scrapy.cfg").is_file()), None)


def check_writable(folder: Path, name: str = "OUTPUT_DIR") -> None:
    """Raise `ConfigError` when a folder, given as `name`, can be neither made nor written; make nothing.

    Only a fault of the place is one of the argument. What shows in the doing (a full disk) is told when it happens.
    """
    obstacle = _obstacle(folder)
    if obstacle is not None:
        raise ConfigError(f"{name}={str(folder)!r} cannot be written: {obstacle}, or name another folder.")


def _obstacle(folder: Path) -> str | None:
    """Return what is in the way of writing to a folder, and how to clear it."""
    try:
        folder.lstat()
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        pass  # it is to be made: what stands above it decides
    except OSError as error:
        return f"there can be no such path ({error.strerror}); correct it"
    nearest = next(one for one in (folder, *folder.parents) if os.path.lexists(one))
    if not os.path.isdir(nearest):  # noqa: PTH112 - Path.is_dir raises where a link leads to what we may not see
        return f"{nearest} is no folder; move it away"
    for path, rights in ((nearest, os.W_OK | os.X_OK), (folder / FILE_NAME, os.R_OK | os.W_OK)):
        if os.path.lexists(path) and not os.access(path, rights):
            return f"we have no right to write to {path}; set its rights"
    return None


def is_scrapyd_job() -> bool:
    """Tell whether scrapyd started this process."""
    return "SCRAPY_PROJECT" in os.environ or "SCRAPYD_JOB" in os.environ


def portal_origin(settings: Mapping[str, Any]) -> str:
    """Return WARTA_URL as an origin (scheme and host, no slash at the end); raise `ConfigError` for anything else."""
    given = str(settings.get("WARTA_URL") or "").strip()
    try:
        parts = urlsplit(given)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.username is None
        usable = usable and parts.path in {"", "/"} and not parts.query and not parts.fragment and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise ConfigError(
            f"WARTA_URL={given!r} is no origin: give scheme and host alone, such as WARTA_URL=https://wartaekonomi.co.id."
        )
    return f"{parts.scheme}://{parts.netloc.lower()}"


def parse_ages(given: Iterable[object]) -> tuple[float, ...]:
    """Return RECHECK_AGES as seconds; raise `ConfigError` for anything else.

    >>> parse_ages(["3600", "86400"]), parse_ages(["[]"])
    ((3600.0, 86400.0), ())
    """
    words = [word for word in (str(one).strip("[] ") for one in given) if word]
    try:
        ages = tuple(float(word) for word in words)
    except ValueError:
        ages = (-1.0,)
    if not all(0 < age < math.inf for age in ages):
        raise ConfigError(
            f"RECHECK_AGES={','.join(words)!r} are no ages: give seconds after publication, such as "
            "RECHECK_AGES=3600,86400, or nothing (RECHECK_AGES=) to look at no article again."
        )
    return ages
