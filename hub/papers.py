"""Documents made of templates that people brought: in a process of its own, since a template is a program.

The press (hub/paper_press.py) is kept warm, makes one document after the other, and has no network, little memory and
no file but those that it is given. What takes too long is ended with it. No document is made within a transaction.
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast

import msgspec

from hub.languages import _
from hub.paper_orders import MOST_TEMPLATE, Answer, Fault, Paper, framed

SECONDS = 20.0
JOBS = 500  # after which the press is started anew: typst remembers what it has set
HERE = Path(__file__).parent.parent
# A port where nobody listens: what asks the network is refused at once.
NOWHERE = "http://127.0.0.1:9"
PROXIES = ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")


class UnmadeError(Exception):
    """There is no document; the words say what is wrong with the template, and where.

    `missing` is the name that the template names and that there is not, `where` the place that names it.
    """

    def __init__(self, words: str, missing: str = "", where: str = "") -> None:
        """Say so."""
        super().__init__(words)
        self.missing, self.where = missing, where


class Papers:
    """Makes documents, one after the other."""

    def __init__(self, seconds: float = SECONDS) -> None:
        """Start nothing yet. A document takes `seconds` at most."""
        self._seconds = seconds
        self._turn = asyncio.Lock()
        self._press: asyncio.subprocess.Process | None = None
        self._desk: TemporaryDirectory[str] | None = None
        self._jobs = 0

    async def make(self, paper: Paper) -> bytes:
        """Make a document. UnmadeError has words for the person who brought the template."""
        if len(paper.template) > MOST_TEMPLATE:
            raise UnmadeError(_words(Fault("large")))
        order = framed(msgspec.msgpack.encode(paper))
        async with self._turn:
            answer = await self._asked(order)
        if answer.fault is not None:
            fault = answer.fault
            raise UnmadeError(_words(fault), fault.what if fault.why == "missing" else "", fault.where)
        return answer.content

    async def close(self) -> None:
        """End the press, and take away what lies on its desk: it was killed, and cannot; that says who gets what."""
        press, self._press = self._press, None
        desk, self._desk = self._desk, None
        try:
            if press is not None:
                if press.returncode is None:
                    press.kill()
                await press.communicate()
        finally:
            if desk is not None:
                desk.cleanup()

    async def _asked(self, order: bytes) -> Answer:
        press = await self._warm()
        try:
            async with asyncio.timeout(self._seconds):
                return await _told(press, order)
        except TimeoutError:
            await self.close()
            raise UnmadeError(
                _("It takes longer than %(seconds)s s to make.", seconds=round(self._seconds))
            ) from None
        except (asyncio.IncompleteReadError, ConnectionError):  # it took more than it may, and is gone
            await self.close()
            return Answer(fault=Fault("hungry"))
        except asyncio.CancelledError:
            await self.close()  # else its answer would be the next one's
            raise

    async def _warm(self) -> asyncio.subprocess.Process:
        """Give a press that runs."""
        if self._jobs >= JOBS or (self._press is not None and self._press.returncode is not None):
            await self.close()
        if self._press is None:
            self._desk = self._desk or TemporaryDirectory(
                prefix="ringback-paper-", ignore_cleanup_errors=True
            )
            self._press, self._jobs = await _started(self._desk.name), 0
        self._jobs += 1
        return self._press


async def _started(desk: str) -> asyncio.subprocess.Process:
    kept = {name: os.environ[name] for name in ("PATH", "TMPDIR", "LANG") if name in os.environ}
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "hub.paper_press", desk, cwd="/",
        env={**kept, **dict.fromkeys(PROXIES, NOWHERE), "PYTHONPATH": str(HERE), "RAYON_NUM_THREADS": "2"},
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip


async def _told(press: asyncio.subprocess.Process, order: bytes) -> Answer:
    asked, told = cast("tuple[asyncio.StreamWriter, asyncio.StreamReader]", (press.stdin, press.stdout))
    asked.write(order)
    await asked.drain()
    size = int.from_bytes(await told.readexactly(4))
    return msgspec.msgpack.decode(await told.readexactly(size), type=Answer)


def _words(fault: Fault) -> str:
    """Say what is wrong to whoever listens."""
    said = {
        "missing": _("The template names “%(name)s”, which there is not.", name=fault.what),
        "unsafe": _("The template reaches for what no template may touch."),
        "package": _("The template asks for a package from the network; templates stand alone."),
        "file": _("The template asks for a file that does not lie beside it."),
        "wrong": _("The template is not right: %(what)s.", what=fault.what.rstrip(".")),
        "broken": _("This is no DOCX file, or a broken one."),
        "large": _("The template is too large, perhaps only once it is unpacked."),
        "linked": _("The template carries a program or loads something from elsewhere: %(what)s.", what=fault.what),
        "hungry": _("Making it takes more memory or time than a document may."),
    }[fault.why]  # fmt: skip
    return f"{said} ({fault.where})" if fault.where else said
