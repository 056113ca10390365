"""A sequence: its steps with how many stand at each, whether it is on, and who is in it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import cast

import msgspec
from aiohttp import web
from sqlalchemy.orm import Session

from crm import (
    campaign_checks,
    campaign_starts,
    sequence_changes,
    sequence_entries,
    sequence_settings,
)
from crm.campaign_checks import Outside
from crm.desk import Refusal
from crm.mailing_lists import MailingList
from crm.sequence_drawing import CONDITIONS, IN, NOT_IN
from crm.sequence_settings import Settings
from crm.sequences import Condition, LetterSequence, SequencePerson, Step
from crm.web import sequence_views
from crm.web.campaign_outlook import OUTLOOK, Asked
from crm.web.composer import whole_number
from crm.web.sequence_views import Query, sequence_of
from crm.web.sequences import HOME
from hub.languages import Listener, _, ngettext, speaking_to
from hub.users import Viewer
from hub.web.frame import Back
from hub.web.keys import DB
from hub.web.origin import base_url
from hub.web.pages import Toast, changed, form, is_fragment, page, path_id, render, viewer_of
from hub.web.problems import Problem

_ADDRESS = re.compile(r"[^\s,;<>]+@[^\s,;<>]+")


@page("GET", f"{HOME}/{{id}}", role="manager")
async def one(request: web.Request) -> web.StreamResponse:
    """Show one."""
    asked = await request.app[DB].read(_asked, path_id(request))
    outside = request.app[OUTLOOK].known(asked)
    query = Query(path_id(request), whole_number(request.query.get("before", "")))
    view = await request.app[DB].read(sequence_views.shown, viewer_of(request), query, outside)
    template = "_sequence.html" if is_fragment(request) else "sequence.html"
    return await render(request, template, title=view.name, sub=view.list, sequence=view,
                        back=Back(HOME, _("Sequences")))  # fmt: skip


@page("POST", f"{HOME}/{{id}}", role="manager")
async def settle(request: web.Request) -> web.StreamResponse:
    """Call it otherwise, or have its letters leave from another mailbox, or within other hours."""
    fields = await form(request)

    def settled(session: Session, viewer: Viewer, sequence: LetterSequence) -> None:
        wanted = Settings(
            name=fields.get("name", ""), channel_id=whole_number(fields.get("box", "")) or None,
            since=fields.get("since") or "00:00", until=fields.get("until") or "00:00",
        )  # fmt: skip
        sequence_settings.settle(session, viewer, sequence, wanted)

    return await _do(request, settled, _("Saved"))


@page("POST", f"{HOME}/{{id}}/steps", role="manager")
async def add(request: web.Request) -> web.StreamResponse:
    """Put a step at the end."""
    fields, base = await form(request), base_url(request)

    def added(session: Session, viewer: Viewer, sequence: LetterSequence) -> None:
        of = session.get_one(MailingList, sequence.list_id)
        with speaking_to(Listener(of.language)):
            start = msgspec.structs.replace(campaign_starts.ready("letter"), subject=_text(fields, "subject"))
        sequence_changes.add(session, viewer, sequence, _step(fields), start, base)

    return await _do(request, added, _("Added"))


@page("POST", f"{HOME}/{{id}}/steps/{{place}}", role="manager")
async def move(request: web.Request) -> web.StreamResponse:
    """Move a step up or down."""
    place, by = path_id(request, "place"), -1 if (await form(request)).get("do") == "up" else 1

    def moved(session: Session, viewer: Viewer, sequence: LetterSequence) -> None:
        sequence_changes.move(session, viewer, sequence, place, by)

    return await _do(request, moved, _("Moved"))


@page("DELETE", f"{HOME}/{{id}}/steps/{{place}}", role="manager")
async def take_away(request: web.Request) -> web.StreamResponse:
    """Take a step away."""
    place = path_id(request, "place")

    def taken(session: Session, viewer: Viewer, sequence: LetterSequence) -> None:
        sequence_changes.take_away(session, viewer, sequence, place)

    return await _do(request, taken, _("Taken away"))


@page("DELETE", f"{HOME}/{{id}}/letters/{{number}}/pause", role="manager")
async def go_on(request: web.Request) -> web.StreamResponse:
    """Have a letter go on that stopped."""
    letter = path_id(request, "number")

    def gone_on(session: Session, viewer: Viewer, sequence: LetterSequence) -> None:
        sequence_settings.go_on(session, viewer, sequence, letter)

    return await _do(request, gone_on, _("It goes on"))


@page("POST", f"{HOME}/{{id}}/on", role="manager")
async def turn_on(request: web.Request) -> web.StreamResponse:
    """Turn it on, if all that must hold does; the network is asked anew."""
    outside = await outside_of(request)

    def turned(session: Session, viewer: Viewer, sequence: LetterSequence) -> None:
        sequence_changes.turn_on(session, viewer, sequence, outside)

    return await _do(request, turned, _("It is on"), undo="/on")


@page("DELETE", f"{HOME}/{{id}}/on", role="manager")
async def turn_off(request: web.Request) -> web.StreamResponse:
    """Turn it off."""
    return await _do(
        request, sequence_changes.turn_off, _("It is off: who is under way goes on once it is on again")
    )


@page("POST", f"{HOME}/{{id}}/people", role="manager")
async def put_in(request: web.Request) -> web.StreamResponse:
    """Have people begin by hand."""
    addresses = [
        each.lower() for each in _ADDRESS.findall((await form(request)).get("addresses", "")[:100_000])
    ]
    if not addresses:
        raise Refusal(_("Write the addresses, with spaces or commas between."))
    number, not_meant = await request.app[DB].write(_put_in, viewer_of(request), path_id(request), addresses)
    words = ngettext("%(num)s begins", "%(num)s begin", number)
    if not_meant:
        words = _("%(words)s. Nobody may write to: %(who)s", words=words, who=", ".join(not_meant[:5]))
    return await changed(request, Toast(text=words), back=f"{HOME}/{path_id(request)}")


@page("POST", f"{HOME}/{{id}}/segments", role="manager")
async def put_in_all(request: web.Request) -> web.StreamResponse:
    """Have everybody of a segment begin."""
    segment_id = whole_number((await form(request)).get("segment", ""))
    number = await request.app[DB].write(_put_in_all, viewer_of(request), path_id(request), segment_id)
    words = ngettext("%(num)s begins", "%(num)s begin", number)
    return await changed(request, Toast(text=words), back=f"{HOME}/{path_id(request)}")


@page("POST", f"{HOME}/{{id}}/people/{{member}}/end", role="manager")
async def take_out(request: web.Request) -> web.StreamResponse:
    """Have somebody leave."""
    here = f"{HOME}/{path_id(request)}"
    undo = f"{here}/people/{path_id(request, 'member')}/end"
    return await _of(request, sequence_entries.take_out, Toast(text=_("Taken out"), undo=undo))


@page("DELETE", f"{HOME}/{{id}}/people/{{member}}/end", role="manager")
async def put_back(request: web.Request) -> web.StreamResponse:
    """Have somebody go on after all."""
    return await _of(request, sequence_entries.put_back, Toast(text=_("He goes on")))


async def outside_of(request: web.Request) -> Outside:
    """Ask the network of what the letters of a sequence need."""
    return await request.app[OUTLOOK].ask(await request.app[DB].read(_asked, path_id(request)))


Deed = Callable[[Session, Viewer, LetterSequence], None]


async def _do(request: web.Request, deed: Deed, words: str, *, undo: str = "") -> web.StreamResponse:
    def done(session: Session, viewer: Viewer, sequence_id: int) -> None:
        deed(session, viewer, sequence_of(session, sequence_id))

    await request.app[DB].write(done, viewer_of(request), path_id(request))
    here = f"{HOME}/{path_id(request)}"
    return await changed(request, Toast(text=words, undo=f"{here}{undo}" if undo else ""), back=here)


def _step(fields: Mapping[str, str]) -> Step:
    kind = fields.get("kind", "")
    if kind == "letter":
        if not _text(fields, "subject"):
            raise Refusal(_("Say what the letter is about."))
        return Step(kind="letter")
    if kind == "if" and "segment" in fields:
        among = fields.get("holds") != NOT_IN
        return Step(kind="if", holds=IN if among else NOT_IN, segment=whole_number(fields["segment"]))
    if kind == "if":
        holds = fields.get("holds", "")
        return Step(kind="if", holds=cast("Condition", holds if holds in CONDITIONS else "clicked"))
    return Step(kind="wait", wait=_text(fields, "wait"), at=_text(fields, "at"), working="working" in fields)


def _text(fields: Mapping[str, str], name: str) -> str:
    return " ".join(fields.get(name, "").split())[:120]


def _put_in_all(session: Session, viewer: Viewer, sequence_id: int, segment_id: int) -> int:
    return sequence_entries.put_in_all(session, viewer, sequence_of(session, sequence_id), segment_id)


def _put_in(
    session: Session, viewer: Viewer, sequence_id: int, addresses: Sequence[str]
) -> tuple[int, list[str]]:
    return sequence_entries.put_in(session, viewer, sequence_of(session, sequence_id), addresses)


async def _of(
    request: web.Request, deed: Callable[[Session, Viewer, SequencePerson], None], toast: Toast
) -> web.StreamResponse:
    def done(session: Session, viewer: Viewer, sequence_id: int, person_id: int) -> None:
        person = session.get(SequencePerson, person_id)
        if person is None or person.sequence_id != sequence_id:
            raise Problem(404, _("He is not in it."))
        deed(session, viewer, person)

    await request.app[DB].write(done, viewer_of(request), path_id(request), path_id(request, "member"))
    return await changed(request, toast, back=f"{HOME}/{path_id(request)}")


def _asked(session: Session, sequence_id: int) -> Asked:
    sequence = sequence_of(session, sequence_id)
    letters = sequence_changes.letters_of(session, sequence.id)
    led = [link for letter in letters for link in campaign_checks.links_of(session, letter)]
    return Asked(sequence.channel_id or 0, tuple(dict.fromkeys(led)))
