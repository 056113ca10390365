"""What somebody types who wants a letter to have headers, or recipients, of his own; and what a letter must be."""

from __future__ import annotations

import re
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.policy import default

TRICK = "\r\nBcc: all@world.example\r\nX-Evil: 1\r\n\r\n<b>Hi</b>\r\n.\r\nMAIL FROM:<x@y>"
TRICKS = {
    "a whole letter": TRICK,
    "line feeds alone": "\nBcc: all@world.example\nX-Evil: 1\n\n.\nRCPT TO:<all@world.example>\n",
    "carriage returns alone": "\rBcc: all@world.example\rX-Evil: 1\r\r.\r",
    "line ends of Unicode": "\u2028Bcc: all@world.example\x85X-Evil: 1\u2029\x0b\x0cSubject: x",
    "an encoded word": "=?utf-8?Q?=0D=0ABcc:_all@world.example=0D=0AX-Evil:_1?=",
    "another address": '", <all@world.example>, "all\\" <all@world.example',
    "a comment and a group": "x): all@world.example; (\\",
}
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
ONCE = {
    "From", "To", "Subject", "Date", "Message-ID", "List-Id", "List-Unsubscribe",
    "Feedback-ID", "Precedence", "MIME-Version", "Content-Type",
}  # fmt: skip
"""The headers of a copy, each once; of a hub that is reached by https there is one more."""


def assert_is_as_it_should_be(
    content: bytes, to: str, own: str, beside: frozenset[str] = frozenset()
) -> EmailMessage:
    """Have a copy have its headers alone, beside those that mail servers on its way wrote; give it as it is read."""
    read = message_from_bytes(content, _class=EmailMessage, policy=default)
    names = [each for each in read if each not in beside]
    assert set(names) == ONCE
    assert len(names) == len(set(names))
    assert [
        each for each in ("From", "To", "Subject", "List-Id") if CONTROL.search(_decoded(content, each))
    ] == []
    assert [each.addr_spec for each in read["To"].addresses] == [to]
    assert [each.addr_spec for each in read["From"].addresses] == [own]
    assert not any(len(line) > 998 for line in content.splitlines())
    parts = [part.get_content_type() for part in read.walk()]
    assert parts == ["multipart/alternative", "text/plain", "text/html"]
    assert not any(part.defects for part in read.walk())
    return read


def _decoded(content: bytes, name: str) -> str:
    """Give a header as it is unfolded, and then decoded by a program that trusts it."""
    written = str(message_from_bytes(content)[name]).replace("\r\n", "").replace("\n", "")
    return str(make_header(decode_header(written)))
