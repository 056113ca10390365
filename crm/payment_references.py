"""References of payments: what a payer writes, so that we know which invoice he pays.

Euros and all else have a creditor reference of ISO 11649, "RF18 2026 0007": two check digits by modulo 97 (ISO 7064).
Kronor have an OCR number as Bankgirot describes it ("OCR-referenskontroll", with a length digit): the digits, the last
digit of their whole count, and a check digit by modulo 10.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

MOST = 21  # letters of a reference behind RF and its check digits
LONGEST_OCR = 25
_RF = re.compile(r"RF\d{2}[A-Z0-9]{1,21}")
_WORDS = re.compile(r"[A-Za-z0-9]+")
_LONGEST_TEXT = 2_000  # letters in which a reference is looked for
_TOGETHER = 8  # groups in which a reference may be written: RF18 2026 0007


def reference(number: str, currency: str) -> str:
    """Give the reference of an invoice by its number; "" for a number without digits."""
    digits = "".join(letter for letter in number if letter.isascii() and letter.isdigit())
    if not digits:
        return ""
    return ocr(digits) if currency == "SEK" and len(digits) <= LONGEST_OCR - 2 else rf(digits)


def rf(digits: str) -> str:
    """Put the check digits before them."""
    bare = digits[-MOST:]
    return f"RF{98 - _modulo(f'{bare}RF00'):02}{bare}"


def ocr(digits: str) -> str:
    """Put the length and the check digit behind them."""
    long = f"{digits}{(len(digits) + 2) % 10}"
    return f"{long}{_luhn(long)}"


def is_sound(text: str) -> bool:
    """Tell whether a reference, without blanks and in capitals, checks out."""
    if _RF.fullmatch(text):
        return _modulo(text[4:] + text[:4]) == 1
    return text.isascii() and text.isdigit() and len(text) > 2 and ocr(text[:-2]) == text  # noqa: PLR2004 - see ocr


def written(text: str) -> str:
    """Write a reference as people read it: RF18 2026 0007; OCR numbers in one piece."""
    return " ".join(text[at : at + 4] for at in range(0, len(text), 4)) if text.startswith("RF") else text


def bare(text: str) -> str:
    """Give a reference without what people put between its letters, in capitals."""
    return "".join(_WORDS.findall(text[:_LONGEST_TEXT])).upper()


def found_in(text: str) -> Iterator[str]:
    """Give each reference that a text may hold, in whatever groups it is written, the longest first."""
    words = [word.upper() for word in _WORDS.findall(text[:_LONGEST_TEXT])]
    seen: set[str] = set()
    for count in range(_TOGETHER, 0, -1):
        for at in range(len(words) - count + 1):
            joined = "".join(words[at : at + count])
            if len(joined) <= MOST + 4 and joined not in seen and is_sound(joined):
                seen.add(joined)
                yield joined


def _modulo(text: str) -> int:
    return int("".join(str(int(letter, 36)) for letter in text)) % 97


def _luhn(digits: str) -> int:
    doubled = (int(digit) * (2 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(digits)))
    return -sum(each - 9 if each > 9 else each for each in doubled) % 10  # noqa: PLR2004 - the digits' sum
