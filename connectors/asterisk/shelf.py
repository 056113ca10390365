"""Where a PBX leaves its recordings: a folder that both see, or a web server beside it.

A name that the PBX told is a path on it. What lies under the PBX's own folder keeps its way below it, of others the
last part alone is looked for; nothing outside of the shelf is ever read.
"""

from __future__ import annotations

import asyncio
import shutil
import time
from pathlib import Path, PurePosixPath
from urllib.parse import quote

import aiohttp
import msgspec

from hub.connector import AuthFailed, Refused, Unavailable
from hub.said import said

LARGEST = 500_000_000  # bytes: six hours of telephone as WAV
SETTLED = 2.0  # seconds for which a file did not grow
PIECE = 262_144
OK, UNAUTHORIZED, FORBIDDEN, NOT_FOUND, FAULT = 200, 401, 403, 404, 500
WEB = ("http://", "https://")


class Shelf(msgspec.Struct, frozen=True):
    """`place` is the folder or address, "" where there is none, `inside` the PBX's own folder for which it stands."""

    place: str
    inside: str
    user: str = ""
    secret: str = ""

    async def bring(self, name: str, into: Path) -> None:
        """Write a recording into a file of ours; raises as `hub.connector.Recorder` says."""
        if not self.place:
            raise Refused(said("Where this PBX leaves its recordings is not set up."))
        below = self.below(name)
        if self.place.startswith(WEB):
            await self._download(below, into)
        else:
            await asyncio.to_thread(self._copy, below, into)

    def below(self, name: str) -> PurePosixPath:
        """Give the way from the shelf to a recording; Refused for a name that leads nowhere."""
        path, folder = PurePosixPath(name), PurePosixPath(self.inside)
        below = path.relative_to(folder) if path.is_relative_to(folder) else PurePosixPath(path.name)
        if not below.parts or ".." in below.parts or "\0" in name:
            raise Refused(said("The PBX names no recording: %(name)s", name=name[:200]))
        return below

    def _copy(self, below: PurePosixPath, into: Path) -> None:
        root = Path(self.place)
        if not root.is_dir():
            raise Unavailable(
                said("The folder with the recordings is not there: %(place)s", place=self.place)
            )
        file = (root / below).resolve()
        if not file.is_relative_to(root.resolve()):
            raise Refused(said("The PBX names no recording: %(name)s", name=str(below)))
        if not file.is_file():
            raise Unavailable(said("It is not in the folder with the recordings: %(name)s", name=str(below)))
        kept = file.stat()
        if kept.st_size > LARGEST:
            raise Refused(said("It is larger than %(most)s MB.", most=LARGEST // 1_000_000))
        if time.time() - kept.st_mtime < SETTLED:
            raise Unavailable(said("It is still being written."))
        shutil.copyfile(file, into)

    async def _download(self, below: PurePosixPath, into: Path) -> None:
        headers = {"Authorization": aiohttp.encode_basic_auth(self.user, self.secret)} if self.user else {}
        address = f"{self.place.rstrip('/')}/{quote(str(below))}"
        try:
            async with aiohttp.ClientSession(headers=headers) as session, session.get(address) as answer:
                _judge(answer.status, below)
                await _save(answer.content, into)
        except aiohttp.ClientError as error:
            raise Unavailable(said("The web server with the recordings: %(why)s", why=str(error))) from error


def _judge(status: int, below: PurePosixPath) -> None:
    if status in {UNAUTHORIZED, FORBIDDEN}:
        raise AuthFailed(said("The web server with the recordings does not let us in."))
    if status == NOT_FOUND:
        raise Unavailable(said("It is not on the web server with the recordings: %(name)s", name=str(below)))
    if status != OK:
        raise Unavailable(said("The web server with the recordings answers %(status)s.", status=status))


async def _save(content: aiohttp.StreamReader, into: Path) -> None:
    size = 0
    with into.open("wb") as file:
        async for piece in content.iter_chunked(PIECE):
            size += len(piece)
            if size > LARGEST:
                raise Refused(said("It is larger than %(most)s MB.", most=LARGEST // 1_000_000))
            await asyncio.to_thread(file.write, piece)
