"""Words as people type them: without case, accents and the dots of å, ä, ö and ё, so that each finds the other.

What is indexed and what is looked for go through the same fold, and nothing but letters and digits of it is left:
no text of a stranger's can mean anything to a database's own language of searching.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

LONGEST = 40  # letters of a word that count

_WORD = re.compile(r"[^\W_]+")
_ACCENT = re.compile("[\u0300-\u036f\u0483-\u0487]")
_NUMBER = re.compile(r"\d[\d\s().\-/]{2,30}\d")
# Letters that Unicode takes for letters of their own.
_PLAIN = str.maketrans({"æ": "ae", "ø": "o", "œ": "oe", "đ": "d", "ð": "d", "þ": "th", "ł": "l"})
_BESIDE = "àáâãäåāăąæçćčċđďðèéêëēĕėęěёìíîïīĭįйòóôõöøōŏőœùúûüūŭůűųýÿñńņňŕřşśšßťţþźżžğģķļľĺł"


def fold(text: str) -> str:
    """Write a text as it is compared."""
    if text.isascii():
        return text.lower()
    folded = unicodedata.normalize("NFKD", text).casefold().translate(_PLAIN)
    return _ACCENT.sub("", folded)


def words(text: str) -> list[str]:
    """Give the words of a text, folded, in their order."""
    return [word[:LONGEST] for word in _WORD.findall(fold(text))]


def numbers_in(text: str) -> list[str]:
    """Give the digits of whatever may be a number written with gaps: 070-174 06 12 is 701740612."""
    found = (re.sub(r"\D", "", run).lstrip("0")[:LONGEST] for run in _NUMBER.findall(text))
    return [digits for digits in found if digits]


def endings(digits: str) -> list[str]:
    """Give a number with everything that it ends in, so that any digits in a row are a beginning of one."""
    return [digits[start:] for start in range(len(digits) - 1)]


def pattern(beginnings: Iterable[str]) -> re.Pattern[str] | None:
    """Give what finds words with these folded beginnings in a text as it was written; None for no words."""
    longest_first = sorted({each for each in beginnings if each}, key=len, reverse=True)
    if not longest_first:
        return None
    choices = "|".join("".join(map(_spelled, each)) for each in longest_first)
    return re.compile(rf"(?<![^\W_])(?:{choices})[^\W_]*", re.IGNORECASE)


def _spelled(letter: str) -> str:
    """Match a letter however it is written, also with the accent as a character of its own."""
    return f"[{letter}{_WRITTEN.get(letter, '')}][\u0300-\u036f]*"


_WRITTEN: dict[str, str] = {}
for _letter in _BESIDE:
    for _plain in fold(_letter)[:1]:
        _WRITTEN[_plain] = _WRITTEN.get(_plain, "") + _letter
