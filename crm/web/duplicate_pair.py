"""Two contacts side by side: where they differ, which value stays, and the one button that says they are one person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec
from aiohttp import web
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import duplicates, merging
from crm.contacts import Contact, Organisation, handles_of
from crm.conversations import Interaction
from crm.duplicates import Pair
from crm.fields import Value
from crm.merging import CUSTOM
from crm.rights import hidden_fields, sees_task
from crm.setup import Setup, setup
from crm.tasks import Task
from crm.web.card_values import shown as value_shown
from crm.web.duplicates import visible_pair
from crm.web.merged import Side, sides
from crm.web.names import Way, ways
from crm.web.reasons import sureness, told
from hub.languages import N_, _
from hub.shapes import convert
from hub.users import User, Viewer
from hub.web.keys import DB
from hub.web.pages import Toast, changed, form, page, path_id, render, viewer_of

LAST = 3
LABELS = {"name": N_("Name"), "organisation_id": N_("Organisation"), "department_id": N_("Department"),
          "responsible_id": N_("Responsible")}  # fmt: skip
CUT = 200


class Happened(msgspec.Struct, frozen=True):
    """One of the last things that happened with somebody."""

    icon: str
    at: datetime
    words: str


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """What stands on one side, beside the fields."""

    side: Side
    made_at: datetime
    handles: Sequence[Way]
    last: Sequence[Happened]
    tasks: Sequence[str]
    stays: bool


class Cell(msgspec.Struct, frozen=True):
    """A value of one of the two."""

    shown: str
    chosen: bool


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """A field of both. Where they are the same there is nothing to choose."""

    name: str
    label: str
    a: Cell
    b: Cell
    same: bool


class Compared(msgspec.Struct, frozen=True, kw_only=True):
    """The page."""

    pair: int
    sureness: str
    reasons: Sequence[str]
    ruled_out_at: datetime | None
    fields: Sequence[Difference]
    a: Column
    b: Column


@page("GET", "/duplicates/{id}")
async def side_by_side(request: web.Request) -> web.StreamResponse:
    """Show both."""
    shown = await request.app[DB].read(_compared, viewer_of(request), path_id(request))
    return await render(
        request, "duplicate_pair.html", title=_("One person or two?"),
        back={"href": "/duplicates", "words": _("Duplicates")}, **msgspec.structs.asdict(shown),
    )  # fmt: skip


@page("POST", "/duplicates/{id}/merge")
async def merge(request: web.Request) -> web.StreamResponse:
    """Say that they are one person: the older card stays, with the values that were chosen."""
    sent = await form(request)
    chosen = {name.removeprefix("field "): side for name, side in sent.items() if name.startswith("field ")}
    done, survivor, name = await request.app[DB].write(_merge, viewer_of(request), path_id(request), chosen)
    toast = Toast(text=_("One person now: %(name)s", name=name), undo=f"/merges/{done}")
    whole = "whole" in sent
    if whole and "HX-Request" in request.headers:
        answer = await changed(request, toast)
        answer.headers["HX-Redirect"] = f"/contacts/{survivor}"
        return answer
    return await changed(request, toast, back=f"/contacts/{survivor}" if whole else "/duplicates")


def _merge(session: Session, viewer: Viewer, pair_id: int, chosen: Mapping[str, str]) -> tuple[int, int, str]:
    pair = visible_pair(session, viewer, pair_id)
    card, survivor = _roles(session, pair)
    taken = merging.lacking(card, survivor)
    theirs, hidden = "a" if card.id == pair.a_id else "b", hidden_fields(session, viewer)
    for name, side in chosen.items():
        if name.removeprefix(CUSTOM) not in hidden:
            (taken.add if side == theirs else taken.discard)(name)
    done = merging.merge(session, viewer, card.id, survivor.id, taken)
    return done.id, survivor.id, sides(session, [survivor.id])[survivor.id].name


def _roles(session: Session, pair: Pair) -> tuple[Contact, Contact]:
    """Give who is merged and who stays: the older card, unless that one only asks who it is."""
    older, newer = session.get_one(Contact, pair.a_id), session.get_one(Contact, pair.b_id)
    return (older, newer) if older.maybe and not newer.maybe else (newer, older)


def _compared(session: Session, viewer: Viewer, pair_id: int) -> Compared:
    pair = visible_pair(session, viewer, pair_id)
    card, survivor = _roles(session, pair)
    shown = sides(session, [pair.a_id, pair.b_id])
    country = setup(session).company.country
    by_id = {card.id: card, survivor.id: survivor}
    a, b = by_id[pair.a_id], by_id[pair.b_id]
    return Compared(
        pair=pair.id, sureness=sureness(pair.score), reasons=told(duplicates.reasons_of(pair), country),
        ruled_out_at=pair.dismissed_at, fields=_differences(session, viewer, (a, b), survivor),
        a=_column(session, viewer, a, shown[a.id], stays=a is survivor),
        b=_column(session, viewer, b, shown[b.id], stays=b is survivor),
    )  # fmt: skip


def _differences(
    session: Session, viewer: Viewer, pair: tuple[Contact, Contact], survivor: Contact
) -> list[Difference]:
    """Compare all that either of them has and this viewer sees; what is empty in both is left out."""
    a, b = pair
    hidden = {f"{CUSTOM}{name}" for name in hidden_fields(session, viewer)}
    state, taken = setup(session), merging.lacking(b if survivor is a else a, survivor)
    labels = {**{name: _(label) for name, label in LABELS.items()}, **_labels(state)}
    one, other = merging.values_of(a), merging.values_of(b)
    found = []
    for name in [*labels, *(each for each in {**one, **other} if each not in labels)]:
        mine, theirs = one.get(name), other.get(name)
        if (mine or theirs) and name not in hidden:
            from_a = (survivor is a) != (name in taken)
            found.append(Difference(
                name=name, label=labels.get(name, name.removeprefix(CUSTOM)), same=mine == theirs,
                a=Cell(_shown(session, state, name, mine), from_a),
                b=Cell(_shown(session, state, name, theirs), not from_a),
            ))  # fmt: skip
    return found


def _labels(state: Setup) -> dict[str, str]:
    return {f"{CUSTOM}{field.name}": field.label for field in state.fields.values()}


def _shown(session: Session, state: Setup, name: str, value: object) -> str:
    if not value:
        return ""
    if name.startswith(CUSTOM):
        return value_shown(convert(value, Value))[:CUT]
    if name == "organisation_id":
        return session.get_one(Organisation, value).name
    if name == "department_id" and isinstance(value, int):
        return state.departments[value].name
    return session.get_one(User, value).name if name == "responsible_id" else str(value)[:CUT]


def _column(session: Session, viewer: Viewer, contact: Contact, side: Side, *, stays: bool) -> Column:
    last = session.scalars(
        select(Interaction).where(Interaction.contact_id == contact.id)
        .order_by(Interaction.at.desc(), Interaction.id.desc()).limit(LAST)
    )  # fmt: skip
    tasks = select(Task.title).where(Task.contact_id == contact.id, Task.done_at.is_(None), sees_task(viewer))
    country = setup(session).company.country
    return Column(
        side=side, made_at=contact.made_at, stays=stays,
        handles=ways(handles_of(session, [contact.id])[contact.id], country),
        last=[Happened(each.kind, each.at, each.summary[:CUT]) for each in last],
        tasks=session.scalars(tasks.order_by(Task.id).limit(LAST)).all(),
    )  # fmt: skip
