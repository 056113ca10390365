"""Letters to many as bytes: what they have in common is encoded once, and each copy is filled in and joined.

Bodies are quoted-printable, and every value stands between soft line breaks: it can neither lengthen a line of the
letter's own, nor begin one with a dot. So no dots need to be doubled, and no value breaks the encoding. The boundary
holds "=_", which quoted-printable never does.
"""

from __future__ import annotations

import re
from binascii import b2a_qp
from collections.abc import Iterator, Sequence
from datetime import datetime
from email.utils import format_datetime
from functools import lru_cache
from itertools import chain, zip_longest

from connectors.mail.envelope import on_the_wire
from connectors.mail.header_lines import WIDTH, address_line, text_line
from hub.bulk_mail import Copy, Mailing, Pieces
from hub.letters import Address

BOUNDARY = b"=_part"
_SIMPLE = re.compile(r"[A-Za-z0-9 ,;:@/_+!?()%&*'-]{0,69}[A-Za-z0-9,;:@/_+!?()%&*'-]")
_DOTS = re.compile(rb"(?m)^\.")
_ENDS = re.compile(r"\r\n?|\n")
_ADDRESS = re.compile(r"[\x21-\x3b\x3d\x3f-\x7e]{1,900}")  # of a page or a mailbox, within <>
_TOKEN = re.compile(r"[A-Za-z0-9.+_:-]*")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f]+")


class Template:
    """A mailing of one mailbox, encoded."""

    def __init__(self, mailing: Mailing, own: Address) -> None:
        """Encode what all copies say; `own` is the mailbox's address, its domain in ASCII."""
        author = on_the_wire(Address(mailing.sender.name, mailing.sender.address or own.address))
        self._domain = own.address.rpartition("@")[2]
        self._subject = mailing.subject
        self._subject_line = text_line("Subject", mailing.subject[0]) if len(mailing.subject) == 1 else ""
        self._static = "".join((
            address_line("From", [author]),
            _list_line(mailing),
            f"Feedback-ID: {_token(mailing.feedback_id)}\r\n" if mailing.feedback_id else "",
            "Precedence: bulk\r\nMIME-Version: 1.0\r\n",
            f'Content-Type: multipart/alternative; boundary="{BOUNDARY.decode()}"\r\n\r\n',
        )).encode()  # fmt: skip
        self._text = _encoded(mailing.text, "plain")
        self._html = _encoded(mailing.html, "html")

    def written(self, copy: Copy, to: Address) -> bytes:
        """Give a copy, its lines ended by CRLF; ValueError where what is to stand in its headers cannot."""
        head = "".join((
            _date_line(copy.written_at),
            address_line("To", [to]),
            self._subject_line or text_line("Subject", "".join(_filled(self._subject, copy.subject))),
            f"Message-ID: <{_token(copy.token)}@{self._domain}>\r\n",
            _leave_lines(copy.leave),
        ))  # fmt: skip
        return b"".join((
            head.encode(), self._static,
            *_joined(self._text, copy.text), *_joined(self._html, copy.html),
            b"--", BOUNDARY, b"--\r\n",
        ))  # fmt: skip


@lru_cache(16)
def _date_line(written_at: datetime) -> str:
    return f"Date: {format_datetime(written_at)}\r\n"


def _list_line(mailing: Mailing) -> str:
    if not mailing.list_id:
        return ""
    name = _CONTROLS.sub(" ", mailing.list_name).strip()
    words = text_line("List-Id", name).removesuffix("\r\n") if name else "List-Id:"
    return (
        f"{words}\r\n <{_token(mailing.list_id)}>\r\n" if name else f"{words} <{_token(mailing.list_id)}>\r\n"
    )


def _leave_lines(addresses: Sequence[str]) -> str:
    """Say how to leave the list, by one click as well (RFC 2369, RFC 8058)."""
    if not addresses:
        return ""
    if not all(map(_ADDRESS.fullmatch, addresses)):
        raise ValueError("an address by which to leave cannot stand in a header")
    written = ",\r\n ".join(f"<{each}>" for each in addresses)
    one_click = "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
    return f"List-Unsubscribe: {written}\r\n{one_click if addresses[0].startswith('https:') else ''}"


def _encoded(pieces: Pieces, kind: str) -> list[bytes]:
    """Give a part of a letter in pieces of quoted-printable; the first one has its head, the last one its end."""
    encoded = [_quoted(piece) for piece in pieces]
    head = (
        f"--{BOUNDARY.decode()}\r\nContent-Type: text/{kind}; charset=utf-8\r\n"
        "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
    )
    encoded[0] = head.encode() + encoded[0]
    encoded[-1] += b"\r\n"
    return [
        (b"=\r\n" if at else b"") + piece + (b"=\r\n" if at < len(encoded) - 1 else b"")
        for at, piece in enumerate(encoded)
    ]


def _joined(pieces: Sequence[bytes], values: Sequence[str]) -> Iterator[bytes]:
    _check(pieces, values)
    yield pieces[0]
    for value, piece in zip(values, pieces[1:], strict=True):
        yield value.encode() if _SIMPLE.fullmatch(value) else _quoted(value)
        yield piece


def _filled(pieces: Pieces, values: Sequence[str]) -> Iterator[str]:
    _check(pieces, values)
    return chain.from_iterable(zip_longest(pieces, values, fillvalue=""))


def _check(pieces: Sequence[object], values: Sequence[str]) -> None:
    if len(values) != len(pieces) - 1:
        raise ValueError("a copy has other values than its mailing has places")


def _quoted(text: str) -> bytes:
    # By LF at first: the ends that it makes itself are those of the first line, and a text may have but one.
    content = _ENDS.sub("\n", text.replace("\0", "")).encode("utf-8", "replace")
    return _DOTS.sub(b"=2E", b2a_qp(content)).replace(b"\n", b"\r\n")


def _token(text: str) -> str:
    if not _TOKEN.fullmatch(text) or len(text) > WIDTH * 3:
        raise ValueError("a token cannot stand in a header")
    return text
