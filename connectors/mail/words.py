"""Encoded words of headers (RFC 2047), as they are written and not only as they should be.

They may stand in quotes, hold blanks, name no known character set, or be split within one letter; then the pieces
of one set are put together before they are read. Linear in the length of the header.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator

from connectors.mail.charset import clean, decode
from connectors.mail.transfer import unbase64

_WORD = re.compile(r"=\?([^?\s*]{1,60})(?:\*[^?\s]{0,20})?\?([bBqQ])\?([^?]*)\?=")
_BLANKS = re.compile(r"\s+")


def words_of(value: str) -> str:
    """Give a header as a person reads it, on one line and with single blanks."""
    text = "".join(_pieces(value)) if "=?" in value else value
    return _BLANKS.sub(" ", clean(text)).strip()


def _pieces(value: str) -> Iterator[str]:
    """Give text and decoded words in turn; blanks between two encoded words mean nothing."""
    at, charset, waiting = 0, "", b""
    for word in _WORD.finditer(value):
        between = value[at : word.start()]
        name = word[1].lower()
        if waiting and (name != charset or between.strip()):
            yield decode(waiting, charset)[0]
            waiting = b""
        if between.strip() or at == 0:
            yield between
        charset, at = name, word.end()
        waiting += _content(word[2], word[3])
    yield decode(waiting, charset)[0]
    yield value[at:]


def _content(how: str, written: str) -> bytes:
    if how in "qQ":
        return binascii.a2b_qp(written.encode("utf-8", "replace"), header=True)
    return unbase64(written.encode("ascii", "ignore"))[0]
