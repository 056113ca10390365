"""What a server answers that takes letters (RFC 5321), as the hub's exceptions: codes decide, words are told."""

from __future__ import annotations

import ssl

from aiosmtplib import SMTPResponse, SMTPResponseException, SMTPServerDisconnected, SMTPTimeoutError

from hub.said import Said, said
from hub.troubles import AuthFailed, Refused, Unavailable

GOOD, GO_ON, LATER, NEVER = 2, 3, 4, 5
"""The first digits of codes."""
LOG_IN_FIRST = {530, 534, 535, 538}
_LENGTH = 500


def check(answer: SMTPResponse, wanted: int = GOOD) -> None:
    """Raise what an answer means unless it is the wanted one: not now, never, or not before we have logged in."""
    if answer.code // 100 == wanted:
        return
    why = f"{answer.code} {plain(answer.message)}"
    if answer.code in LOG_IN_FIRST:
        raise AuthFailed(said("The mail server wants us to log in: %(why)s", why=why))
    if answer.code // 100 == NEVER:
        raise Refused(said("The mail server refuses: %(why)s", why=why))
    raise Unavailable(later(why))


def plain(words: str) -> str:
    """Give a server's words on one bounded line."""
    return " ".join(words.encode("utf-8", "replace").decode().split())[:_LENGTH]


def later(why: str) -> Said:
    """Say that a server does not do something now."""
    return said("The mail server cannot do that now: %(why)s", why=plain(why))


def lost() -> Said:
    """Say that there is no connection any more."""
    return said("The connection to the mail server was lost.")


def no_way(address: str, error: Exception) -> Said:
    """Say why there is no connection to the server at this address."""
    cause = error.__cause__ or error
    if isinstance(cause, ssl.SSLCertVerificationError):
        return said("The certificate of the mail server at %(address)s is not trusted: %(why)s",
                    address=address, why=cause.verify_message)  # fmt: skip
    if isinstance(cause, ssl.SSLError):
        return said("The mail server at %(address)s does not speak TLS there.", address=address)
    if isinstance(error, SMTPResponseException):
        return later(f"{error.code} {error.message}")
    if isinstance(error, SMTPServerDisconnected | SMTPTimeoutError | OSError):
        return said("The mail server at %(address)s does not answer.", address=address)
    return said("The mail server at %(address)s has no STARTTLS.", address=address)
