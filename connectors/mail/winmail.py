"""Files that Outlook packed into a winmail.dat (MS-OXTNEF): attachments with their long names.

Our own reader, since the one to be had counts as far as the letter says: four thousand million times in a hostile
one. This one goes through the bytes once.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from connectors.mail.bounds import UNPACKED
from connectors.mail.charset import codec_of, decode
from connectors.mail.parameters import bare_name

SIGNATURE = b"\x78\x9f\x3e\x22"

_HEAD = struct.Struct("<BII")  # level, attribute (name and type), length; two bytes of checksum follow
_WORD = struct.Struct("<I")
_PAIR = struct.Struct("<HH")
_CODEPAGE, _BEGINS, _TITLE, _DATA, _PROPERTIES = 0x9007, 0x9002, 0x8010, 0x800F, 0x9005
_LONG_NAME, _CONTENT = 0x3707, 0x3701
_NAMED = 0x8000  # properties from here on have a name of their own
_MANY = 0x1000  # the flag of a property with several values, none of which is wanted
_SIZES = {
    0x0002: 2, 0x000B: 2, 0x0001: 4, 0x0003: 4, 0x0004: 4, 0x000A: 4,
    0x0005: 8, 0x0006: 8, 0x0007: 8, 0x0014: 8, 0x0040: 8, 0x0048: 16,
}  # fmt: skip
_UNICODE = 0x001F
_OBJECT = 0x000D
_INTERFACE = 16  # bytes before the content of an object
_ATTRIBUTES = 2_000


class BrokenWinmail(ValueError):
    """It is no winmail.dat, or a broken one."""


def unpack(data: bytes) -> list[tuple[str, bytes]]:
    """Give the names and contents of the files within; raises BrokenWinmail where it is no such thing or broken."""
    if not data.startswith(SIGNATURE):
        raise BrokenWinmail
    files: list[_File] = []
    codec = "cp1252"
    try:
        for name, value in _attributes(memoryview(data)):
            if name == _BEGINS and len(files) < UNPACKED:
                files.append(_File())
            elif name == _CODEPAGE:
                codec = codec_of(f"cp{_WORD.unpack_from(value)[0]}") or codec
            elif files:
                files[-1].take(name, value, codec)
    except struct.error as problem:
        raise BrokenWinmail from problem
    return [(bare_name(file.name), file.content) for file in files if file.content or file.name]


class _File:
    """A file as far as it is known; the long name is better than the title, which has 8 letters and 3."""

    def __init__(self) -> None:
        self.name = ""
        self.content = b""

    def take(self, attribute: int, value: memoryview, codec: str) -> None:
        if attribute == _TITLE:
            self.name = self.name or _string(bytes(value), codec)
        elif attribute == _DATA:
            self.content = bytes(value)
        elif attribute == _PROPERTIES:
            for name, kind, content in _properties(value):
                if name == _LONG_NAME:
                    self.name = _string(bytes(content), "utf-16-le" if kind == _UNICODE else codec)
                elif name == _CONTENT and not self.content:
                    self.content = bytes(content[_INTERFACE if kind == _OBJECT else 0 :])


def _string(data: bytes, codec: str) -> str:
    return decode(data, codec)[0].partition("\0")[0].partition("\ufffd")[0]


def _attributes(data: memoryview) -> Iterator[tuple[int, memoryview]]:
    at = 6
    for _turn in range(_ATTRIBUTES):
        if at + _HEAD.size > len(data):
            return
        _level, attribute, length = _HEAD.unpack_from(data, at)
        at += _HEAD.size
        if at + length > len(data):
            raise BrokenWinmail
        yield attribute & 0xFFFF, data[at : at + length]
        at += length + 2


def _properties(data: memoryview) -> Iterator[tuple[int, int, memoryview]]:
    """Give the name, type and first value of each property, up to one that cannot be passed over."""
    at = 4
    for _turn in range(min(_WORD.unpack_from(data)[0], _ATTRIBUTES)):
        kind, name = _PAIR.unpack_from(data, at)
        at = _beyond_name(data, at + 4) if name >= _NAMED else at + 4
        size = _SIZES.get(kind & ~_MANY)
        value, at = _of_varying_size(data, at) if size is None else _of_fixed_size(data, at, kind, size)
        yield name, kind, value


def _of_fixed_size(data: memoryview, at: int, kind: int, size: int) -> tuple[memoryview, int]:
    count = 1
    if kind & _MANY:
        count, at = _WORD.unpack_from(data, at)[0], at + 4
    whole = count * size
    return data[at : at + size], at + whole + -whole % 4


def _of_varying_size(data: memoryview, at: int) -> tuple[memoryview, int]:
    """Give the first of the values, and where the last one ends, filled up to four bytes each."""
    first = data[:0]
    count, at = _WORD.unpack_from(data, at)[0], at + 4
    for number in range(count):
        size = _WORD.unpack_from(data, at)[0]
        first = first if number else data[at + 4 : at + 4 + size]
        at += 4 + size + -size % 4
        if at > len(data) or number > _ATTRIBUTES:
            raise BrokenWinmail
    return first, at


def _beyond_name(data: memoryview, at: int) -> int:
    by_name, number = struct.unpack_from("<II", data, at + 16)
    return at + 24 + (number + -number % 4 if by_name else 0)
