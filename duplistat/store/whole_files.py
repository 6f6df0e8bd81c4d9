"""Files that appear under their name as a whole, on the disk, and for their owner alone, or not at all."""

import contextlib
import errno
import fcntl
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

# What a file is called while it is made, with random letters between these; SQLite may keep a journal beside it.
BEGIN, END = ".duplistat-", ".part"


@contextlib.contextmanager
def made(target: Path, *, replace: bool = False) -> Iterator[Path]:
    """An empty file beside `target`, mode 0600, which takes its name at the end. Raises OSError.

    Without `replace` it is a FileExistsError when there is a file of that name by then. Nothing is left of what failed;
    what is left of whoever was killed is deleted here the next time.
    """
    discard(target.parent)
    fresh = target.with_name(f"{BEGIN}{secrets.token_hex(8)}{END}")
    descriptor = os.open(fresh, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with contextlib.suppress(OSError):
            # Whoever holds this lock lives. Some network file systems have none.
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield fresh
        os.fsync(descriptor)
        _name(fresh, target, replace=replace)
    finally:
        for path in (fresh, fresh.with_name(f"{fresh.name}-journal")):
            path.unlink(missing_ok=True)
        os.close(descriptor)
    sync_folder(target.parent)


def discard(folder: Path) -> None:
    """Delete what those left in a folder who were killed while they made a file."""
    for path in folder.glob(f"{BEGIN}*{END}"):
        with contextlib.suppress(OSError):
            descriptor = os.open(path, os.O_RDWR | os.O_NOFOLLOW)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                path.unlink()
                path.with_name(f"{path.name}-journal").unlink(missing_ok=True)
            finally:
                os.close(descriptor)


def sync_folder(folder: Path) -> None:
    """Make names that changed in a folder survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as e:
        # A file system that cannot do so has nothing to be asked for.
        if e.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise
    finally:
        os.close(descriptor)


def _name(fresh: Path, target: Path, *, replace: bool) -> None:
    if replace:
        fresh.replace(target)
        return
    try:
        target.hardlink_to(fresh)
    except FileExistsError:
        raise
    except OSError:
        # FAT and some network file systems have no second names.
        if target.exists():
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target)) from None
        fresh.rename(target)
