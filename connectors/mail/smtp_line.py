"""A line to a mail server that takes letters of ours (RFC 5321), from its log-in until it is let go.

aiosmtplib opens, secures and logs in. Letters are sent here, for what counts is known nowhere else: whether the end of
a letter, its final dot, was written when the line was lost. Before it a letter surely did not leave; after it nobody
knows. After any failure the line is let go: an answer that comes late would be taken for that to the next command.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal, NamedTuple

from aiosmtplib import (
    SMTP,
    SMTPAuthenticationError,
    SMTPException,
    SMTPResponse,
    SMTPResponseException,
    SMTPServerDisconnected,
    SMTPTimeoutError,
)

from connectors.mail.smtp_answers import GO_ON, GOOD, LATER, NEVER, check, later, lost, no_way, plain
from connectors.mail.smtp_pipeline import Pipeline
from hub.said import said
from hub.troubles import AuthFailed, InDoubt, Refused, Unavailable

if TYPE_CHECKING:
    from connectors.mail.composing import Composed

PATIENCE = 60.0
"""Seconds for an answer to a command, and for a piece of a letter to go."""
DOT_PATIENCE = 600.0
"""Seconds for the answer to a letter's end (RFC 5321, 4.5.3.2.6)."""
UPLOAD = 1200.0
"""Seconds in which a letter must have gone up to its end."""
PIECE = 1 << 16
OURSELVES = "[127.0.0.1]"
"""How we call ourselves, as mail programs do: our machine's name is nobody's business."""


class Server(NamedTuple):
    """Where letters are handed over; `trust` says whose certificates are good, and is needed but for "none"."""

    host: str
    port: int
    tls: Literal["smtps", "starttls", "none"]
    trust: ssl.SSLContext | None = None

    def __str__(self) -> str:
        """Name it to people."""
        return f"{self.host}:{self.port}"


class Delivered(NamedTuple):
    """What the server calls a letter that it took, who of its recipients is refused, in words, and who is for now."""

    remote_id: str
    remark: str
    later: Mapping[str, str]


