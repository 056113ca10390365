"""Large bodies and files, each once, under the hash of its content.

A blob is on disk (fsynced, with its folder) before the row that names it is written: a row never points
nowhere. A blob without a row is harmless, and swept by age.
"""

from __future__ import annotations

import asyncio
import os
import shutil
from hashlib import file_digest, sha256
from io import BytesIO
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO


def digest(content: bytes) -> str:
    """Name this content: 64 hexadecimal digits."""
    return sha256(content).hexdigest()


class Blobs:
    """The blob folder: two levels, 256 sub-folders."""

    def __init__(self, folder: Path) -> None:
        """Use this folder and make it if need be."""
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def path(self, name: str) -> Path:
        """Say where a blob lies."""
        return self.folder / name[:2] / name

    async def put(self, content: bytes) -> str:
        """Keep the content durably and give its name."""
        return await asyncio.to_thread(self.put_now, content)

    async def put_file(self, file: Path) -> str:
        """Keep what is in a file durably, however large it is, and give its name; the file may go then."""
        return await asyncio.to_thread(self._put_file_now, file)

    async def get(self, name: str) -> bytes:
        """Give the content; FileNotFoundError where there is none of this name."""
        return await asyncio.to_thread(self.path(name).read_bytes)

    def put_now(self, content: bytes) -> str:
        """Do as `put` does, in the caller's thread."""
        return self._put(digest(content), BytesIO(content))

    def _put_file_now(self, file: Path) -> str:
        with file.open("rb") as content:
            name = file_digest(content, "sha256").hexdigest()
            content.seek(0)
            return self._put(name, content)

    def _put(self, name: str, content: IO[bytes]) -> str:
        path = self.path(name)
        try:
            os.utime(path)  # young again: a sweep must not take it before its row is there
        except FileNotFoundError:
            path.parent.mkdir(exist_ok=True)
            _write(path, content)
        # Also where it was there: whoever put it there may not have come so far yet.
        _sync_folder(path.parent)
        _sync_folder(self.folder)
        return name


def _write(path: Path, content: IO[bytes]) -> None:
    """Write beside and rename, so that the name never stands for half a file."""
    with NamedTemporaryFile(dir=path.parent, delete=False) as file:
        try:
            shutil.copyfileobj(content, file)
            file.flush()
            os.fsync(file.fileno())
            Path(file.name).replace(path)
        except BaseException:
            Path(file.name).unlink()
            raise


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
