"""A derivation in words and as a bar: why a deadline is due when it is due."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import groupby
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date

from crm.derivation import Derivation, Kind, Pause, Piece, worked
from hub.languages import N_, _, listener, ngettext

MINUTE = 60

_AWAY = "away: "
_DASH = " \N{EN DASH} "
_ORDINARY = {"worked", "closed"}
_TOLD_ONE_BY_ONE = 2
_NEAR = 6
_MOMENT = timedelta(microseconds=1)
_Step = tuple[Piece, tuple[str, str]]


def told(derivation: Derivation, zone: str) -> str:
    """Tell it: "Fri 17:50 request · 10 min until close · Mon 09:00 opens · due Mon 09:05"."""
    return " · ".join(_Telling(derivation, ZoneInfo(zone)).phrases())


def bar(derivation: Derivation, until: datetime | None = None) -> list[tuple[Kind, float, str]]:
    """Give kind, share of the whole (0 to 1, of real time) and label of each piece.

    A pause that is still open is drawn up to `until`.
    """
    drawn = list(derivation.pieces)
    if derivation.held and until:
        begin = max(derivation.held.from_, derivation.start)
        drawn.append(Piece("held", begin, max(begin, until), derivation.held.why))
    whole = sum((piece.length for piece in drawn), timedelta())
    return [(piece.kind, piece.length / whole, _label(piece)) for piece in drawn if piece.length]


def reason(why: str) -> str:
    """Tell the reason of a piece: a word of ours, the name of a holiday, or what a person wrote."""
    if why.startswith(_AWAY):
        return _("away: %(why)s", why=why.removeprefix(_AWAY))
    return _(why)


def promised(seconds: int, days: int) -> str:
    """Write what is promised: "2 working days", "4 h", "15 min"."""
    if days:
        return working_days(days)
    return duration(timedelta(seconds=seconds)) if seconds >= MINUTE else _("%(n)s s", n=seconds)


def working_days(number: int) -> str:
    """Write "1 working day", "3 working days"."""
    return ngettext("%(num)s working day", "%(num)s working days", number)


class _Telling:
    """One derivation told in one time zone, in phrases."""

    def __init__(self, derivation: Derivation, zone: ZoneInfo) -> None:
        self.derivation = derivation
        self.zone = zone
        self.today = derivation.start.astimezone(zone).date()

    def phrases(self) -> Iterator[str]:
        """Give the start, what came between, and the end."""
        begins = N_("%(at)s set by hand") if self.derivation.by_hand else N_("%(at)s request")
        yield _(begins, at=self._stamp(self.derivation.start))
        if self.derivation.days:
            yield self._counted_in_days()
        for ordinary, group in groupby(self._steps(), lambda step: step[0].kind in _ORDINARY):
            steps = list(group)
            yield from self._run(steps) if ordinary else self._each(steps)
        if self.derivation.due:
            yield _("due %(at)s", at=self._stamp(self.derivation.due))
        elif self.derivation.held:
            yield self._still_held(self.derivation.held)

    def _counted_in_days(self) -> str:
        """Say how many days, and what the last of them came to."""
        found, days = self.derivation, working_days(self.derivation.days)
        first = next((piece.from_ for piece in found.pieces if piece.kind == "worked"), found.start)
        if found.due is None or any(piece.kind == "held" for piece in found.pieces):
            return _("%(days)s, %(time)s of work", days=days, time=duration(found.promise))
        began, ends = (moment.astimezone(self.zone).time() for moment in (first, found.due))
        if began == ends:
            return _("%(days)s, to the same hour", days=days)
        if ends < began:
            return _("%(days)s, to the end of that day's work", days=days)
        return _("%(days)s, to the beginning of that day's work", days=days)

    def _steps(self) -> Iterator[_Step]:
        """Pair each piece with the kind and reason of what comes after it, which decides how it is told."""
        after = [(str(piece.kind), piece.why) for piece in self.derivation.pieces[1:]]
        after.append(("held", "") if self.derivation.held else ("due", ""))
        return zip(self.derivation.pieces, after, strict=False)

    def _run(self, steps: list[_Step]) -> Iterator[str]:
        """Tell ordinary days: two stretches of work one by one, of more the first and the sum of the rest."""
        told = [n for n, (piece, (kind, _)) in enumerate(steps) if piece.kind == "worked" and kind != "due"]
        if len(told) <= _TOLD_ONE_BY_ONE:
            yield from self._each(steps)
            return
        first, last = told[0], told[-1]
        yield from self._each(steps[: first + 1])
        rest = worked(piece for piece, _ in steps[first + 1 : last + 1])
        yield _("then %(time)s until %(at)s", time=duration(rest), at=self._stamp(steps[last][0].to))
        yield from self._each(steps[last + 1 :])

    def _each(self, steps: Iterable[_Step]) -> Iterator[str]:
        for piece, after in steps:
            if piece.kind == "worked":
                yield from _work(piece, after)
            elif piece.kind == "held":
                yield self._comma(_("held %(span)s", span=self._range(piece)), piece.why)
            elif piece.kind == "away":
                yield f"{self._range(piece)} {reason(piece.why)}"
            else:
                yield from self._closure(piece, after[0])

    def _closure(self, piece: Piece, after: str) -> Iterator[str]:
        if piece.kind == "holiday":
            days = {at.astimezone(self.zone).date() for at in (piece.from_, piece.to - _MOMENT)}
            yield f"{_DASH.join(self._day(day) for day in sorted(days))} {reason(piece.why)}"
        if after == "worked":
            yield _("%(at)s opens", at=self._stamp(piece.to))

    def _still_held(self, pause: Pause) -> str:
        since = self._comma(_("held since %(at)s", at=self._stamp(pause.from_)), pause.why)
        return f"{since} · {_('%(time)s left', time=duration(self.derivation.left))}"

    def _comma(self, what: str, why: str) -> str:
        return f"{what}, {why}" if why else what

    def _range(self, piece: Piece) -> str:
        first, last = piece.from_.astimezone(self.zone), piece.to.astimezone(self.zone)
        end = f"{last:%H:%M}" if first.date() == last.date() else self._stamp(piece.to)
        return f"{self._stamp(piece.from_)}{_DASH}{end}"

    def _stamp(self, moment: datetime) -> str:
        local = moment.astimezone(self.zone)
        return f"{self._day(local.date())} {local:%H:%M}"

    def _day(self, day: date) -> str:
        """Name a day of the week, with its date when it is more than six days from the start."""
        near = abs((day - self.today).days) <= _NEAR
        return _named(day, "EEE" if near else "EEE d MMM", listener().locale)


@lru_cache(maxsize=200)
def _named(day: date, pattern: str, locale: Locale) -> str:
    """Name a day; those of a week are told all the time."""
    return format_date(day, pattern, locale)


def _work(piece: Piece, after: tuple[str, str]) -> Iterator[str]:
    kind, why = after
    if kind in {"held", "away"}:
        yield _("%(time)s worked", time=duration(piece.length))
    elif kind != "due" and why == "lunch break":
        yield _("%(time)s until lunch break", time=duration(piece.length))
    elif kind != "due":
        yield _("%(time)s until close", time=duration(piece.length))


def _label(piece: Piece) -> str:
    if piece.kind == "worked":
        return duration(piece.length)
    if piece.kind == "held":
        return _("held: %(why)s", why=piece.why) if piece.why else _("held")
    return reason(piece.why)


def duration(length: timedelta) -> str:
    """Write "10 min", "1 h 5 min", "8 h"; to the nearest minute."""
    hours, minutes = divmod(round(length.total_seconds() / 60), 60)
    if hours and minutes:
        return _("%(h)s h %(m)s min", h=hours, m=minutes)
    if hours:
        return _("%(h)s h", h=hours)
    return _("%(m)s min", m=minutes) if minutes or not length else _("less than 1 min")
