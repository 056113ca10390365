"""A letter of ours as bytes (RFC 5322, MIME): the same at each try, with lines that every server takes."""

from __future__ import annotations

import re
from base64 import encodebytes
from binascii import b2a_qp
from collections.abc import Iterable, Sequence
from email.utils import format_datetime
from hashlib import sha256
from typing import NamedTuple

from connectors.mail.envelope import on_the_wire
from connectors.mail.header_lines import address_line, file_line, identity_line, text_line
from hub.letters import Address, Calendar, Enclosure, SendLetter
from hub.said import said
from hub.troubles import Refused

NOBODY = "To: undisclosed-recipients:;\r\n"
_ENDS = re.compile(r"\r\n?|\n")
_METHOD = re.compile(r"[A-Z]{1,20}")
_SEVEN_BIT = re.compile(r"(?:[\t\x20-\x7e]{0,998}\r\n)*")
_TYPE = re.compile(r"(?!multipart|message)[a-z0-9!#$&^_.+-]{1,60}/[a-z0-9!#$&^_.+-]{1,60}", re.IGNORECASE)


class Composed(NamedTuple):
    """A letter with its envelope. `international`: an address in it has a name before the @ that is not in ASCII."""

    sender: str
    recipients: tuple[str, ...]
    content: bytes
    international: bool


def compose(letter: SendLetter, own: str) -> Composed:
    """Write a letter from an address of ours, `own`; Refused says what keeps it from being one."""
    sender = on_the_wire(Address("", own))
    author = on_the_wire(Address(letter.sender.name, letter.sender.address or own))
    to, cc, blind, reply_to = (
        tuple(map(on_the_wire, each)) for each in (letter.to, letter.cc, letter.blind, letter.reply_to)
    )
    named = dict.fromkeys(each.address for each in (*to, *cc, *blind))
    recipients = tuple(each for each in named if not letter.only or each in letter.only)
    if not recipients:
        raise Refused(said("The letter is addressed to nobody."))
    head = "".join((
        f"Date: {format_datetime(letter.written_at)}\r\n",
        address_line("From", [author]),
        address_line("To", to) or ("" if cc else NOBODY),
        address_line("Cc", cc),
        address_line("Reply-To", reply_to),
        text_line("Subject", letter.subject),
        identity_line("Message-ID", [letter.message_id]),
        identity_line("In-Reply-To", [letter.in_reply_to]),
        identity_line("References", [*letter.references, letter.in_reply_to]),
        _automatic(letter),
        "MIME-Version: 1.0\r\n",
    ))  # fmt: skip
    shown = [author.address, *named, *(each.address for each in reply_to)]
    international = not all(map(str.isascii, (sender.address, *shown)))
    return Composed(sender.address, recipients, head.encode() + _whole(letter), international)


def _automatic(letter: SendLetter) -> str:
    if not letter.automatic:
        return ""
    return f"Auto-Submitted: auto-{'replied' if letter.in_reply_to else 'generated'}\r\n"


def _whole(letter: SendLetter) -> bytes:
    """Give the parts: text, beside it HTML with what it shows, and the files."""
    shown = [file for file in letter.files if file.inline and letter.html]
    attached = [file for file in letter.files if file not in shown]
    body = _text("plain", letter.text)
    others = []
    if letter.html:
        html = _text("html", letter.html)
        others.append(_several(letter, "related", [html, *map(_file, shown)]) if shown else html)
    if letter.calendar is not None:
        others.append(_calendar(letter.calendar))
    if others:
        body = _several(letter, "alternative", [body, *others])
    return _several(letter, "mixed", [body, *map(_file, attached)]) if attached else body


def _several(letter: SendLetter, kind: str, parts: Sequence[bytes]) -> bytes:
    """Put parts into one; no line of theirs begins like their boundary, which none can know before."""
    boundary = f"=_{kind}_{sha256(letter.message_id.encode('utf-8', 'replace')).hexdigest()[:32]}"
    head = f'Content-Type: multipart/{kind};\r\n boundary="{boundary}"\r\n\r\n'.encode()
    between = f"--{boundary}\r\n".encode()
    return b"".join((head, *_interleaved(between, parts), f"--{boundary}--\r\n".encode()))


def _interleaved(between: bytes, parts: Iterable[bytes]) -> Iterable[bytes]:
    for part in parts:
        yield from (between, part)


def _text(kind: str, text: str) -> bytes:
    """Write a text by the encoding that is shortest, so that it can be read without a program where possible."""
    lines = _ENDS.sub("\r\n", text.removesuffix("\n").removesuffix("\r")) + "\r\n"
    if _SEVEN_BIT.fullmatch(lines):
        return f"Content-Type: text/{kind}; charset=us-ascii\r\n\r\n{lines}".encode()
    content = lines.encode("utf-8", "replace")
    quoted = b2a_qp(content)
    is_short = len(quoted) * 3 <= len(content) * 4  # as base64 would be
    name, body = ("quoted-printable", quoted) if is_short else ("base64", _base64(content))
    head = f"Content-Type: text/{kind}; charset=utf-8\r\nContent-Transfer-Encoding: {name}\r\n\r\n"
    return head.encode() + body


def _file(file: Enclosure) -> bytes:
    kind = file.type if _TYPE.fullmatch(file.type) else "application/octet-stream"
    place = "inline" if file.inline else "attachment"
    head = "".join((
        f"Content-Type: {kind}\r\n",
        file_line("Content-Disposition", place, "filename", file.name),
        identity_line("Content-ID", [file.content_id]),
        "Content-Transfer-Encoding: base64\r\n\r\n",
    ))  # fmt: skip
    return head.encode() + _base64(file.content)


def _calendar(date: Calendar) -> bytes:
    """Write a date as programs for calendars want it (RFC 6047, 2.4); its lines are folded already."""
    method = date.method if _METHOD.fullmatch(date.method) else "PUBLISH"
    head = "".join((
        f"Content-Type: text/calendar; charset=utf-8; method={method}\r\n",
        "Content-Transfer-Encoding: base64\r\n\r\n",
    ))  # fmt: skip
    return head.encode() + _base64(date.content.encode())


def _base64(content: bytes) -> bytes:
    return encodebytes(content).replace(b"\n", b"\r\n")
