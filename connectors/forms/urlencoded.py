"""Urlencoded bodies and `text/plain` forms, taken apart into labels and values, still in bytes.

https://url.spec.whatwg.org/#application/x-www-form-urlencoded
"""

from __future__ import annotations

import binascii
import re

from connectors.forms.bounds import FIELDS, LABEL_BYTES, VALUE_BYTES

Pairs = list[tuple[bytes, bytes]]

_LIKELY = re.compile(rb"[^\s=&<>{}\"]{1,300}=[!-~]*")
_LINE = re.compile(rb"([^\s=][^=\r\n]{0,199})=([^\r\n]*)")
_ESCAPES = re.compile(rb"(?:%[0-9A-Fa-f]{2})+")


def looks_urlencoded(body: bytes) -> bool:
    """Tell whether the beginning is `label=value&…` without a blank in it, as no text in a language is."""
    return _LIKELY.fullmatch(body[:2000]) is not None


def split_urlencoded(body: bytes) -> tuple[Pairs, int]:
    """Give the pairs in order, as many as we keep, and how many more there were."""
    pieces = body.split(b"&", FIELDS)
    more = pieces.pop().count(b"&") + 1 if len(pieces) > FIELDS else 0
    pairs = []
    for piece in pieces:
        if piece:
            label, _, value = piece.partition(b"=")
            pairs.append((_unescape(label, LABEL_BYTES), _unescape(value, VALUE_BYTES)))
    return pairs, more


def looks_lines(body: bytes) -> bool:
    """Tell whether the first line is `label=value`."""
    return _LINE.match(body[:2000]) is not None


def split_lines(body: bytes) -> tuple[Pairs, int]:
    """Read what a form of `enctype="text/plain"` sends, `label=value` a line; no pairs for anything else."""
    lines = body.strip().split(b"\r\n", FIELDS)
    more = lines.pop().count(b"\r\n") + 1 if len(lines) > FIELDS else 0
    found = [_LINE.fullmatch(line) for line in lines]
    pairs = [(match[1], match[2]) for match in found if match]
    return (pairs, more) if len(pairs) == len(lines) else ([], 0)


def _unescape(piece: bytes, size: int) -> bytes:
    """Undo `+` and `%XX`; no more is unescaped than will be kept (three bytes an escape, cut short later)."""
    piece = piece[: 3 * size + 12]
    if b"+" in piece:
        piece = piece.replace(b"+", b" ")
    return _ESCAPES.sub(_bytes, piece) if b"%" in piece else piece


def _bytes(escapes: re.Match[bytes]) -> bytes:
    return binascii.unhexlify(escapes[0].replace(b"%", b""))
