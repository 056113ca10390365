"""Deadlines as every page shows them: a clock that says how long is left, and why it is due then."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

import msgspec

from crm.deadlines import Deadline
from crm.web.derivations import DerivationView, derivation_view
from hub.languages import N_, _
from hub.web import moments

State = Literal["ok", "soon", "late", "paused", "met", "plain"]

NAMES = {"first response": N_("First answer"), "next response": N_("Next answer"), "resolution": N_("Solved")}
SOON = timedelta(minutes=10)
DAY = timedelta(days=1)
SECONDS_SHOWN = 10  # minutes, below which a clock shows its seconds; the browser's countdown does the same


class TaskLink(msgspec.Struct, frozen=True):
    """The task that a deadline belongs to."""

    title: str
    href: str


class Clock(msgspec.Struct, frozen=True, kw_only=True):
    """One deadline; `words` is what it says now, `href` is where it explains itself."""

    name: str
    state: State
    words: str
    started_at: datetime
    due_at: datetime | None
    href: str = ""
    derivation: DerivationView | None = None
    task: TaskLink | None = None


def clock(deadline: Deadline, zone: ZoneInfo, moment: datetime, *, needless: bool = False) -> Clock:
    """Show a deadline as it stands at a moment; `needless`: its task was no longer needed, and nobody did it."""
    state: State = "plain" if needless and deadline.met_at else state_of(deadline, moment)
    return Clock(
        name=_(NAMES.get(deadline.kind, deadline.kind.capitalize())),
        state=state,
        words=_words(deadline, state, zone, moment),
        started_at=deadline.started_at,
        due_at=deadline.due_at,
        href=f"/deadlines/{deadline.id}",
    )


def explained(
    deadline: Deadline, policy: str, zone: ZoneInfo, moment: datetime, task: TaskLink | None = None, *,
    needless: bool = False,
) -> Clock:  # fmt: skip
    """Show a deadline with its derivation; `task` where it is not clear from the page whose it is."""
    shown = derivation_view(deadline.why, policy, ZoneInfo(deadline.zone), deadline.met_at or moment)
    return msgspec.structs.replace(
        clock(deadline, zone, moment, needless=needless), derivation=shown, task=task
    )


def pressing(deadlines: Iterable[Deadline]) -> Deadline | None:
    """Give the deadline that matters most: of those not met the first that is due, else the last met."""
    running = [each for each in deadlines if each.met_at is None]
    if running:
        return min(running, key=lambda each: (each.due_at is None, each.due_at or each.started_at))
    return max(deadlines, key=lambda each: each.met_at or each.started_at, default=None)


def state_of(deadline: Deadline, moment: datetime) -> State:
    """Tell how a deadline stands at a moment."""
    if deadline.met_at is not None:
        return "met"
    if deadline.due_at is None or (deadline.paused_at and deadline.due_at > moment):
        return "paused"
    left, whole = deadline.due_at - moment, deadline.due_at - deadline.started_at
    if left <= timedelta():
        return "late"
    if left > DAY:
        return "plain"
    return "soon" if left < max(SOON, whole / 4) else "ok"


def span(length: timedelta) -> str:
    """Say a length in minutes: "41 min", "2 h 14 min", "3 d"; what is shorter than a minute is one."""
    minutes = max(1, int(length.total_seconds() // 60))
    if minutes < 60:  # noqa: PLR2004 - an hour
        return _("%(n)s min", n=minutes)
    if minutes < 24 * 60:
        return _("%(h)s h %(m)s min", h=minutes // 60, m=f"{minutes % 60:02}")
    return _("%(n)s d", n=minutes // (24 * 60))


def _words(deadline: Deadline, state: State, zone: ZoneInfo, moment: datetime) -> str:
    if deadline.met_at is not None and state == "plain":
        return _("No longer needed %(at)s", at=moments.when(deadline.met_at, zone))
    if deadline.met_at is not None:
        return _("Met %(at)s", at=moments.when(deadline.met_at, zone))
    if deadline.due_at is None or state == "paused":
        return _("Paused")
    left = deadline.due_at - moment
    if state == "late":
        return _("%(time)s late", time=span(-left))
    if state == "plain":
        return moments.when(deadline.due_at, zone)
    minutes, seconds = divmod(int(left.total_seconds()), 60)
    return f"{minutes}:{seconds:02}" if minutes < SECONDS_SHOWN else span(left)
