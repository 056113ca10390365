"""What files of banks say, whatever their form: statements with their balances and entries."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from datetime import date

import msgspec

LARGEST = 10 * 1024 * 1024
MOST_ENTRIES = 20_000
LONGEST = 500  # letters of a text


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """An entry as it is read; `key` is the bank's own reference of it, "" where it gives none."""

    booked_on: date
    amount: int
    currency: str
    name: str = ""
    text: str = ""
    reference: str = ""
    key: str = ""
    is_reversal: bool = False


class Statement(msgspec.Struct, frozen=True, kw_only=True):
    """A statement as it is read. `account` is an IBAN or as the bank writes it, "" where the file does not say."""

    account: str
    currency: str
    key: str
    entries: tuple[Entry, ...]
    opening: int | None = None
    closing: int | None = None


class Unreadable(ValueError):
    """A file makes no sense as a whole; the words say why, and where."""


def keys_of(entries: Sequence[Entry]) -> list[str]:
    """Give what each entry is known by: the bank's reference, or what it says, and which of those it is that say so."""
    seen: Counter[str] = Counter()
    keys = []
    for entry in entries:
        key = entry.key or _digest(entry)
        seen[key] += 1
        keys.append(key if seen[key] == 1 else f"{key}#{seen[key]}")
    return keys


def one_line(text: str, most: int = LONGEST) -> str:
    """Give a text on one line, without what no person wrote."""
    return " ".join("".join(each if each.isprintable() else " " for each in text[: 4 * most]).split())[:most]


def _digest(entry: Entry) -> str:
    parts = (
        entry.booked_on.isoformat(),
        str(entry.amount),
        entry.currency,
        entry.name,
        entry.text,
        entry.reference,
    )
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()
