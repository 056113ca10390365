"""Amounts in words, as contracts have them: "one thousand two hundred and fifty Swedish kronor and 50/100".

Our own, since num2words (LGPL) writes "etttusen" and "tjugoetttusen", where Swedish never has three equal letters.
"""

from __future__ import annotations

from collections.abc import Sequence

from babel.numbers import get_currency_name, get_currency_precision

_ENGLISH = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
    "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_ENGLISH_TENS = (
    "-", "-", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety",
)  # fmt: skip
_SWEDISH = (
    "noll", "ett", "två", "tre", "fyra", "fem", "sex", "sju", "åtta", "nio", "tio", "elva", "tolv",
    "tretton", "fjorton", "femton", "sexton", "sjutton", "arton", "nitton",
)  # fmt: skip
_SWEDISH_TENS = (
    "-", "-", "tjugo", "trettio", "fyrtio", "femtio", "sextio", "sjuttio", "åttio", "nittio",
)  # fmt: skip
_ENGLISH_GREAT = ("trillion", "billion", "million", "thousand")
_SWEDISH_GREAT = (("biljon", "biljoner"), ("miljard", "miljarder"), ("miljon", "miljoner"))
_TWENTY, _HUNDRED, _THOUSAND = 20, 100, 1_000
LIMIT = 10**15


def in_words(amount: int, currency: str, language: str) -> str:
    """Say an amount, which is in the smallest unit of its currency: its whole units in words, the rest as 50/100."""
    digits = get_currency_precision(currency)
    whole, rest = divmod(abs(amount), 10**digits)
    unit = get_currency_name(currency, whole, locale="sv" if language == "sv" else "en")
    said = _swedish(whole) if language == "sv" else _english(whole)
    if said == "ett" and not unit.endswith("pund"):
        said = "en"
    below = "minus " if amount < 0 else ""
    joined = "och" if language == "sv" else "and"
    return f"{below}{said} {unit}" + (f" {joined} {rest:0{digits}}/{10**digits}" if rest else "")


def _groups(number: int) -> Sequence[int]:
    """Split a number into five groups of three digits; what is larger than all of them is none of ours."""
    if number >= LIMIT:
        raise ValueError("an amount is smaller than a thousand trillions")
    return [number // _THOUSAND**power % _THOUSAND for power in (4, 3, 2, 1, 0)]


def _english(number: int) -> str:
    if not number:
        return _ENGLISH[0]
    *great, last = _groups(number)
    words = [
        f"{_english_hundreds(each)} {name}" for each, name in zip(great, _ENGLISH_GREAT, strict=True) if each
    ]
    if last:
        words.append(
            f"and {_english_hundreds(last)}" if words and last < _HUNDRED else _english_hundreds(last)
        )
    return " ".join(words)


def _english_hundreds(number: int) -> str:
    hundreds, rest = divmod(number, _HUNDRED)
    tens, ones = divmod(rest, 10)
    small = _ENGLISH[rest] if rest < _TWENTY else _ENGLISH_TENS[tens] + (f"-{_ENGLISH[ones]}" if ones else "")
    if not hundreds:
        return small
    return f"{_ENGLISH[hundreds]} hundred" + (f" and {small}" if rest else "")


def _swedish(number: int) -> str:
    if not number:
        return _SWEDISH[0]
    *great, thousands, last = _groups(number)
    words = [
        f"{_of_millions(each)} {one if each == 1 else many}"
        for each, (one, many) in zip(great, _SWEDISH_GREAT, strict=True) if each
    ]  # fmt: skip
    # "ett" and "tusen" make "ettusen": three equal letters are written as two.
    if thousands:
        words.append(f"{_swedish_hundreds(thousands)}tusen".replace("ttt", "tt"))
    if last:
        words.append(_swedish_hundreds(last))
    return " ".join(words)


def _of_millions(number: int) -> str:
    """Count millions, which are "en" and not "ett"."""
    words = _swedish_hundreds(number)
    return f"{words.removesuffix('tt')}n" if words.endswith("ett") else words


def _swedish_hundreds(number: int) -> str:
    hundreds, rest = divmod(number, _HUNDRED)
    tens, ones = divmod(rest, 10)
    if rest < _TWENTY:
        small = _SWEDISH[rest] if rest else ""
    else:
        small = _SWEDISH_TENS[tens] + (_SWEDISH[ones] if ones else "")
    return (f"{_SWEDISH[hundreds]}hundra" if hundreds else "") + small
