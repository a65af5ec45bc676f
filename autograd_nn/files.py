"""Writing a file whole or not at all.  Layer 0; knows bytes and paths, and nothing of the engine."""

from __future__ import annotations

import errno
import os
import secrets
import shutil
from pathlib import Path

from .errors import user_line

__all__ = ["write"]


def write(path: Path, data: bytes) -> None:
    """Puts `data` at `path`: first into a new file beside it, which then takes its place, so that no reader sees half of it.

    Raises PermissionError for a write-protected file or folder, FileNotFoundError for a missing folder, IsADirectoryError for a
    folder; other errors of the system (a full disk) as they come. Whatever was at `path` is then unchanged.
    """
    path = Path(os.path.realpath(path))  # a link stays a link
    if path.is_dir():
        raise IsADirectoryError(f"{path} is a folder, at {user_line()}. Expected the name of a file. Add one to it.")
    if path.exists() and not path.stat().st_mode & 0o222:
        raise protected(path)
    beside = path.with_name(f".{path.name[:100]}.{secrets.token_hex(4)}.tmp")
    try:
        with open(beside, "xb") as file:
            file.write(data)
        if path.exists():
            shutil.copymode(path, beside)
        os.replace(beside, path)
    except FileNotFoundError:
        raise FileNotFoundError(
            f"{path} cannot be written, at {user_line()}: there is no folder {path.parent}. Expected a folder that "
            "exists. Make it first: path.parent.mkdir(parents=True)."
        ) from None
    except OSError as error:
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            raise protected(path) from None
        raise
    finally:
        beside.unlink(missing_ok=True)


def protected(path: Path) -> PermissionError:
    return PermissionError(
        f"{path} is write-protected, at {user_line()}, and was left as it is. Expected a file or folder that you may "
        "write. Choose another path, or change its permissions."
    )
