"""A header with parameters, such as Content-Type: `text/plain; charset=utf-8` (RFC 2045, RFC 2231).

Read in one pass: the standard library's reader takes time with the square of the length.
"""

from __future__ import annotations

import re
from urllib.parse import unquote_to_bytes

from connectors.mail.bounds import NAME
from connectors.mail.charset import clean, codec_of, decode
from connectors.mail.words import words_of

_PARAMETER = re.compile(r';\s*([^\s=;"]{1,60})\s*=\s*(?:"((?:[^"\\]|\\.?)*+)"?|([^;]*))', re.DOTALL)
_CONTINUED = re.compile(r"([^*]+)\*(?:(\d{1,3})(\*?))?")
_ENDING = 10  # characters; as long as the endings of files get
_UNSAFE = re.compile(r"[\x00-\x1f\x7f]")


class Parameters:
    """The value of a header in lower case, and its parameters."""

    def __init__(self, written: str) -> None:
        """Take them apart."""
        self.value = clean(written.partition(";")[0].strip().lower()[:NAME])
        self._plain: dict[str, str] = {}
        self._pieces: dict[str, list[tuple[int, bool, str]]] = {}
        for name, quoted, bare in _PARAMETER.findall(written):
            value = quoted.replace("\\\\", "\\").replace('\\"', '"') if quoted else bare.strip()
            if piece := _CONTINUED.fullmatch(name.lower()):
                encoded = piece[2] is None or bool(piece[3])
                self._pieces.setdefault(piece[1], []).append((int(piece[2] or 0), encoded, value))
            else:
                self._plain.setdefault(name.lower(), value)

    def get(self, name: str) -> str:
        """Give a parameter, "" where there is none."""
        if pieces := self._pieces.get(name):
            return _joined(sorted(pieces))
        return clean(self._plain.get(name, ""))

    def file_name(self, name: str) -> str:
        """Give a parameter that is the name of a file: without a path, shortened before its ending."""
        return bare_name(words_of(self.get(name)))


def bare_name(name: str) -> str:
    """Make a file's name of what somebody else calls it."""
    whole = _UNSAFE.sub("", clean(name)).replace("\\", "/").rstrip("/").rpartition("/")[2].strip(" .")
    if len(whole) <= NAME:
        return whole
    stem, dot, ending = whole.rpartition(".")
    short = dot + ending if stem and len(ending) <= _ENDING else ""
    return whole[: NAME - len(short)] + short


def _joined(pieces: list[tuple[int, bool, str]]) -> str:
    """Put the pieces of a value together before they are read: a letter may be split between two."""
    charset = ""
    if pieces[0][1] and pieces[0][2].count("'") > 1:
        charset, _language, rest = pieces[0][2].split("'", 2)
        pieces = [(0, True, rest), *pieces[1:]]
    codec = codec_of(charset) or "utf-8"
    return decode(
        b"".join(
            unquote_to_bytes(value) if encoded else value.encode(codec, "replace")
            for _number, encoded, value in pieces
        ),
        charset,
    )[0]
