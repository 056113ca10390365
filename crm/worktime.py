"""Working-time arithmetic: when a promise is due, how much of it is left, when to remind.

All arithmetic is on real elapsed time within open pieces, so that a night shift over a daylight-saving change
has its seven or nine hours. It is done when a promise is made, held or resumed, not when a clock is checked.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import msgspec

from crm.days import moments, pieces_of
from crm.derivation import Derivation, Pause, Piece, joined, worked
from crm.working_hours import WorkingHours
from hub.languages import _

PATIENCE = 400
TRIED = 30  # days on which it is such an hour
"""How many days in a row a calendar may stay closed before we say that it never opens."""

NEAR = timedelta(days=2)
LONGEST = timedelta(days=366)
"""The most working time that a promise can have; more is a mistake in a policy."""


class NeverOpens(ValueError):
    """A promise cannot become due: nobody works for 400 days. Check the week, exceptions and absences."""


class Absence(msgspec.Struct, frozen=True, rename={"from_": "from"}):
    """A person is not there from one moment until another (aware); `why` is a word such as "Ill"."""

    from_: datetime
    to: datetime
    why: str = ""


class Calendar(msgspec.Struct, frozen=True):
    """The working time of whoever holds the promise: combined hours, less that person's absences."""

    hours: WorkingHours
    absences: tuple[Absence, ...] = ()

    def open_spans(self, start: datetime, until: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Give the open time between two moments as pairs in UTC, in order; nothing when all is closed."""
        pieces = joined(self.pieces(start, until))
        return ((piece.from_, piece.to) for piece in pieces if piece.kind == "worked")

    def pieces(self, start: datetime, until: datetime | None = None) -> Iterator[Piece]:
        """Tile the time from start; without an end it goes on, or raises NeverOpens when no work comes."""
        away = _blocks(Piece("away", _utc(gone.from_), _utc(gone.to), _away(gone)) for gone in self.absences)
        shut = 0
        for day in _days_from(start.astimezone(ZoneInfo(self.hours.zone)).date()):
            laid = pieces_of(self.hours, day)
            laid = tuple(_lay(away, laid)) if away else laid
            is_whole = laid and start <= laid[0].from_ and not (until and until < laid[-1].to)
            yield from laid if is_whole else _cut(laid, start, until)
            if until and laid and laid[-1].to >= until:
                return
            shut = 0 if any(piece.kind == "worked" for piece in laid) else shut + 1
            if not until and shut >= PATIENCE:
                raise NeverOpens(_never(day))


def day_ends(calendar: Calendar, at: datetime) -> datetime:
    """Give when the work of a moment's day ends; when the day itself does, if nobody works any more then."""
    zone = ZoneInfo(calendar.hours.zone)
    midnight = datetime.combine(at.astimezone(zone).date() + timedelta(days=1), time(), zone).astimezone(UTC)
    return max((ends for _begins, ends in calendar.open_spans(at, midnight)), default=midnight)


def next_open(at: datetime, calendar: Calendar) -> datetime:
    """Give the moment itself if somebody works then, or when work begins again."""
    return next((begins for begins, _ends in calendar.open_spans(at, at + timedelta(days=PATIENCE))), at)


def at_hour(after: datetime, hour: str, calendar: Calendar, *, working: bool) -> datetime:
    """Give when it is such an hour (09:00) next by the calendar's clock, not before `after`.

    If `working`, on a day on which somebody works then; where nobody ever does, on the next one.
    """
    zone, at = ZoneInfo(calendar.hours.zone), time.fromisoformat(hour)
    day, minutes = after.astimezone(zone).date(), at.hour * 60 + at.minute
    shown = (each for days in range(TRIED) for each in moments(zone, day + timedelta(days=days), minutes))
    later = [each for each in shown if each >= after]
    if not working:
        return later[0]
    return next((each for each in later if next_open(each, calendar) == each), later[0])


def due(
    start: datetime, promise: timedelta, calendar: Calendar, pauses: Sequence[Pause] = (), *, to_opening: bool = False
) -> Derivation:  # fmt: skip
    """Work out when `promise` of working time from start (aware) has passed, and why.

    Time within a pause does not count; with an open pause before the promise is up there is no due time. What is up
    exactly when work ends is due then, or with `to_opening` when work begins again.
    Raises ValueError for a promise below nothing or beyond a year of work, and NeverOpens.
    """
    begin = _begin(start, promise)
    held = min((pause for pause in pauses if not pause.to), key=lambda pause: pause.from_, default=None)
    pieces, end = _worked_off(
        promise, _timeline(calendar, begin, held.from_ if held else None, pauses), to_opening=to_opening
    )
    if not promise:
        end = begin
    return Derivation(
        start=begin, promise=promise, due=end, pieces=tuple(joined(pieces)), held=None if end else held
    )


def at_once(start: datetime, promise: timedelta) -> Derivation:
    """Work out the same where all time counts, day and night."""
    begin = _begin(start, promise)
    end = begin + promise
    pieces = (Piece("worked", begin, end, "open"),) if promise else ()
    return Derivation(start=begin, promise=promise, due=end, pieces=pieces)


def _begin(start: datetime, promise: timedelta) -> datetime:
    if not timedelta() <= promise <= LONGEST:
        most = LONGEST.days * 24
        raise ValueError(_("A promise has at most %(hours)s hours of working time", hours=most))
    return _utc(start)


def worked_between(
    start: datetime, until: datetime, calendar: Calendar, pauses: Sequence[Pause] = ()
) -> timedelta:
    """Add up the working time between two moments; nothing when they are the wrong way round."""
    return worked(_timeline(calendar, _utc(start), _utc(until), pauses))


def left(at: datetime, due_at: datetime, calendar: Calendar, pauses: Sequence[Pause] = ()) -> timedelta:
    """Give the working time that is left until the deadline; below nothing, it is that much late."""
    return worked_between(at, due_at, calendar, pauses) - worked_between(due_at, at, calendar, pauses)


def before(
    due_at: datetime, lead: timedelta, calendar: Calendar, start: datetime, pauses: Sequence[Pause] = ()
) -> datetime:
    """Give the last moment with `lead` of working time before the deadline, but none before start.

    When lead reaches back exactly to an opening, that is the opening and not the close before it: a reminder
    is for somebody who is there.
    """
    if not lead:
        return _utc(due_at)
    begin, end = _utc(start), _utc(due_at)
    # Mostly it lies within the last days; only where it does not, all the time is looked through.
    for since in (max(begin, end - lead - NEAR), begin):
        rest = lead
        for piece in reversed(counted(since, end, calendar, pauses)):
            if piece.length >= rest:
                return piece.to - rest
            rest -= piece.length
    return begin


def counted(
    start: datetime, until: datetime, calendar: Calendar, pauses: Sequence[Pause] = ()
) -> list[Piece]:
    """Give the pieces of work between two moments that count, in order."""
    pieces = _timeline(calendar, _utc(start), _utc(until), pauses)
    return [piece for piece in pieces if piece.kind == "worked"]


def _worked_off(
    promise: timedelta, pieces: Iterable[Piece], *, to_opening: bool
) -> tuple[list[Piece], datetime | None]:
    """Take pieces until the promise is worked off: give them, the last one cut, and the moment it ends."""
    taken: list[Piece] = []
    if not promise:
        return taken, None
    for piece in pieces:
        if piece.kind == "worked":
            if piece.length > promise or (piece.length == promise and not to_opening):
                end = piece.from_ + promise
                return [*taken, *_cut((piece,), piece.from_, end)], end
            promise -= piece.length
        taken.append(piece)
    return taken, None


def _timeline(
    calendar: Calendar, start: datetime, until: datetime | None, pauses: Sequence[Pause]
) -> Iterator[Piece]:
    """Lay the pauses over the calendar; one that is open lasts until the end, which must then be given."""
    held = _blocks(
        Piece("held", _utc(pause.from_), _utc(pause.to or until or pause.from_), pause.why)
        for pause in pauses
    )
    return _lay(held, calendar.pieces(start, until and _utc(until)))


def _blocks(pieces: Iterable[Piece]) -> list[Piece]:
    return sorted((piece for piece in pieces if piece.from_ < piece.to), key=lambda piece: piece.from_)


def _lay(blocks: Sequence[Piece], pieces: Iterable[Piece]) -> Iterator[Piece]:
    """Let blocks, in order of their start, cover what they touch of pieces that tile a time."""
    if not blocks:
        yield from pieces
        return
    for piece in pieces:
        at = piece.from_
        for block in blocks:
            if at < block.to and block.from_ < piece.to and at < piece.to:
                yield from _cut((piece,), at, block.from_)
                yield from _cut((block,), at, piece.to)
                at = min(block.to, piece.to)
        yield from _cut((piece,), at, None)


def _cut(pieces: Iterable[Piece], start: datetime, until: datetime | None) -> Iterator[Piece]:
    """Give what lies between two moments of some pieces."""
    for piece in pieces:
        begin = max(piece.from_, start)
        end = min(piece.to, until) if until else piece.to
        if begin == piece.from_ and end == piece.to:
            yield piece
        elif begin < end:
            yield Piece(piece.kind, begin, end, piece.why)


def _days_from(day: date) -> Iterator[date]:
    while True:
        yield day
        day += timedelta(days=1)


def _away(absence: Absence) -> str:
    return f"away: {absence.why}" if absence.why else "away"


def _never(day: date) -> str:
    return _(
        "nobody works for %(days)s days up to %(day)s: check the week, exceptions and absences",
        days=PATIENCE, day=day,
    )  # fmt: skip


def _utc(when: datetime) -> datetime:
    if not when.tzinfo:
        msg = f"{when} has no time zone; moments are aware"
        raise ValueError(msg)
    return when.astimezone(UTC)
