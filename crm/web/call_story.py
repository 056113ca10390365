"""One call on a page of its own: what it went through, the card, the call-back, and which events came of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

import msgspec
from aiohttp import web
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.call_rights import call_for
from crm.calls import Call
from crm.recordings import may_hear, recording_of
from crm.tasks import Task
from crm.web import call_words
from crm.web.call_lines import Around, Line, around, line, transfer
from crm.web.clocks import Clock
from crm.web.task_rows import explained_deadline
from hub.channels import Channel
from hub.journal import Inbound
from hub.languages import _, ngettext
from hub.users import Viewer
from hub.web.keys import DB
from hub.web.pages import page, path_id, render, viewer_of
from hub.web.problems import Problem

MOST_EVENTS = 30


class Step(msgspec.Struct, frozen=True):
    """One thing that a call went through; `at` where the PBX said when."""

    icon: str
    words: str
    at: datetime | None = None
    late: bool = False


class Heard(msgspec.Struct, frozen=True):
    """One item of the journal that told of the call."""

    href: str
    words: str
    at: datetime


class Story(msgspec.Struct, frozen=True, kw_only=True):
    """The values of _call.html. `recording` is where it is heard, "" for who may not, or where there is none."""

    here: str
    recording: str
    call: Line
    channel: str
    steps: Sequence[Step]
    facts: Sequence[tuple[str, str]]
    deadline: Clock | None
    events: Sequence[Heard]


@page("GET", "/calls/{id}")
async def call(request: web.Request) -> web.StreamResponse:
    """Show the call."""
    story = await request.app[DB].read(story_of, viewer_of(request), path_id(request))
    return await render(
        request, "call.html", title=_("Call: %(name)s", name=story.call.name), sub="", **msgspec.structs.asdict(story)
    )  # fmt: skip


@page("GET", "/calls/{id}/fragment")
async def fragment(request: web.Request) -> web.StreamResponse:
    """Show the part of the page that changes."""
    story = await request.app[DB].read(story_of, viewer_of(request), path_id(request))
    return await render(request, "_call.html", **msgspec.structs.asdict(story))


def story_of(session: Session, viewer: Viewer, call_id: int) -> Story:
    """Give the whole of a call that this viewer sees; any other is not found, whether it is there or not."""
    found = call_for(session, viewer, call_id)
    if found is None:
        raise Problem(404, _("There is no such call, or it is not yours to see."))
    about = around(session, viewer, [found])
    shown = line(found, about)
    heard = recording_of(session, call_id) is not None and may_hear(session, viewer, found)
    return Story(
        here=f"/calls/{call_id}/fragment", recording=f"/calls/{call_id}/recording" if heard else "",
        call=shown, steps=list(_steps(found, about, shown)),
        channel=session.get_one(Channel, found.channel_id).title, facts=_facts(found, shown),
        deadline=_deadline(session, shown), events=_events(session, viewer, found),
    )  # fmt: skip


def _steps(call: Call, about: Around, shown: Line) -> Iterator[Step]:
    yield Step(call_words.icon(call), _began(call, about, shown), call.started_at)
    if call.rang:
        places = ", ".join(about.sits(extension) for extension in call.rang)
        yield Step("phone", _("Rang at %(places)s", places=places))
    if call.answered_at:
        after = call_words.length(call_words.rang(call) or 0)
        yield Step("check", _("Answered after %(time)s", time=after), call.answered_at)
    for talk in call.spoken:
        who, time = about.sits(talk.extension), call_words.length(talk.seconds)
        yield Step("person", _("%(who)s talked for %(time)s", who=who, time=time))
    if call.holds:
        yield Step("hold", ngettext("Held %(num)s time", "Held %(num)s times", call.holds))
    for each in call.handed_on:
        words = transfer(each.by, each.to, about)
        asked = _("%(what)s, after asking", what=words) if each.kind == "attended" else words
        yield Step("transfer", asked)
    if call.gap:
        yield Step("offline", _unheard(call))
    if call.ended_at:
        yield Step("hangup", _ended(call), call.ended_at, call.missed)


def _unheard(call: Call) -> str:
    time = call_words.length(call.gap)
    if call.outcome == "unknown":
        return _("We did not hear the PBX for %(time)s: how it ended is not known.", time=time)
    return _("We did not hear the PBX for %(time)s: this is from its own records.", time=time)


def _began(call: Call, about: Around, shown: Line) -> str:
    if call.direction == "inbound":
        who, other = shown.name, shown.dialled or call.queue
    else:
        ours = [talk.extension for talk in call.spoken] or call.rang
        who = about.sits(ours[0]) if ours else _("Somebody of us")
        other = shown.number or shown.dialled
    words = _("%(who)s called %(other)s", who=who, other=other)
    return words if other else _("%(who)s called", who=who)


def _ended(call: Call) -> str:
    parts = [call_words.outcome(call)]
    if call.ended_by:
        parts.append(_(call_words.ENDED_BY[call.ended_by]))
    return ". ".join(parts)


def _facts(call: Call, shown: Line) -> list[tuple[str, str]]:
    number = " · ".join(part for part in (shown.number, shown.country) if part)
    told = call.name if call.name != shown.name else ""
    facts = [
        (_("Phone number"), number or (_("withheld") if call.withheld else "")),
        (_("Name that the PBX told"), told), (_("Dialled"), shown.dialled), (_("Queue"), call.queue),
        (_("Department"), shown.department), (_("How long"), shown.lasted),
        (_("Why it ended, says the PBX"), call_words.cause(call)),
        (_("Recording"), _("Yes") if call.recorded else _("No")),
    ]  # fmt: skip
    return [(name, value) for name, value in facts if value]


def _deadline(session: Session, shown: Line) -> Clock | None:
    """Give why a call-back is due when it is, as long as it waits."""
    if shown.callback is None or shown.callback.clock is None:
        return None
    task = session.get_one(Task, shown.callback.id)
    return explained_deadline(session, [task])


def _events(session: Session, viewer: Viewer, call: Call) -> list[Heard]:
    """Give what the journal heard of a call: its items are called after it, with a number each."""
    if not viewer.sees_all:
        return []
    items = session.scalars(
        select(Inbound)
        .where(Inbound.channel_id == call.channel_id, Inbound.key > f"{call.key} ", Inbound.key < f"{call.key}!",
               Inbound.stream == call.key)
        .order_by(Inbound.key).limit(MOST_EVENTS)
    )  # fmt: skip
    told = sorted(items, key=lambda item: item.id)
    return [
        Heard(f"/journal/{item.id}", item.became or _("not taken in yet"), item.received_at) for item in told
    ]
