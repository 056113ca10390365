"""What can come of a call: each department's own words, each with a key, and perhaps with a task that follows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import ForeignKey, Index, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from hub import audit
from hub.clock import now
from hub.db import Base
from hub.languages import N_, _
from hub.said import said
from hub.users import Viewer

WORDS = 60  # letters
MOST = 9  # one for each key
LONGEST = {"minutes": 60 * 24, "days": 366}
UNITS = {"minutes": N_("working minutes"), "days": N_("working days")}
DONE, AGAIN, STOP = "done", "again", "stop"
IN_LISTS = {
    DONE: N_("they are done"),
    AGAIN: N_("they are called again"),
    STOP: N_("they are never called again"),
}
# What is offered to a department that has none, and what follows from it.
OFFERED = (
    (N_("Settled"), 0, "minutes", DONE), (N_("Wants an offer"), 1, "days", DONE),
    (N_("Appointment made"), 0, "minutes", DONE), (N_("Calls again"), 0, "minutes", DONE),
    (N_("We call again"), 60, "minutes", AGAIN), (N_("Wrong number"), 0, "minutes", STOP),
)  # fmt: skip


class CallResult(Base):
    """One thing that can come of a call. `key` is "1" to "9"; `follow_in` in `follow_unit` makes a task, 0 none.

    `in_lists` is what it means for somebody on a dialling list: done, again or stop.
    """

    __tablename__ = "call_results"

    id: Mapped[int] = mapped_column(primary_key=True)
    department_id: Mapped[int] = mapped_column(ForeignKey("departments.id"))
    words: Mapped[str]
    key: Mapped[str]
    follow_in: Mapped[int] = mapped_column(default=0)
    follow_unit: Mapped[str] = mapped_column(default="minutes")
    in_lists: Mapped[str] = mapped_column(default=DONE)
    retired_at: Mapped[datetime | None]

    __table_args__ = (Index("ix_call_results_department", "department_id"),)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What can be said of a result."""

    words: str
    key: str
    follow_in: int = 0
    follow_unit: str = "minutes"
    in_lists: str = DONE


def results_of(session: Session, department_id: int | None, *, retired: bool = False) -> Sequence[CallResult]:
    """Give what can come of a department's calls, by key; with `retired` also what no longer can, last."""
    wanted = select(CallResult).where(CallResult.department_id == department_id)
    if not retired:
        wanted = wanted.where(CallResult.retired_at.is_(None))
    found = session.scalars(wanted).all()
    return sorted(found, key=lambda each: (each.retired_at is not None, each.key, each.id))


def faults(
    session: Session, department_id: int, wanted: Wanted, result: CallResult | None
) -> Mapping[str, str]:
    """Say by field what is wrong; `result` is None for a new one."""
    found = {}
    others = [each for each in results_of(session, department_id) if result is None or each.id != result.id]
    if not wanted.words or len(wanted.words) > WORDS:
        found["words"] = _("A result has 1 to %(most)s letters.", most=WORDS)
    elif any(each.words.casefold() == wanted.words.casefold() for each in others):
        found["words"] = _("There is a result of these words already.")
    if wanted.key not in keys():
        found["key"] = _("Choose one of the digits 1 to 9.")
    elif any(each.key == wanted.key for each in others):
        found["key"] = _("This digit has a result already.")
    if wanted.in_lists not in IN_LISTS:
        found["in_lists"] = _("Choose what it means for somebody on a dialling list.")
    if wanted.follow_unit not in UNITS or not 0 <= wanted.follow_in <= LONGEST[wanted.follow_unit]:
        found["follow_in"] = _("A task follows within a day of minutes, or a year of days.")
    return found


def keys() -> tuple[str, ...]:
    """Give the keys, in order."""
    return tuple(str(digit) for digit in range(1, MOST + 1))


def free_key(session: Session, department_id: int) -> str:
    """Give the first key that no result has, "" where all are taken."""
    taken = {each.key for each in results_of(session, department_id)}
    return next((key for key in keys() if key not in taken), "")


def make(session: Session, viewer: Viewer, department_id: int, wanted: Wanted) -> CallResult:
    """Make a result."""
    result = CallResult(department_id=department_id, **asdict(wanted))
    session.add(result)
    session.flush()
    changes = audit.differences({}, asdict(wanted))
    audit.record(session, viewer, audit.MADE, "call_result", result.id, changes=changes)
    return result


def make_offered(session: Session, viewer: Viewer, department_id: int) -> int:
    """Make those that are offered, for a department that has none; gives how many."""
    if results_of(session, department_id):
        return 0
    for key, (words, follow_in, unit, in_lists) in zip(keys(), OFFERED, strict=False):
        make(session, viewer, department_id,
             Wanted(words=_(words), key=key, follow_in=follow_in, follow_unit=unit, in_lists=in_lists))  # fmt: skip
    return len(OFFERED)


def change(session: Session, viewer: Viewer, result: CallResult, wanted: Wanted) -> None:
    """Have a result be as wanted; what it says of calls that are over changes with it."""
    before = {name: getattr(result, name) for name in asdict(wanted)}
    for name, value in asdict(wanted).items():
        setattr(result, name, value)
    if changes := audit.differences(before, asdict(wanted)):
        audit.record(session, viewer, audit.CHANGED, "call_result", result.id, changes=changes)


def retire(session: Session, viewer: Viewer, result: CallResult) -> None:
    """Have a result chosen no more; calls that have it keep it."""
    if result.retired_at is None:
        result.retired_at = now()
        audit.record(session, viewer, audit.CHANGED, "call_result", result.id, words=said("retired"))


def take_up(session: Session, viewer: Viewer, result: CallResult) -> None:
    """Have a retired result chosen again, by its key or, where that is taken, by the first free one."""
    if result.retired_at is None:
        return
    taken = {each.key for each in results_of(session, result.department_id)}
    if result.key in taken:
        result.key = free_key(session, result.department_id) or result.key
    result.retired_at = None
    audit.record(session, viewer, audit.CHANGED, "call_result", result.id, words=said("taken up again"))
