"""Sequences: letters that go to people one after the other, each sequence with how many are under way in it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import msgspec
from aiohttp import web
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from crm import sequence_changes, sequence_people
from crm.mailing_lists import MailingList, mailing_lists
from crm.sequences import GOING, KIND, LetterSequence, SequencePerson
from crm.web.composer import whole_number
from hub.languages import N_, _
from hub.users import Viewer
from hub.web.audit_kinds import Kind, add_kind
from hub.web.frame import Back, Room, add_room
from hub.web.keys import DB
from hub.web.pages import Toast, changed, form, is_fragment, page, render, viewer_of

HOME = "/sequences"
MOST = 500

add_room(
    Room(href=HOME, name=N_("Sequences"), icon="flow", order=3, role="manager", within="/campaigns",
         about=N_("Letters that people get one after the other from the day they joined a list"))
)  # fmt: skip


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A sequence among all."""

    id: int
    name: str
    list: str
    letters: int
    under_way: int
    through: int
    is_on: bool


def _names(session: Session, ids: Collection[int]) -> Mapping[int, str]:
    found = select(LetterSequence.id, LetterSequence.name).where(LetterSequence.id.in_(ids))
    return dict(session.execute(found).all())


add_kind(Kind(KIND, N_("Sequence"), f"{HOME}/{{id}}", _names))


@page("GET", HOME, role="manager")
async def every(request: web.Request) -> web.StreamResponse:
    """Show the sequences."""
    template = "_sequences.html" if is_fragment(request) else "sequences.html"
    rows, lists = await request.app[DB].read(_shown)
    return await render(request, template, title=_("Sequences"), rows=rows, lists=lists,
                        back=Back("/campaigns", _("Campaigns")))  # fmt: skip


@page("POST", HOME, role="manager")
async def make(request: web.Request) -> web.StreamResponse:
    """Make one, and go to it."""
    made = await request.app[DB].write(_make, viewer_of(request), await form(request))
    answer = await changed(request, Toast(text=_("Made: say what comes when")), back=f"{HOME}/{made}")
    if is_fragment(request):
        answer.headers["HX-Redirect"] = f"{HOME}/{made}"
    return answer


def _make(session: Session, viewer: Viewer, asked: Mapping[str, str]) -> int:
    return sequence_changes.make(
        session, viewer, asked.get("name", ""), whole_number(asked.get("list", ""))
    ).id


def _shown(session: Session) -> tuple[Sequence[Row], list[tuple[int, str]]]:
    rows = session.execute(
        select(LetterSequence, MailingList.name).join(MailingList, MailingList.id == LetterSequence.list_id)
        .order_by(LetterSequence.name).limit(MOST)
    ).all()  # fmt: skip
    going = _counted(session, GOING, SequencePerson.run_id.is_not(None))
    through = _counted(session, sequence_people.THROUGH, ~SequencePerson.at_condition)
    shown = [
        Row(id=row.id, name=row.name, list=name, letters=sum(each["kind"] == "letter" for each in row.steps),
            under_way=going.get(row.id, 0), through=through.get(row.id, 0), is_on=row.on_at is not None)
        for row, name in rows
    ]  # fmt: skip
    return shown, [(each.id, each.name) for each in mailing_lists(session)]


def _counted(session: Session, *which: ColumnElement[bool]) -> Mapping[int, int]:
    wanted = select(SequencePerson.sequence_id, func.count()).where(*which)
    return dict(session.execute(wanted.group_by(SequencePerson.sequence_id)).all())
