"""Entries that files of two forms tell of: CSV and camt.053 of the same days name one payment by different keys.

Only files of different forms are compared: of one form each entry has a key that holds. Alike are two of one account by
day and sum. They are the same where the reference or the payer says so too; two others where both speak against it;
what is neither is kept, and marked, and a person says what it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.bank_statements import BankEntry, BankStatement
from crm.folding import fold
from crm.statement_values import Entry

SHORTEST = 4  # signs of a reference that may be looked for in a text
DAYS = 300  # that are asked for at once


def twins(
    session: Session, account: str, form: str, entries: Mapping[str, Entry]
) -> tuple[dict[str, int], dict[str, int]]:
    """Give by key which of these entries stand there already from a file of another form, and which of them maybe."""
    there = _there(session, account, form, entries)
    same = _paired(entries, there, sure=True)
    rest = {key: entry for key, entry in entries.items() if key not in same}
    left = [each for each in there if each.id not in set(same.values())]
    return same, _paired(rest, left, sure=False)


def _there(session: Session, account: str, form: str, entries: Mapping[str, Entry]) -> list[BankEntry]:
    days = sorted({entry.booked_on for entry in entries.values()})
    named = select(BankEntry.maybe_id).where(BankEntry.account == account, BankEntry.maybe_id.is_not(None))
    found: list[BankEntry] = []
    for at in range(0, len(days), DAYS):
        rows = (
            select(BankEntry).join(BankStatement, BankStatement.id == BankEntry.statement_id)
            .where(
                BankEntry.account == account, BankStatement.format != form, BankEntry.maybe_id.is_(None),
                BankEntry.booked_on.in_(days[at : at + DAYS]), BankEntry.id.not_in(named),
            )
            .order_by(BankEntry.id)
        )  # fmt: skip
        found += session.scalars(rows)
    return found


def _paired(entries: Mapping[str, Entry], there: Sequence[BankEntry], *, sure: bool) -> dict[str, int]:
    """Pair each with one that stands there, and that with no other."""
    alike: dict[tuple[object, ...], list[BankEntry]] = {}
    for each in there:
        alike.setdefault((each.booked_on, each.amount, each.currency), []).append(each)
    found: dict[str, int] = {}
    for key, entry in entries.items():
        others = alike.get((entry.booked_on, entry.amount, entry.currency), [])
        twin = next(
            (each for each in others if _is_same(entry, each) in ({True} if sure else {True, None})), None
        )
        if twin is not None:
            others.remove(twin)
            found[key] = twin.id
    return found


def _is_same(one: Entry, other: BankEntry) -> bool | None:
    """Tell whether two that are alike are the same; None where nothing tells."""
    by_reference, by_name = _by_reference(one, other), _agree(fold(one.name), fold(other.name))
    if by_reference is not None and by_name is not None and by_reference != by_name:
        return None
    return by_name if by_reference is None else by_reference


def _by_reference(one: Entry, other: BankEntry) -> bool | None:
    mine, yours = fold(one.reference), fold(other.reference)
    if mine and yours:
        return mine == yours
    # Some forms have no column for it, and say it among the words.
    looked, words = (mine, fold(other.text)) if mine else (yours, fold(one.text))
    return True if len(looked) >= SHORTEST and looked in words else None


def _agree(mine: str, yours: str) -> bool | None:
    return mine == yours if mine and yours else None
