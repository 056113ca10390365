"""Which character set a text was written in, whatever its header says. Nothing here fails.

Valid UTF-8 proves itself; else what is named counts if it can be; else it is guessed. The names mean what they
mean on the web (https://encoding.spec.whatwg.org/): `iso-8859-1` is windows-1252, `gb2312` is gb18030.
"""

from __future__ import annotations

import codecs
import re

import chardet

_LATIN = "cp1252"
_MEANT = {
    "ascii": "", "iso8859-1": _LATIN, "shift_jis": "cp932", "gb2312": "gb18030", "gbk": "gb18030",
    "euc_kr": "cp949", "big5": "big5hkscs", "iso8859-9": "cp1254", "tis-620": "cp874", "iso8859-11": "cp874",
}  # fmt: skip
_ALIASES = {
    "utf8mb4": "utf-8", "unicode-1-1-utf-8": "utf-8", "x-sjis": "cp932", "windows-31j": "cp932",
    "windows-874": "cp874", "ks_c_5601-1987": "cp949", "x-gbk": "gb18030", "x-mac-cyrillic": "mac-cyrillic",
    "macintosh": "mac-roman", "koi8-ru": "koi8-u", "iso-8859-8-i": "iso8859-8",
}  # fmt: skip
_NAME = re.compile(r"[\w.:+-]{1,40}")
# Written in ASCII alone, or with a NUL in each letter: such a text is valid UTF-8 and means something else.
_DISGUISED = re.compile(r"iso2022|utf-16|utf-32|hz$|utf-7")
_SEVERAL_BYTES = {"cp932", "euc_jp", "cp949", "gb18030", "big5hkscs"}

_SAMPLE = 4_000  # bytes that are enough to guess by
_FIRST_HIGH = re.compile(b"[\x80-\xff]")
_RUNS = re.compile(rb"[\x80-\xff]{3,}")
_HIGH = bytes(range(0x80, 0x100))
_WORDS_OF_HIGH = (
    "windows-1251", "koi8-r", "windows-1252", "windows-1253", "windows-1255", "windows-1256",
    "cp932", "euc_jis_2004", "gb18030", "big5hkscs", "cp949",
)  # fmt: skip

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
REPLACED = "\ufffd"


def codec_of(name: str) -> str:
    """Give the codec that a name means; "" for one that is unknown, no text, or says nothing (us-ascii)."""
    plain = name.strip(" \"'").lower()
    if not _NAME.fullmatch(plain):
        return ""
    try:
        found = codecs.lookup(_ALIASES.get(plain, plain))
        "".encode(found.name)
    except (LookupError, ValueError):
        return ""
    return _MEANT.get(found.name, found.name)


def decode(data: bytes, named: str, guessed: str = "") -> tuple[str, bool]:
    """Give a text that can be stored anywhere, and whether it had to be read otherwise than its header says.

    `guessed` is a codec for what is neither UTF-8 nor as named, where that was guessed of more text already.
    """
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return clean(data.decode("utf-16", "replace")), False
    codec = codec_of(named)
    for candidate in _candidates(codec):
        text = _strictly(data, candidate)
        if text is not None:
            as_named = candidate == codec or not named or data.isascii()
            return clean(text.removeprefix("\ufeff")), not as_named
    return clean(data.decode(guessed or guess(data), "replace").removeprefix("\ufeff")), True


def guess(data: bytes) -> str:
    """Give the codec that this is probably written in.

    Scripts whose words lie above 0x7f are told from Western ones with single accented letters.
    """
    if _nearly_utf8(data):
        return "utf-8"
    first = _FIRST_HIGH.search(data)
    sample = data[max(first.start() - 100, 0) : first.start() + _SAMPLE] if first else b""
    high = len(sample) - len(sample.translate(None, _HIGH))
    if 2 * sum(map(len, _RUNS.findall(sample))) <= high:
        return _LATIN
    found = chardet.detect(sample, include_encodings=_WORDS_OF_HIGH)["encoding"]
    return codec_of(found or "") or _LATIN


def clean(text: str) -> str:
    """Replace what no database stores: NUL and halves of letters (lone surrogates)."""
    return text if text.isprintable() else _UNSTORABLE.sub(REPLACED, text)


def _candidates(codec: str) -> tuple[str, ...]:
    if codec in _SEVERAL_BYTES or _DISGUISED.match(codec):
        return codec, "utf-8"
    # A set of one byte per letter reads everything, so that proves nothing; being valid UTF-8 does.
    return ("utf-8", codec) if codec else ("utf-8",)


def _strictly(data: bytes, codec: str) -> str | None:
    try:
        return data.decode(codec)
    except (UnicodeError, ValueError):
        return None


def _nearly_utf8(data: bytes) -> bool:
    """Tell whether this is UTF-8 with a few wounds, such as a text cut in the middle of a letter."""
    text = data[:1_000_000].decode("utf-8", "replace")
    lost = text.count(REPLACED)
    letters = len(text) - len(text.encode("ascii", "ignore")) - lost
    return lost * 8 <= letters
