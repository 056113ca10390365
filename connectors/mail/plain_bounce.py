"""Bounces without a report for programs: what a mail server wrote for people, recognised by flufl.bounce."""

from __future__ import annotations

import logging
import re
from email.message import Message

from flufl.bounce import all_failures

from connectors.mail.bounds import SUBJECT
from connectors.mail.charset import clean
from connectors.mail.headers import Headers
from connectors.mail.letter import Bounce
from connectors.mail.reports import judged

logging.getLogger("flufl.bounce").setLevel(logging.CRITICAL)  # it tells of every recogniser that it tries

_LINES, _LINE = 300, 300  # its expressions take time with the square of a line's length
_DAEMONS = re.compile(r"(mailer-daemon|mail-daemon|mail\.daemon|mdaemon)\b", re.IGNORECASE)
_PLAIN = re.compile(r"[\w.+-]{1,64}@[\w.-]{1,200}", re.ASCII)
_STATUS = re.compile(r"(?<![\d.])([45]\.\d{1,3}\.\d{1,3})(?![\d.])")
_COPY = re.compile(
    r"^-{2,}.{0,40}\b(?:copy|original message|message headers)\b", re.IGNORECASE | re.MULTILINE
)
_IDENTITY = re.compile(r"^message-id: *<([^<>\s]{1,500})>", re.IGNORECASE | re.MULTILINE)


def is_from_a_server(headers: Headers, sender: str) -> bool:
    """Tell whether a mail server may have written this: nothing may be sent back to it."""
    return headers.first("return-path") == "<>" or _DAEMONS.match(sender) is not None


def read_plain_bounce(sender: str, subject: str, text: str, detail: str) -> tuple[Bounce, ...]:
    """Give what a letter from a mail server says of recipients, () where it says nothing of the kind."""
    lines = [line[:_LINE] for line in text.split("\n")[:_LINES]]
    seen = "\n".join(lines)
    delayed, failed = _failures(sender, subject, seen)
    copy = _COPY.search(seen)
    told = (seen[: copy.start()] if copy else seen).strip()
    status = _STATUS.search(told)
    original = _IDENTITY.search(seen)
    return tuple(
        judged(
            recipient=recipient,
            action=action,
            status=status[1] if status else "",
            diagnostic=told[:SUBJECT],
            detail=detail,
            original=original[1] if original else "",
        )
        for action, recipients in (("failed", failed), ("delayed", delayed))
        for recipient in recipients
    )


def _failures(sender: str, subject: str, text: str) -> tuple[list[str], list[str]]:
    """Give the recipients that wait, and those that failed."""
    message = Message()
    message["From"] = sender if _PLAIN.fullmatch(sender) else "mailer-daemon@example.invalid"
    message["Subject"] = subject.encode("ascii", "replace").decode("ascii")
    message.set_payload(text)
    try:
        delayed, failed = all_failures(message)
    except (ValueError, LookupError, TypeError, AttributeError):
        return [], []  # one of its many recognisers met what it was not made for
    return _addresses(delayed), _addresses(failed)


def _addresses(found: frozenset[bytes]) -> list[str]:
    return sorted(clean(address.decode("utf-8", "replace"))[:_LINE] for address in found if address)
