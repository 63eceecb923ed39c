"""Key rings on disk: one file a site, readable by its owner only. Keys never stand in the site file."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import stat
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from . import keys as rings
from .errors import KeysError
from .keys import Keys

MAX_BYTES = 1 << 20


def path_of(folder: Path, site: str) -> Path:
    """Where the key ring of a site lies."""
    return folder / f"{site}.keys.json"


def read(path: Path) -> Keys:
    """The key ring in a file. Raises KeysError when it is missing, damaged, or open to others."""
    try:
        status = path.stat()
        if status.st_size > MAX_BYTES:
            raise KeysError(f"{path} is too large to be a key file.")
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise KeysError(
            f"There are no keys at {path}. Make them: consent keys new {path.name.split('.')[0]}"
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise KeysError(f"{path} cannot be read: {error}") from error
    if os.name == "posix" and stat.S_IMODE(status.st_mode) & 0o077:
        raise KeysError(f"{path} can be read by other users. Close it: chmod 600 {path}")
    try:
        data = json.loads(text)
    except ValueError as error:
        raise KeysError(f"{path} is not a key file. Restore it from a backup.") from error
    return rings.from_dict(data)


def write(path: Path, keys: Keys) -> None:
    """Put a key ring in place: mode 0600, whole or not at all, on the disk when this returns."""
    with _written(path, keys) as temporary:
        temporary.replace(path)


def change(path: Path, site: str, how: Callable[[Keys], Keys]) -> Keys:
    """Change a key ring in place; two processes that do so at once both have their way."""
    with (path.parent / f".{path.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        keys = how(_read_of(path, site))
        write(path, keys)
    return keys


def make(path: Path, site: str, origin: str = "") -> Keys:
    """A first key ring for a site, unless another process was faster, whose ring then counts.

    `origin` names the site's log (see `keys.ledger_key`).
    """
    now = int(time.time())
    ledger = rings.ledger_key(site, os.urandom(32), now, origin)
    keys = rings.new_ring(site, now, os.urandom(32), os.urandom(32), os.urandom(32), ledger)
    keys = replace(keys, accounts=os.urandom(32))
    with _written(path, keys) as temporary:
        try:
            os.link(temporary, path)  # fails if the file is there: two processes never make two rings
        except FileExistsError:
            return read(path)
    return keys


@contextmanager
def _written(path: Path, keys: Keys) -> Iterator[Path]:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".keys-")  # mkstemp makes it 0600
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(rings.to_dict(keys), file, indent=2)
            file.flush()
            os.fsync(file.fileno())
        yield Path(name)
    finally:
        Path(name).unlink(missing_ok=True)


def load(folder: Path, site: str, production: bool) -> Keys:
    """The key ring of a site. In development a missing one is made; in production that is an error."""
    path = path_of(folder, site)
    if not path.exists() and not production:
        return make(path, site)
    keys = _read_of(path, site)
    if keys.ledger:
        return keys
    try:
        return change(path, site, _with_ledger)
    except OSError:  # a ring that this process may only read does for all else; the sealer says what is missing
        return keys


class Watched:
    """A site's key ring for a process that goes on running: read again once the file has changed.

    So a rotation reaches servers without a restart. A file that is away or damaged changes nothing for them.
    """

    def __init__(self, folder: Path, site: str, production: bool) -> None:
        self._path, self._site = path_of(folder, site), site
        loaded = load(folder, site, production)  # may make or complete the file, so its stamp is taken after that
        self._stamp = _stamp(self._path)
        self._keys = _read_of(self._path, site) if self._stamp else loaded

    def __call__(self) -> Keys:
        """The ring as it is now: the same object as before, if nothing has changed. Costs one look at the file."""
        stamp = _stamp(self._path)
        if stamp != self._stamp and stamp is not None:
            with contextlib.suppress(KeysError):
                self._keys, self._stamp = _read_of(self._path, self._site), stamp
        return self._keys


def _stamp(path: Path) -> tuple[int, int, int] | None:
    """What changes with a file that is replaced."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_ino, status.st_mtime_ns, status.st_size


def _with_ledger(keys: Keys) -> Keys:
    """The ring with a key for its log, which those of earlier versions lack."""
    if keys.ledger:
        return keys
    now = int(time.time())
    return replace(keys, ledger=rings.ledger_key(keys.site, os.urandom(32), now))


def _read_of(path: Path, site: str) -> Keys:
    keys = read(path)
    if keys.site != site:
        raise KeysError(f"{path} holds the keys of {keys.site}, not of {site}.")
    return keys
