"""Where things are: the folder of scrapy.cfg, and whether a folder can be written."""

from __future__ import annotations

import errno
import os
import tempfile
from pathlib import Path

from wartacrawl.config.values import ConfigError
from wartacrawl.storage.ledger import FILE_NAME


def is_scrapyd_job() -> bool:
    """Return whether scrapyd started this process."""
    return "SCRAPY_PROJECT" in os.environ or "SCRAPYD_JOB" in os.environ


def scrapy_cfg() -> Path | None:
    """Return the nearest scrapy.cfg of the current folder and those above it."""
    here = Path.cwd()
    return next((file for folder in (here, *here.parents) if (file := folder / "scrapy.cfg").is_file()), None)


def check_writable(folder: Path, name: str = "OUTPUT_DIR") -> None:
    """Raise `ConfigError` when a folder, given as `name`, can be neither made nor written; make nothing.

    Only a fault of the place is one of the argument. What only shows later (a full disk) is reported when it happens.
    """
    obstacle = _obstacle(folder)
    if obstacle is not None:
        raise ConfigError(f"{name}={str(folder)!r} cannot be written: {obstacle}, or name another folder.")


def _obstacle(folder: Path) -> str | None:
    """Return what prevents writing to a folder and how to correct it, None for nothing."""
    try:
        folder.lstat()
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        pass  # it will be made: its nearest existing parent decides
    except OSError as error:
        return f"such a path is not possible ({error.strerror}); correct it"
    nearest = next(path for path in (folder, *folder.parents) if os.path.lexists(path))
    if not os.path.isdir(nearest):  # noqa: PTH112 - Path.is_dir raises where a link leads to what we may not see
        return f"{nearest} is not a folder; move it away"
    for path, rights in ((nearest, os.W_OK | os.X_OK), (folder / FILE_NAME, os.R_OK | os.W_OK)):
        if os.path.lexists(path) and not os.access(path, rights):
            return f"{path} is not writable; correct its permissions"
    return None if nearest == folder else _refusal(nearest)


def _refusal(folder: Path) -> str | None:
    """Return why nothing can be created in a folder, as in /proc, whatever its permissions say."""
    try:
        os.rmdir(tempfile.mkdtemp(prefix=".wartacrawl-", dir=folder))  # noqa: PTH106
    except OSError as error:
        if error.errno not in {errno.ENOSPC, errno.EDQUOT}:  # these show when something is written
            return f"nothing can be created in {folder} ({error.strerror}); correct the path"
    return None
