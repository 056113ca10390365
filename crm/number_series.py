"""Number series: what documents are counted by, without gaps and without doubles.

A number is taken in the transaction that keeps its document, on a locked row: who comes at the same time waits or
begins anew, and what is rolled back gives its number back. "Q-{year}-{number:04}" counts each year from 1, a pattern
without a year counts on.
"""

from __future__ import annotations

import re
from datetime import date
from itertools import zip_longest

from sqlalchemy import ForeignKey, UniqueConstraint, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from hub.db import Base
from hub.languages import _
from hub.rows_unless_there import insert_unless_there

LONGEST = 40
MOST_DIGITS = 6  # nobody makes a million documents of a kind
_BLANK = re.compile(r"\{(year|number)(?::0([1-9]))?\}")


class NumberSeries(Base):
    """Documents that are counted together, and how their numbers are written."""

    __tablename__ = "number_series"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    pattern: Mapped[str]


class NumberCount(Base):
    """How far a series has come in a year; in the year 0 where its numbers name none."""

    __tablename__ = "number_counts"

    id: Mapped[int] = mapped_column(primary_key=True)
    series_id: Mapped[int] = mapped_column(ForeignKey("number_series.id"))
    year: Mapped[int]
    last: Mapped[int]

    __table_args__ = (UniqueConstraint("series_id", "year"),)


def take(session: Session, series: NumberSeries, on: date) -> str:
    """Take the next number of a series for a document of this day, for good if the transaction is kept."""
    year = _counted_by(series.pattern, on)
    # Who takes one from the same row waits here for us, or finds his view old and runs again.
    further = (
        update(NumberCount).where(NumberCount.series_id == series.id, NumberCount.year == year)
        .values(last=NumberCount.last + 1).returning(NumberCount.last)
        .execution_options(synchronize_session=False)
    )  # fmt: skip
    number = session.scalar(further)
    if number is None:
        insert_unless_there(session, NumberCount, series_id=series.id, year=year, last=0)
        number = session.scalar(further)
    return written(series.pattern, number or 0, on)


def upcoming(session: Session, series: NumberSeries, on: date) -> str:
    """Say which number comes next, without taking it: another may be faster."""
    year = _counted_by(series.pattern, on)
    last = session.scalar(
        select(NumberCount.last).where(NumberCount.series_id == series.id, NumberCount.year == year)
    )
    return written(series.pattern, (last or 0) + 1, on)


def written(pattern: str, number: int, on: date) -> str:
    """Write a number as its series does: Q-2026-0007."""
    values = {"year": on.year, "number": number}
    return _BLANK.sub(lambda blank: f"{values[blank[1]]:0{blank[2] or 1}}", pattern)


def fault(pattern: str) -> str:
    """Say what is wrong with a pattern, "" where nothing is."""
    if len(pattern) > LONGEST or not pattern.isprintable():
        return _("A pattern has at most %(most)s letters.", most=LONGEST)
    blanks = [blank[1] for blank in _BLANK.finditer(pattern)]
    if blanks.count("number") != 1:
        return _("A pattern has {number} in it, or {number:04} for four digits, once.")
    if set("{}") & set(_BLANK.sub("", pattern)):
        return _("A pattern knows {year} and {number} alone.")
    return ""


def may_meet(one: str, other: str, on: date) -> bool:
    """Tell whether two patterns would write the same number for two documents, of the first million of each."""
    return _writes(one, other, on) or _writes(other, one, on)


def _writes(one: str, other: str, on: date) -> bool:
    """Tell whether one pattern writes what the other does, tried with a number of each length."""
    parts = _BLANK.split(other)  # a text, the blank's name, its width, a text …
    blanks = [_digits(*pair) for pair in zip(parts[1::3], parts[2::3], strict=True)]
    form = "".join(
        text + blank for text, blank in zip_longest(map(re.escape, parts[::3]), blanks, fillvalue="")
    )
    return any(re.fullmatch(form, written(one, 10**length, on)) for length in range(MOST_DIGITS))


def _digits(name: str, width: str | None) -> str:
    if name == "year":
        return r"20\d\d"
    least = int(width or 1)
    return rf"\d{{{least},{max(least, MOST_DIGITS)}}}" if least > 1 else rf"[1-9]\d{{0,{MOST_DIGITS - 1}}}"


def _counted_by(pattern: str, on: date) -> int:
    return on.year if by_year(pattern) else 0


def by_year(pattern: str) -> bool:
    """Tell whether numbers of a pattern begin anew each year."""
    return "{year" in pattern
