"""The columns of the calendar: a day of somebody, as quarters of hours from top to bottom, with what is in them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy.orm import Session
from yarl import URL

from crm.appointment_rights import between
from crm.appointments import Appointment
from crm.setup import calendar_for
from crm.web.names import initials
from crm.web.visit_words import STATES, names_of
from hub.clock import now
from hub.languages import _
from hub.users import User, Viewer
from hub.web.moments import written

QUARTER = 15  # minutes
EARLIEST, LATEST = 7, 18  # hours that are always shown
A_DAY = 24 * 60


class Hour(msgspec.Struct, frozen=True):
    """An hour at the edge: what it is called, and its row."""

    words: str
    row: int
    hour: int


class Piece(msgspec.Struct, frozen=True):
    """A stretch of a column: its first row, and how many."""

    row: int
    rows: int


class Slot(msgspec.Struct, frozen=True):
    """An hour in which a visit can be planned by a press."""

    row: int
    rows: int
    href: str
    words: str


class Block(msgspec.Struct, frozen=True, kw_only=True):
    """A visit in a column. `href` is "" for who may not know with whom it is."""

    id: int
    href: str
    words: str
    time: str
    name: str
    about: str
    row: int
    rows: int
    before: Piece | None
    after: Piece | None
    mark: str
    state: str
    movable: bool
    starts_at: datetime


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """A day of a person, or in a week of several, a day of all of them (`person` 0)."""

    id: str
    title: str
    sub: str
    day: str
    person: int
    today: bool
    blocks: Sequence[Block]
    open: Sequence[Piece]
    slots: Sequence[Slot]
    now: int


def hours_of(
    session: Session, people: Sequence[User], since: datetime, until: datetime, zone: ZoneInfo
) -> Sequence[Hour]:
    """Give the hours that are shown: the usual ones, and as many more as somebody works or is out."""
    first, last = EARLIEST, LATEST
    for person in people:
        spans = list(calendar_for(session, person.department_id, person.id).open_spans(since, until))
        if any(end - start >= timedelta(hours=20) for start, end in spans):
            continue  # day and night
        for start, end in spans:
            first = min(first, start.astimezone(zone).hour)
            last = max(last, end.astimezone(zone).hour + 1)
    rows = between(session, _EVERYBODY, [each.id for each in people], since, until)
    for row, _sees in rows:
        start, end = row.busy_from.astimezone(zone), row.busy_until.astimezone(zone)
        same = start.date() == end.date()
        first, last = min(first, start.hour if same else 0), max(last, end.hour + 1 if same else 24)
    last = min(last, 24)
    return [Hour(f"{hour:02}:00", (hour - first) * 4 + 1, hour) for hour in range(first, last)]


_EVERYBODY = Viewer(None, "admin", None, "")  # hours alone are nobody's secret


def columns_of(
    session: Session, viewer: Viewer, people: Sequence[User], days: Sequence[date], hours: Sequence[Hour],
    zone: ZoneInfo,
) -> Sequence[Column]:  # fmt: skip
    """Give the columns: people of a day, or days of a person, or in a week of several its days."""
    first = hours[0].hour if hours else 0
    since = datetime.combine(days[0], time(), zone).astimezone(UTC)
    until = datetime.combine(days[-1] + timedelta(days=1), time(), zone).astimezone(UTC)
    rows = between(session, viewer, [each.id for each in people], since, until)
    names = names_of(session, {row.contact_id for row, sees in rows if sees})
    found = []
    for day in days:
        groups = [[each] for each in people] if len(days) == 1 or len(people) == 1 else [list(people)]
        for group in groups:
            drawn = _Drawn(
                day, zone, first, len(hours) * 4, {each.id: each for each in people}, names, len(group) > 1
            )
            found.append(_column(session, drawn, group, rows, len(days) == 1))
    return found


class _Drawn(msgspec.Struct, frozen=True):
    """What a column is drawn with."""

    day: date
    zone: ZoneInfo
    first: int
    most: int
    people: Mapping[int, User]
    names: Mapping[int, str]
    several: bool

    def piece(self, start: datetime, end: datetime) -> Piece | None:
        """Give which rows a time fills, None where it is not to be seen on this day."""
        first = self._row(start)
        # Where the clock goes back meanwhile it may show less at the end than in the beginning.
        last = max(self._row(end, up=True), first + 1 if end > start else first)
        top, bottom = max(first, 0), min(last, self.most)
        return Piece(top + 1, bottom - top) if bottom > top else None

    def _row(self, moment: datetime, *, up: bool = False) -> int:
        local = moment.astimezone(self.zone)
        minutes = (local.date() - self.day).days * A_DAY + local.hour * 60 + local.minute - self.first * 60
        return -(-minutes // QUARTER) if up else minutes // QUARTER


def _column(
    session: Session, drawn: _Drawn, group: Sequence[User], rows: Sequence[tuple[Appointment, bool]], by_person: bool  # noqa: FBT001
) -> Column:  # fmt: skip
    person = group[0] if len(group) == 1 else None
    ids, local = {each.id for each in group}, now().astimezone(drawn.zone)
    blocks = [
        block for row, sees in rows if row.person_id in ids and (block := _block(row, drawn, sees=sees)) is not None
    ]  # fmt: skip
    day = written(drawn.day, "EEE d MMM")
    line = drawn.piece(local, local + timedelta(minutes=QUARTER)) if local.date() == drawn.day else None
    return Column(
        id=f"{drawn.day}-{person.id if person else 0}", title=person.name if by_person and person else day,
        sub=day if by_person else "", day=drawn.day.isoformat(), person=person.id if person else 0,
        today=local.date() == drawn.day, blocks=blocks, now=line.row if line else 0,
        open=list(_open(session, drawn, person)) if person else (),
        slots=list(_slots(drawn, person)) if person else (),
    )  # fmt: skip


def _open(session: Session, drawn: _Drawn, person: User) -> Iterator[Piece]:
    since = datetime.combine(drawn.day, time(), drawn.zone).astimezone(UTC)
    until = datetime.combine(drawn.day + timedelta(days=1), time(), drawn.zone).astimezone(UTC)
    for start, end in calendar_for(session, person.department_id, person.id).open_spans(since, until):
        if (piece := drawn.piece(start, end)) is not None:
            yield piece


def _slots(drawn: _Drawn, person: User) -> Iterator[Slot]:
    for row in range(0, drawn.most, 4):
        at = f"{drawn.day}T{drawn.first + row // 4:02}:00"
        href = str(URL("/visits/new").with_query({"at": at, "person": str(person.id)}))
        yield Slot(row + 1, 4, href, _("New visit at %(time)s", time=at[-5:]))


def _block(row: Appointment, drawn: _Drawn, *, sees: bool) -> Block | None:
    piece = drawn.piece(row.starts_at, row.ends_at)
    if piece is None:
        return None
    start, end = row.starts_at.astimezone(drawn.zone), row.ends_at.astimezone(drawn.zone)
    mark, state = STATES[row.state]
    person = drawn.people[row.person_id]
    name = drawn.names.get(row.contact_id, "") if sees else _("Taken")
    hours = f"{start:%H:%M}-{end:%H:%M}"
    about = ", ".join(filter(None, (row.purpose, row.address))) if sees else ""
    return Block(
        id=row.id, href=f"/visits/{row.id}" if sees else "", name=name, about=about, row=piece.row, rows=piece.rows,
        time=f"{initials(person.name)} {hours}" if drawn.several else hours,
        words=_("%(name)s, %(time)s, %(who)s", name=name, time=hours, who=person.name),
        before=drawn.piece(row.busy_from, row.starts_at), after=drawn.piece(row.ends_at, row.busy_until),
        mark=mark, state=_(state), movable=sees and row.is_planned, starts_at=row.starts_at,
    )  # fmt: skip
