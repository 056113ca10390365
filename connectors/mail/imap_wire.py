"""aioimaplib, made safe. It makes commands, tags them and pairs them with their answers; the rest is done here.

Why, for version 2.0.3: it reads responses by recursion, so that a thousand lines end in RecursionError, and counts
brackets over all of them again and again; takes "* " out of every line; tells nobody that the connection was lost,
or that the server said BYE; drops EXISTS that comes beside another answer; leaves a refused XOAUTH2 unanswered and
writes its token to the log; has no STARTTLS and does not quote a user's name.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from aioimaplib.aioimaplib import AUTH, NONAUTH, Command, Error, IMAP4ClientProtocol

from connectors.mail.folder_names import quoted
from connectors.mail.imap_answers import Answer, text
from connectors.mail.imap_cutter import Cutter, Nonsense, Response
from hub.connector import Refused, Unavailable
from hub.said import Said, said

logging.getLogger("aioimaplib").setLevel(logging.WARNING)  # below, it writes letters and secrets


class Wire(IMAP4ClientProtocol):
    """One connection. `lost` ends with an Unavailable as soon as nothing more can come."""

    transport: asyncio.Transport
    _idle_event: asyncio.Event

    def __init__(self) -> None:
        """Begin to listen."""
        self._loop = asyncio.get_running_loop()
        super().__init__(self._loop)
        self.lost: asyncio.Future[None] = self._loop.create_future()
        self.heard_at = self._loop.time()
        self.news = asyncio.Event()
        """Set when the folder has grown since somebody last looked."""
        self._greeting: asyncio.Future[bytes] = self._loop.create_future()
        self._cutter = Cutter()
        self._exists = 0
        self._to_say: list[bytes] = []
        self._is_securing = False

    @property
    def can(self) -> frozenset[str]:
        """Give what the server can do, in upper case."""
        return frozenset(self.capabilities)

    @property
    def idles(self) -> asyncio.Event:
        """Set when the server has agreed to tell by itself what comes."""
        return self._idle_event

    def data_received(self, d: bytes) -> None:
        """Take a piece of the stream; what cannot be understood ends the connection."""
        self.heard_at = self._loop.time()
        try:
            for response in self._cutter.cut(d):
                self._take(response)
        except (Nonsense, Error, LookupError, ValueError):
            self.end(said("What the mail server says cannot be understood."))

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell whoever waits."""
        super().connection_lost(exc)
        self.end(said("The connection to the mail server was lost."))

    def end(self, words: Said) -> None:
        """Let go of the server at once; the first reason counts."""
        if not self.lost.done():
            self.lost.set_exception(Unavailable(words))
            self.lost.exception()  # seen, even if nobody waits
        if self.transport:
            self.transport.abort()

    def send(self, line: str, scrub: str | None = None) -> None:
        """Write a line, and nothing of it into the log."""
        del scrub
        self.transport.write(line.encode() + b"\r\n")

    async def greet(self) -> None:
        """Hear the greeting; Unavailable where the server takes nobody."""
        line = await self._greeting
        if not line.startswith((b"* OK", b"* PREAUTH")):
            raise Unavailable(said("The mail server takes nobody now: %(why)s", why=text(line[2:])))
        self.state = AUTH if line.startswith(b"* PREAUTH") else NONAUTH
        await self.capability()

    async def capability(self) -> None:
        """Ask what the server can do; it can do more after a log-in."""
        answer = await self.run("CAPABILITY")
        told = [line for line, *_ in answer.responses if line.upper().startswith(b"CAPABILITY ")]
        self.capabilities = set(b" ".join(told).decode("ascii", "replace").upper().split())

    async def run(self, name: str, *arguments: str, by_uid: bool = False) -> Answer:
        """Send a command, its arguments written as they must stand, and wait for its end."""
        command = Command(name, self.new_tag(), *arguments, prefix="UID" if by_uid else None, loop=self._loop)
        return _answer(await self.execute(command))

    async def put(self, letter: bytes, folder: str, flags: str, at: datetime) -> Answer:
        """Send a letter into a folder, whose name is written as it must stand."""
        return _answer(await self.append(letter, folder, flags, at))

    async def open(self, folder: str, *others: str) -> Answer:
        """Open a folder; what had been counted in another is forgotten."""
        self._exists = 0
        return _answer(await self.select(" ".join((folder, *others))))

    async def stand_by(self) -> Answer:
        """Let the server tell what comes, until `idle_done`."""
        return _answer(await self.idle())

    async def secure(self, context: ssl.SSLContext, host: str) -> Answer:
        """Go on in TLS (RFC 3501, 6.2.1); what a stranger added in plain text ends the connection."""
        answer = await self.run("STARTTLS")
        if answer.result == "OK":
            if not self._cutter.is_between:
                raise ConnectionError
            secured = await self._loop.start_tls(self.transport, self, context, server_hostname=host)
            if secured is None:
                raise ConnectionError
            self.transport = secured
            self._is_securing = False
            await self.capability()
        return answer

    async def log_in(self, user: str, password: str) -> Answer:
        """Log in by password; of any script where the server can take it."""
        if "AUTH=PLAIN" in self.can:
            return await self.authenticate("PLAIN", f"\0{user}\0{password}")
        quoted(password)  # aioimaplib quotes it too, but would send what breaks the line
        return _answer(await self.login(quoted(user), password))

    async def authenticate(self, mechanism: str, told: str) -> Answer:
        """Log in by SASL (RFC 4959; RFC 3501, 6.2.2). Asked for more, as by an error of XOAUTH2, it says nothing."""
        response = b64encode(told.encode()).decode()
        at_once = "SASL-IR" in self.can
        self._to_say = [] if at_once else [response.encode()]
        answer = await self.run("AUTHENTICATE", mechanism, *([response] if at_once else []))
        if answer.result == "OK":
            self.state = AUTH
        return answer

    def _take(self, response: Response) -> None:
        line = response[0]
        if self._is_securing:
            raise Nonsense
        if not self._greeting.done():
            self._greeting.set_result(line)
        elif line.startswith(b"* BYE"):
            self.end(said("The mail server ended the connection: %(why)s", why=text(line[5:])))
        elif line.startswith(b"* "):
            self._note(line[2:])
            self._keep([line[2:], *response[1:]])
        elif line.startswith(b"+"):
            self._continuation(line)
        else:
            running = self.pending_sync_command
            self._is_securing = running is not None and running.name == "STARTTLS" and b" OK" in line
            self._response_done(line)

    def _note(self, line: bytes) -> None:
        number, _, what = line.partition(b" ")
        if what == b"EXISTS":
            if int(number) > self._exists:
                self.news.set()
            self._exists = int(number)
        elif what == b"EXPUNGE":
            self._exists -= 1

    def _keep(self, response: Response) -> None:
        """Give the running command what came for it; what comes in mid-IDLE was noted and is not kept."""
        command = self.pending_sync_command or next(iter(self.pending_async_commands.values()), None)
        if command is not None and command.name != "IDLE":
            command.append_to_resp(response)

    def _continuation(self, line: bytes) -> None:
        running = self.pending_sync_command
        if running is not None and running.name == "AUTHENTICATE":
            self.transport.write((self._to_say.pop(0) if self._to_say else b"") + b"\r\n")
        else:
            super()._continuation(line)


@contextmanager
def illegal() -> Iterator[None]:
    """Turn what aioimaplib would not send, as before a folder is open, into a Refused."""
    try:
        yield
    except OSError:  # of TLS, some are ValueErrors too
        raise
    except (Error, ValueError) as error:
        raise Refused(said("That cannot be asked of the mail server: %(why)s", why=str(error))) from error


def _answer(response: tuple[str, list[Response | bytes]]) -> Answer:
    result, lines = response
    responses = [each for each in lines if isinstance(each, list)]
    words = lines[-1] if lines and isinstance(lines[-1], bytes) else b""
    return Answer(result, words, responses)
