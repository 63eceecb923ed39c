"""The bytes of a bundle: a file, read where it is needed."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO, Protocol


class Source(Protocol):
    """Bytes of a known length. It can be sent to another process."""

    size: int

    def read(self, offset: int, length: int) -> bytes:
        """The bytes from `offset` on, fewer at the end."""


class FileSource:
    """A file on disk; each process opens it for itself."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.size = path.stat().st_size
        self._file: BinaryIO | None = None

    def read(self, offset: int, length: int) -> bytes:
        """The bytes from `offset` on, fewer at the end."""
        if self._file is None:
            self._file = self.path.open("rb", buffering=0)
        self._file.seek(offset)
        found = self._file.read(length) or b""
        while len(found) < length:  # a read may give less than there is
            more = self._file.read(length - len(found))
            if not more:
                break
            found += more
        return found

    def __enter__(self) -> FileSource:
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def __getstate__(self) -> tuple[Path, int]:
        return self.path, self.size

    def __setstate__(self, state: tuple[Path, int]) -> None:
        self.path, self.size = state
        self._file = None


class BytesSource:
    """Bytes in memory."""

    def __init__(self, data: bytes | bytearray) -> None:
        self._data = memoryview(data)
        self.size = len(data)

    def read(self, offset: int, length: int) -> bytes:
        """The bytes from `offset` on, fewer at the end."""
        return bytes(self._data[offset : offset + length])