class Line:
    """One connection. One letter at a time uses it."""

    def __init__(
        self, server: Server, patience: float = PATIENCE, dot_patience: float = DOT_PATIENCE
    ) -> None:
        """Do no I/O."""
        self._server = server
        self._patience = patience
        self._dot_patience = dot_patience
        self._smtp = _Smtp(
            hostname=server.host, port=server.port, local_hostname=OURSELVES, timeout=patience,
            use_tls=server.tls == "smtps", start_tls=server.tls == "starttls", tls_context=server.trust,
        )  # fmt: skip

    @property
    def is_up(self) -> bool:
        """Say whether anything can be asked."""
        return self._smtp.is_connected

    async def connect(self) -> None:
        """Connect, in TLS where it is wanted; Unavailable says why not."""
        try:
            await self._smtp.connect()
            await self._smtp.ehlo()
        except (SMTPException, OSError, ValueError) as error:  # ValueError: a host's name that is none
            self.close()
            raise Unavailable(no_way(str(self._server), error)) from error
        except BaseException:
            self.close()
            raise

    async def log_in(self, user: str, secret: str, *, by_token: bool = False) -> None:
        """Log in by password or by an access token, where the server has anybody log in; AuthFailed if it refuses."""
        if not self._smtp.supports_extension("auth"):
            return
        try:
            await (self._smtp.auth_xoauth2(user, secret) if by_token else self._smtp.login(user, secret))
        except SMTPAuthenticationError as error:
            self.close()
            if error.code // 100 == LATER:
                raise Unavailable(later(error.message)) from error
            raise AuthFailed(said("The mail server refuses user “%(user)s”: %(why)s", user=user,
                                  why=plain(error.message))) from error  # fmt: skip
        except (SMTPServerDisconnected, SMTPTimeoutError, SMTPResponseException, OSError) as error:
            self.close()
            raise Unavailable(no_way(str(self._server), error)) from error
        except SMTPException as error:
            self.close()
            raise AuthFailed(said("The mail server offers no way to log in that we know.")) from error
        except BaseException:
            self.close()
            raise

    async def deliver(self, letter: Composed) -> Delivered:
        """Hand a letter over.

        Unavailable: it surely did not leave; Refused: it never will; InDoubt: it may have left. Recipients who are
        refused while others are not stand in the remark, and those who are for now in `later`, each with why.
        """
        try:
            async with asyncio.timeout(UPLOAD):
                refused = await self._envelope(letter)
                await self._body(letter.content)
            answer = await self._end()
        except (SMTPException, OSError, TimeoutError) as error:
            self.close()
            raise Unavailable(lost()) from error
        except BaseException:
            self.close()
            raise
        later = {each: words for each, words in refused.items() if words.startswith(str(LATER))}
        whom = [f"{each} ({words})" for each, words in refused.items() if each not in later]
        remark = said("It was not sent to %(whom)s.", whom=whom) if whom else ""
        return Delivered(plain(answer.message), remark, later)

    def pipeline(self) -> Pipeline:
        """Give the line away to what sends many letters over it; from now on it is of no other use."""
        transport = self._smtp.transport
        if not isinstance(transport, asyncio.Transport) or transport.is_closing():
            raise Unavailable(lost())
        return Pipeline(
            transport, grouped=self.supports("pipelining"),
            patience=self._patience, dot_patience=self._dot_patience,
        )  # fmt: skip

    def supports(self, extension: str) -> bool:
        """Tell whether the server has one."""
        return self._smtp.supports_extension(extension)

    async def quit(self) -> None:
        """Say goodbye, and let go of the server."""
        try:
            if self.is_up:
                await self._smtp.quit(timeout=5)
        except (SMTPException, OSError):
            pass
        finally:
            self.close()

    def close(self) -> None:
        """Let go of the server at once, and of whatever was not written yet."""
        self._smtp.close()

    async def _envelope(self, letter: Composed) -> dict[str, str]:
        """Say from whom and to whom it is, and give who is refused, each with the server's code and words."""
        coding = "utf-8" if letter.international else "ascii"
        if letter.international and not self._smtp.supports_extension("smtputf8"):
            raise Refused(said("The mail server takes no addresses with letters outside a-z before the @."))
        options = [b"SIZE=%d" % len(letter.content)] if self._smtp.supports_extension("size") else []
        options += [b"SMTPUTF8", b"BODY=8BITMIME"] if letter.international else []
        check(await self._say(b"MAIL", b"FROM:<" + letter.sender.encode(coding) + b">", *options))
        answers = {
            each: await self._say(b"RCPT", b"TO:<" + each.encode(coding) + b">") for each in letter.recipients
        }
        refused = {each: answer for each, answer in answers.items() if answer.code // 100 != GOOD}
        if len(refused) == len(answers) or (refused and not self.is_up):
            check(min(refused.values(), key=lambda answer: answer.code))  # not now, if that is said of any
        check(await self._say(b"DATA"), GO_ON)
        return {each: f"{answer.code} {plain(answer.message)}" for each, answer in refused.items()}

    async def _body(self, content: bytes) -> None:
        """Write it up to its end, with no more waiting to be written than the system takes."""
        protocol = self._smtp.protocol
        if protocol is None:
            raise Unavailable(lost())
        stuffed = content.replace(b"\r\n.", b"\r\n..")
        for at in range(0, len(stuffed), PIECE):
            protocol.write(stuffed[at : at + PIECE])
            async with asyncio.timeout(self._patience):
                await protocol._drain_helper()  # noqa: SLF001 - as asyncio's StreamWriter.drain does

    async def _end(self) -> SMTPResponse:
        """Write the final dot and give the server's answer; from now on it may have left."""
        if not self.is_up:
            raise Unavailable(lost())
        try:
            answer = await self._smtp.execute_command(b".", timeout=self._dot_patience)
        except (SMTPException, OSError) as error:
            raise InDoubt(
                said(
                    "The line to the mail server was lost when the letter was written and not yet acknowledged."
                )
            ) from error
        if answer.code // 100 not in {GOOD, LATER, NEVER}:
            raise InDoubt(said("What the mail server says cannot be understood."))
        check(answer)
        return answer

    async def _say(self, *words: bytes) -> SMTPResponse:
        return await self._smtp.execute_command(*words)


class _Smtp(SMTP):
    """Lets go at once, also where the library does it by itself: in TLS it would wait for the server's goodbye."""

    def close(self) -> None:
        if isinstance(self.transport, asyncio.WriteTransport):
            self.transport.abort()
        super().close()
