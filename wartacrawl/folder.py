"""Where the output lives and where the portal is: the two settings every command starts from."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from scrapy.utils.conf import closest_scrapy_cfg

from wartacrawl.arguments import ArgumentError
from wartacrawl.ledger import FILE_NAME

if TYPE_CHECKING:
    from scrapy.settings import BaseSettings


def output_folder(settings: BaseSettings) -> Path:
    """Return OUTPUT_DIR as an absolute path; a relative one is meant from the folder of scrapy.cfg.

    Raises `ArgumentError` where there is no such folder to start from, as in a scrapyd job.
    """
    given = settings.get("OUTPUT_DIR")
    if not given or not str(given).strip() or "\0" in str(given):
        raise ArgumentError(f"OUTPUT_DIR={given!r} is no folder: give one, such as OUTPUT_DIR=/var/lib/wartacrawl.")
    try:
        path = Path(str(given)).expanduser()
    except RuntimeError:
        raise ArgumentError(f"OUTPUT_DIR={str(given)!r} is in nobody's home: give an absolute path.") from None
    if path.is_absolute():
        return path
    config = closest_scrapy_cfg()
    if is_scrapyd_job() or not config:
        raise ArgumentError(
            f"OUTPUT_DIR={str(given)!r} is relative, and a scrapyd job has no folder of its own to start from: "
            "schedule with an absolute path, such as -d setting=OUTPUT_DIR=/var/lib/wartacrawl."
        )
    return Path(config).resolve().parent / path


def check_writable(folder: Path, name: str = "OUTPUT_DIR") -> None:
    """Raise `ArgumentError` when a folder, given as `name`, can be neither made nor written; make nothing.

    Only a fault of the place is one of the argument. What shows in the doing (a full disk) is told when it happens.
    """
    obstacle = _obstacle(folder)
    if obstacle is not None:
        raise ArgumentError(f"{name}={str(folder)!r} cannot be written: {obstacle}, or name another folder.")


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


def portal_origin(settings: BaseSettings) -> str:
    """Return WARTA_URL as an origin (scheme and host, no slash at the end); raise `ArgumentError` for anything else."""
    given = str(settings.get("WARTA_URL") or "").strip()
    try:
        parts = urlsplit(given)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.username is None
        usable = usable and parts.path in {"", "/"} and not parts.query and not parts.fragment and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise ArgumentError(
            f"WARTA_URL={given!r} is no origin: give scheme and host alone, such as WARTA_URL=https://wartaekonomi.co.id."
        )
    return f"{parts.scheme}://{parts.netloc.lower()}"
