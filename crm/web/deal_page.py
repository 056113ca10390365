"""The page of one deal: how far it is, what it is about, what is sold, who takes part, and what happened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec
from aiohttp import web
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm import deal_changes, money, pipelines
from crm.contacts import Contact
from crm.deal_board import stands_too_long
from crm.deal_changes import DealChange
from crm.deals import Deal, DealPart, moves_of
from crm.desk import Refusal
from crm.pipelines import LostReason, Pipeline, Stage
from crm.rights import contact_for, sees_task
from crm.setup import setup
from crm.tasks import Task
from crm.web.deal_cards import contact_names, since
from crm.web.deal_lines import Lines, lines
from crm.web.deal_moves import day, seen, stage_names
from crm.web.deals import HERE
from crm.web.new_task import chosen_contact
from crm.web.people import Person, people_of
from crm.web.task_rows import TaskRow, task_rows
from crm.web.timeline import Asked, Timeline, timeline
from crm.web.zones import zone_of
from hub.clock import now
from hub.languages import _
from hub.users import User, Viewer, active_users
from hub.web.frame import Back
from hub.web.keys import DB
from hub.web.moments import written
from hub.web.pages import Toast, changed, form, is_fragment, page, path_id, render, viewer_of

UNREADABLE, LONGEST_ROLE = 422, 60

Values = Mapping[str, str]


class Step(msgspec.Struct, frozen=True):
    """A stage as a step: before the one where the deal is, that one, or after it."""

    id: int
    name: str
    state: str
    ends: str


class Linked(msgspec.Struct, frozen=True):
    """A contact; `href` is "" for who may not open the card. `role` is as what he takes part."""

    id: int
    name: str
    href: str
    role: str = ""


class Move(msgspec.Struct, frozen=True, kw_only=True):
    """How it came from one stage into another."""

    came: str
    to: str
    at: datetime
    who: str
    why: str


class DealView(msgspec.Struct, frozen=True, kw_only=True):
    """The values of _deal.html and _deal_aside.html."""

    id: int
    title: str
    value: str
    pipeline: str
    steps: Sequence[Step]
    open: bool
    won_at: datetime | None
    lost_at: datetime | None
    lost_reason: str
    lost_why: str
    since: str
    since_at: datetime
    stale: bool
    probability: int
    own_probability: bool
    expected: str
    late: bool
    source: str
    answers: Sequence[tuple[str, str]]
    responsible: Person | None
    department: str
    contact: Linked
    parts: Sequence[Linked]
    moves: Sequence[Move]
    lines: Lines


class Shown(NamedTuple):
    """A deal, and the tasks of its contact: those that are open, and how many were done."""

    deal: DealView
    tasks: Sequence[TaskRow]
    done_tasks: int


class Filled(msgspec.Struct, frozen=True, kw_only=True):
    """The values of _deal_form.html: what stands in the form, and what is wrong with it, by field."""

    id: int
    values: Values
    currency: str
    summed: bool
    to: Sequence[tuple[str, str]]
    errors: Values = {}


@page("GET", "/deals/{id}")
async def deal(request: web.Request) -> web.StreamResponse:
    """Show a deal; to a script the part of it that stands in the middle."""
    viewer, deal_id = viewer_of(request), path_id(request)
    if is_fragment(request):
        return await render(request, "_deal.html", deal=await request.app[DB].read(_shown, viewer, deal_id))
    shown, history = await request.app[DB].read(_whole, viewer, deal_id)
    return await render(
        request, "deal.html", title=shown.deal.title, sub=shown.deal.contact.name, back=Back(HERE, _("Deals")),
        timeline=history, **shown._asdict(),
    )  # fmt: skip


@page("GET", "/deals/{id}/aside")
async def aside(request: web.Request) -> web.StreamResponse:
    """Show what stands beside it."""
    shown = await request.app[DB].read(_beside, viewer_of(request), path_id(request))
    return await render(request, "_deal_aside.html", **shown._asdict())


@page("GET", "/deals/{id}/form")
async def ask(request: web.Request) -> web.StreamResponse:
    """Show what can be changed of it."""
    return await _form(request, await request.app[DB].read(_filled, viewer_of(request), path_id(request)))


@page("POST", "/deals/{id}")
async def change(request: web.Request) -> web.StreamResponse:
    """Change what it says of itself, and whose it is."""
    said, deal_id = await form(request), path_id(request)
    kept = await request.app[DB].write(_change, viewer_of(request), deal_id, said)
    if isinstance(kept, Filled):
        return await _form(request, kept, UNREADABLE)
    return await changed(request, Toast(text=_("Saved: %(name)s", name=kept)), back=f"{HERE}/{deal_id}")


@page("POST", "/deals/{id}/parts")
async def add_part(request: web.Request) -> web.StreamResponse:
    """Have one more contact take part."""
    said, deal_id = await form(request), path_id(request)
    words = await request.app[DB].write(_add_part, viewer_of(request), deal_id, said)
    return await changed(request, Toast(text=words), back=f"{HERE}/{deal_id}")


@page("DELETE", "/deals/{id}/parts/{part}")
async def remove_part(request: web.Request) -> web.StreamResponse:
    """Have a contact take part no more."""
    deal_id = path_id(request)
    words = await request.app[DB].write(_remove_part, viewer_of(request), deal_id, path_id(request, "part"))
    return await changed(request, Toast(text=words), back=f"{HERE}/{deal_id}")


async def _form(request: web.Request, filled: Filled, status: int = 200) -> web.StreamResponse:
    response = await render(
        request, "_deal_form.html" if is_fragment(request) else "deal_form.html", status=status,
        title=filled.values["title"], back=Back(f"{HERE}/{filled.id}", _("Back to the deal")), filled=filled,
    )  # fmt: skip
    if status != 200 and is_fragment(request):  # noqa: PLR2004 - all is well
        response.headers["HX-Retarget"], response.headers["HX-Reswap"] = "#sheet", "innerHTML"
    return response


def _shown(session: Session, viewer: Viewer, deal_id: int) -> DealView:
    return view(session, viewer, seen(session, viewer, deal_id))


def _whole(session: Session, viewer: Viewer, deal_id: int) -> tuple[Shown, Timeline | None]:
    shown = _beside(session, viewer, deal_id)
    contact = contact_for(session, viewer, shown.deal.contact.id)
    return shown, timeline(session, viewer, contact.id, Asked()) if contact else None


def _beside(session: Session, viewer: Viewer, deal_id: int) -> Shown:
    found = seen(session, viewer, deal_id)
    return Shown(view(session, viewer, found), *_tasks(session, viewer, found))


def _tasks(session: Session, viewer: Viewer, found: Deal) -> tuple[Sequence[TaskRow], int]:
    """Give the open tasks of its contact, and how many were done since it was opened."""
    own = select(Task).where(Task.contact_id == found.contact_id, sees_task(viewer))
    tasks = session.scalars(own.where(Task.done_at.is_(None)).order_by(Task.id)).all()
    done = own.where(Task.done_at >= found.made_at).with_only_columns(func.count())
    return task_rows(session, viewer, tasks), session.scalar(done) or 0


def view(session: Session, viewer: Viewer, found: Deal) -> DealView:
    """Show a deal."""
    moment, zone, state = now(), zone_of(session), setup(session)
    stage = session.get_one(Stage, found.stage_id)
    place = state.departments.get(found.department_id or 0)
    reason = session.get(LostReason, found.lost_reason_id) if found.lost_reason_id else None
    today = moment.astimezone(zone).date()
    return DealView(
        id=found.id, title=found.title, value=money.written(found.value, found.currency),
        pipeline=session.get_one(Pipeline, found.pipeline_id).name, steps=_steps(session, found, stage),
        open=found.is_open, won_at=found.won_at, lost_at=found.lost_at, lost_why=found.lost_why,
        lost_reason=reason.name if reason else "", since=since(found, moment), since_at=found.stage_since,
        stale=stands_too_long(found, stage, moment), source=found.source,
        probability=stage.probability if found.probability is None else found.probability,
        own_probability=found.probability is not None,
        expected=written(found.expected_on, "d MMM y") if found.expected_on else "",
        late=bool(found.is_open and found.expected_on and found.expected_on < today),
        answers=[(name, str(value)) for name, value in found.fields.items()],
        responsible=people_of(session, [found.responsible_id], zone).get(found.responsible_id or 0),
        department=place.name if place else "", contact=_linked(session, viewer, {found.contact_id: ""})[0],
        parts=_linked(session, viewer, _roles(session, found.id)), moves=_moves(session, found),
        lines=lines(session, found),
    )  # fmt: skip


def _steps(session: Session, found: Deal, stage: Stage) -> Sequence[Step]:
    """Show the stages of its pipeline; one that is retired stands there as long as the deal is in it."""
    listed = pipelines.stages_of(session, [found.pipeline_id])[found.pipeline_id]
    if stage not in listed:
        listed = sorted([*listed, stage], key=lambda each: (each.position, each.id))
    at = listed.index(stage)
    return [
        Step(
            each.id, each.name, "now" if place == at else "past" if place < at and not each.ends else "", each.ends
        )
        for place, each in enumerate(listed)
    ]  # fmt: skip


def _roles(session: Session, deal_id: int) -> dict[int, str]:
    rows = session.execute(select(DealPart.contact_id, DealPart.role).where(DealPart.deal_id == deal_id))
    return dict(iter(rows))


def _linked(session: Session, viewer: Viewer, roles: Mapping[int, str]) -> Sequence[Linked]:
    names = contact_names(session, set(roles))
    return [
        Linked(
            each, names.get(each, ""), f"/contacts/{each}" if contact_for(session, viewer, each) else "", role
        )
        for each, role in roles.items()
    ]


def _moves(session: Session, found: Deal) -> Sequence[Move]:
    """Show how it came to where it is, newest first."""
    made = moves_of(session, found.id)
    names = stage_names(session, {each for move in made for each in (move.from_id, move.to_id) if each})
    people = people_of(session, {move.by for move in made}, zone_of(session))
    return [
        Move(
            came=names.get(move.from_id or 0, ""), to=names.get(move.to_id, ""), at=move.at, why=move.why,
            who=people[move.by or 0].name if move.by in people else "",
        )
        for move in reversed(made)
    ]  # fmt: skip


def _filled(session: Session, viewer: Viewer, deal_id: int) -> Filled:
    found = seen(session, viewer, deal_id)
    whose = (
        f"user:{found.responsible_id}" if found.responsible_id else f"department:{found.department_id or ''}"
    )
    return _with(session, found, {
        "title": found.title, "value": money.typed(found.value, found.currency), "source": found.source,
        "expected_on": found.expected_on.isoformat() if found.expected_on else "", "to": whose,
        "probability": "" if found.probability is None else str(found.probability),
    }, {})  # fmt: skip


def _with(session: Session, found: Deal, values: Values, errors: Values) -> Filled:
    to = givable(session)
    if values["to"] not in dict(
        to
    ):  # nobody's, or somebody's who has left: it stays so until it is given away
        user = session.get(User, found.responsible_id) if found.responsible_id else None
        to = [(values["to"], user.name if user else _("Nobody yet")), *to]
    return Filled(
        id=found.id, values=values, currency=found.currency, summed=bool(lines(session, found).rows), to=to,
        errors=errors,
    )  # fmt: skip


def givable(session: Session) -> Sequence[tuple[str, str]]:
    """Give everybody and every department that a deal can be given to."""
    people = [(f"user:{each.id}", each.name) for each in active_users(session)]
    places = [(f"department:{each.id}", each.name) for each in setup(session).departments.values()]
    return [*people, *places]


def _change(session: Session, viewer: Viewer, deal_id: int, said: Values) -> str | Filled:
    found = seen(session, viewer, deal_id)
    was, errors = _filled(session, viewer, deal_id), dict[str, str]()
    values = {**was.values, **{name: said[name] for name in was.values if name in said}}
    wanted = _wanted(found, values, errors, summed=was.summed)
    if not errors:
        deal_changes.change(session, viewer, found, wanted)
        if values["to"] != was.values["to"]:
            deal_changes.hand_over(session, viewer, found, values["to"])
    return _with(session, found, values, errors) if errors else found.title


def _wanted(found: Deal, values: Values, errors: dict[str, str], *, summed: bool) -> DealChange:
    """Read the form; what cannot be read is in `errors`."""
    wanted = DealChange(title=values["title"], source=values["source"], probability=None, expected_on=None)
    if not values["title"].strip():
        errors["title"] = _("Say what it is about.")
    for name in ("value", "probability", "expected_on"):
        text = values[name].strip()
        if not text or (name == "value" and summed):
            continue
        try:
            if name == "value":
                wanted = msgspec.structs.replace(wanted, value=money.read(text, found.currency))
            elif name == "expected_on":
                wanted = msgspec.structs.replace(wanted, expected_on=day(text))
            else:
                wanted = msgspec.structs.replace(wanted, probability=_percent(text))
        except ValueError as error:
            errors[name] = str(error)
    return wanted


def _percent(text: str) -> int:
    digits = text.removesuffix("%").strip()
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 3 and int(digits) <= 100):  # noqa: PLR2004
        raise ValueError(_("A probability is a number from 0 to 100."))
    return int(digits)


def _add_part(session: Session, viewer: Viewer, deal_id: int, said: Values) -> str:
    found = seen(session, viewer, deal_id)
    contact, fits = chosen_contact(session, viewer, said)
    if contact is None:
        raise Refusal(_("Several fit: choose one.") if fits else _("Nobody fits this."))
    roles = _roles(session, found.id) | {contact.id: said.get("role", "")[:LONGEST_ROLE]}
    deal_changes.set_parts(session, viewer, found, roles)
    return _("%(name)s takes part", name=contact_names(session, {contact.id})[contact.id])


def _remove_part(session: Session, viewer: Viewer, deal_id: int, contact_id: int) -> str:
    found = seen(session, viewer, deal_id)
    roles = _roles(session, found.id)
    roles.pop(contact_id, None)
    deal_changes.set_parts(session, viewer, found, roles)
    contact = session.get(Contact, contact_id)
    return _("%(name)s takes part no more", name=contact.name if contact else "")
