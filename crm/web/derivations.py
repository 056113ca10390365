"""Why a deadline is due when it is due, for the eye: a bar of its pieces, and lines that add up to it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from crm.derivation import Derivation, Piece
from crm.derivation_words import duration, reason, told, working_days
from hub.clock import now
from hub.languages import N_, _
from hub.web.moments import written

MOST_LINES = 9
AT_THE_START, AT_THE_END = 4, 3  # lines that stay when there are more
MINUTE = timedelta(minutes=1)
NEAR = timedelta(days=6)
SHORTEST = 0.5  # minutes, so that a piece of seconds still shows


class Part(msgspec.Struct, frozen=True):
    """A part of the bar."""

    kind: str
    minutes: float


class Line(msgspec.Struct, frozen=True):
    """A line under it."""

    kind: str
    text: str
    value: str


class DerivationView(msgspec.Struct, frozen=True, kw_only=True):
    """A derivation, drawn and told."""

    pieces: Sequence[Part]
    lines: Sequence[Line]
    starts: str
    due: str
    now: str
    total: str
    sum: str
    spoken: str


def derivation_view(found: Derivation, policy: str, zone: ZoneInfo, moment: datetime) -> DerivationView:
    """Show a derivation as it stands at a moment, which for a promise that was kept is when it was."""
    end = _stamp(found.due, zone) if found.due else ""
    late = found.due is not None and moment > found.due
    return DerivationView(
        pieces=[_part(kind, real, found.promise) for kind, real in _drawn(found, moment) if real],
        lines=_short(list(_lines(found, zone, moment))),
        starts=_stamp(found.start, zone),
        due=_("due %(at)s", at=end) if end else _("held"),
        now=_stamp(moment, zone) if late else "",
        total=_total(found, policy),
        sum=f"= {end}" if end else _("%(time)s left", time=_work(found.left)),
        spoken=told(found, zone.key).replace(" · ", ", "),
    )


def length(whole: timedelta) -> str:
    """Say a length as it is counted: "10 min", "1 h 5 min", "2 d 15 h"."""
    minutes = round(whole.total_seconds() / 60)
    if not minutes:
        return _("%(n)s s", n=round(whole.total_seconds()))
    days, rest = divmod(minutes, 24 * 60)
    parts = [(days, _("%(n)s d", n=days)), (rest // 60, _("%(n)s h", n=rest // 60)),
             (rest % 60 if not days else 0, _("%(n)s min", n=rest % 60))]  # fmt: skip
    return " ".join(words for number, words in parts if number)


def _total(found: Derivation, policy: str) -> str:
    """Say what was promised: a day of work is said in days only where it was promised so."""
    if found.by_hand:
        return _("%(time)s, until the time that was set by hand", time=length(found.promise))
    if found.days:
        days = working_days(found.days)
        return _(
            "%(days)s with %(time)s of work, rule “%(rule)s”",
            days=days,
            time=_work(found.promise),
            rule=policy,
        )
    return _("%(time)s of working time, rule “%(rule)s”", time=_work(found.promise), rule=policy)


def _work(whole: timedelta) -> str:
    """Say how long work is done, which is counted in hours and never in days of the clock."""
    return duration(whole) if whole >= MINUTE else length(whole)


def _drawn(found: Derivation, moment: datetime) -> Iterator[tuple[str, timedelta]]:
    """Give kind and length up to the end of the bar; work that is still to come is what is left."""
    for piece in found.pieces:
        if piece.kind != "worked":
            yield _kind(piece), piece.length
            continue
        done = min(max(moment, piece.from_), piece.to)
        yield "worked", done - piece.from_
        yield "left", piece.to - done
    if found.held and found.due is None:
        yield "held", max(timedelta(), moment - max(found.held.from_, found.start))
        yield "left", found.left
    elif found.due and moment > found.due:
        yield "late", moment - found.due


def _part(kind: str, real: timedelta, promise: timedelta) -> Part:
    """Give a piece its share; what is no work is at most as long as it, or a weekend would hide the work."""
    shown = real if kind in {"worked", "left"} else min(real, promise)
    return Part(kind, max(SHORTEST, shown.total_seconds() / 60))


def _lines(found: Derivation, zone: ZoneInfo, moment: datetime) -> Iterator[Line]:
    began = False
    if not found.pieces or found.pieces[0].kind != "worked":
        yield Line("closed", _("Request %(at)s", at=_stamp(found.start, zone)), "")
    for piece in found.pieces:
        if piece.kind == "worked":
            again = _("Clock runs again") if began else _("Clock starts")
            asked = N_("Set %(at)s, clock starts") if found.by_hand else N_("Request %(at)s, clock starts")
            first = _(asked, at=_stamp(found.start, zone))
            yield Line("worked", first if piece.from_ == found.start else again, length(piece.length))
            began = True
        else:
            yield Line(_kind(piece), *_pause(piece, zone))
    if found.held and found.due is None:
        yield Line("held", _held(found.held.why), _("since %(at)s", at=_stamp(found.held.from_, zone)))
    elif found.due and moment > found.due:
        gone = moment - found.due
        yield Line("late", _("Overdue by"), length(max(MINUTE, gone - gone % MINUTE)))  # as its clock says it


def _pause(piece: Piece, zone: ZoneInfo) -> tuple[str, str]:
    """Tell what stood between, and how long."""
    if piece.kind == "held":
        return _held(piece.why), _range(piece, zone)
    until = _stamp(piece.to, zone)
    if piece.kind == "closed":
        ordinary = piece.why in {"night", "weekend", "closed", ""}
        why = reason(piece.why)
        told = (
            _("Closed until %(at)s", at=until)
            if ordinary
            else _("%(why)s until %(at)s", why=why[:1].upper() + why[1:], at=until)
        )
        return told, length(piece.length)
    return _("%(why)s, until %(at)s", why=reason(piece.why), at=until), length(piece.length)


def _short(lines: list[Line]) -> list[Line]:
    """Leave out the middle of a long way."""
    if len(lines) <= MOST_LINES:
        return lines
    hidden = len(lines) - AT_THE_START - AT_THE_END
    told = Line("closed", _("… %(n)s more steps of work and closing", n=hidden), "")
    return [*lines[:AT_THE_START], told, *lines[-AT_THE_END:]]


def _kind(piece: Piece) -> str:
    return "closed" if piece.kind in {"holiday", "away"} else piece.kind


def _held(why: str) -> str:
    return _("Held: %(why)s", why=why) if why else _("Held")


def _range(piece: Piece, zone: ZoneInfo) -> str:
    first, last = piece.from_.astimezone(zone), piece.to.astimezone(zone)
    end = f"{last:%H:%M}" if first.date() == last.date() else _stamp(piece.to, zone)
    return f"{_stamp(piece.from_, zone)} – {end}"  # noqa: RUF001 - a dash between times


def _stamp(at: datetime, zone: ZoneInfo) -> str:
    """Write a weekday and time, with the date when it is not near."""
    local = at.astimezone(zone)
    return f"{written(local, 'EEE' if abs(at - now()) < NEAR else 'EEE d MMM')} {local:%H:%M}"
