"""Which character set a form was written in, and text that can be stored anywhere.

Senders name the wrong set, or none: PHP pages in windows-1251, forms with `_charset_`, texts cut in the
middle of a letter. Nothing here fails; what was mended is said in a remark. The names follow the WHATWG
Encoding Standard (https://encoding.spec.whatwg.org/), where `iso-8859-1` means windows-1252.
"""

from __future__ import annotations

import re

from connectors.forms.bounds import MESSAGE
from hub.said import said

REPLACED = "\ufffd"

_LATIN = "cp1252"
_CYRILLIC = "cp1251"
_CODECS = (
    {
        "utf8": "utf-8",
        "utf8mb4": "utf-8",
        "usascii": _LATIN,
        "ascii": _LATIN,
        "latin1": _LATIN,
        "iso88591": _LATIN,
        "iso885915": "iso8859-15",
        "koi8r": "koi8-r",
        "koi8u": "koi8-u",
        "ibm866": "cp866",
        "cp866": "cp866",
        "macintosh": "mac-roman",
        "xmaccyrillic": "mac-cyrillic",
        "windows874": "cp874",
        "shiftjis": "cp932",
        "windows31j": "cp932",
        "eucjp": "euc-jp",
        "euckr": "cp949",
        "gb2312": "gb18030",
        "gbk": "gb18030",
        "gb18030": "gb18030",
        "big5": "big5hkscs",
    }
    | {
        f"{prefix}{number}": f"cp{number}"
        for prefix in ("windows", "cp", "xcp")
        for number in range(1250, 1259)
    }
    | {f"iso8859{part}": f"iso8859-{part}" for part in (2, 3, 4, 5, 6, 7, 8, 9, 10, 13, 14, 16)}
)
_NAMES = {_LATIN: "windows-1252", _CYRILLIC: "windows-1251", "utf-8": "UTF-8"}
_SAMPLE = 100_000  # bytes that are enough to guess by
_SEVERAL_BYTES = {"cp932", "euc-jp", "cp949", "gb18030", "big5hkscs"}

_UNREADABLE = re.compile("[\x00-\x08\x0e-\x1f\x7f]")
_READABLE = re.compile("[^\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffd]{4,}")
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_HIGH = bytes(range(0x80, 0x100))
_FIRST_HIGH = re.compile(b"[\x80-\xff]")
_CYRILLIC_RUNS = re.compile(rb"[\xa8\xb8\xc0-\xff]{2,}")


def choose(data: bytes, declared: str) -> tuple[str, str]:
    """Give the codec that reads data best, and a remark where that is not the declared one ("" for none)."""
    if data.isascii():
        return "utf-8", ""
    named = _CODECS.get(re.sub(r"[^a-z0-9]", "", declared.lower()), "")
    if _fits(data, "utf-8"):
        # A set of one byte per letter reads everything, so that proves nothing; being valid UTF-8 does.
        if named in _SEVERAL_BYTES and _fits(data, named):
            return named, ""
        told = said("Sent as %(named)s, but written in UTF-8.", named=_shown(declared))
        return "utf-8", "" if named in {"", "utf-8"} else told
    if named and _fits(data, named):
        return named, ""
    sample = _sample(data)
    guess = "utf-8" if _nearly_utf8(sample) else _script(sample)
    guessed = _NAMES[guess]
    if not declared:
        told = said("No character set was named; read as %(guessed)s: letters may be wrong.", guessed=guessed)
        return guess, told
    return guess, said("Not written in %(named)s, as it says; read as %(guessed)s: letters may be wrong.",
                       named=_shown(declared), guessed=guessed)  # fmt: skip


def clean(text: str) -> str:
    """Replace what no database stores: NUL and halves of letters (lone surrogates)."""
    return text if text.isprintable() else _UNSTORABLE.sub(REPLACED, text)


def shorten(data: bytes, size: int) -> bytes:
    """Cut data to size bytes without cutting through a UTF-8 letter."""
    if len(data) <= size:
        return data
    for end in range(size, size - 4, -1):
        if data[end] & 0xC0 != 0x80:  # noqa: PLR2004 - the first byte beyond ASCII
            return data[:end]
    return data[:size]


def decode_text(data: bytes, declared: str) -> tuple[str, str]:
    """Decode a whole text, by its byte order mark if it has one; gives it and a remark ("" for none)."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace"), ""
    data = data.removeprefix(b"\xef\xbb\xbf")
    codec, remark = choose(data, declared)
    return data.decode(codec, "replace"), remark


def readable(data: bytes, declared: str) -> str:
    """Give what a person could read of bytes that are no form; of binary data what looks like writing."""
    text, _ = decode_text(shorten(data, 4 * MESSAGE), declared)
    if _UNREADABLE.search(text):
        text = " ".join(_READABLE.findall(text))
    return clean(text.strip()[:MESSAGE])


def _fits(data: bytes, codec: str) -> bool:
    try:
        data.decode(codec)
    except UnicodeDecodeError:
        return False
    return True


def _sample(data: bytes) -> bytes:
    """Give a piece to guess by, from the first letter that is no ASCII."""
    first = _FIRST_HIGH.search(data)
    return data[first.start() : first.start() + _SAMPLE] if first else data[:_SAMPLE]


def _nearly_utf8(data: bytes) -> bool:
    """Tell whether this is UTF-8 with a few wounds, such as a text cut in the middle of a letter."""
    text = data.decode("utf-8", "replace")
    lost = text.count(REPLACED)
    letters = len(text) - len(text.encode("ascii", "ignore")) - lost
    return lost * 8 <= letters


def _script(data: bytes) -> str:
    """Tell Cyrillic from Western: there whole words lie above 0x7f, here single accented letters."""
    high = len(data) - len(data.translate(None, _HIGH))
    in_words = sum(len(run) for run in _CYRILLIC_RUNS.findall(data))
    return _CYRILLIC if in_words * 2 > high else _LATIN


def _shown(declared: str) -> str:
    return clean(declared[:40])
