"""The relations of a card: to whom it belongs, and what a press does to them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec
from aiohttp import web
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import card_history, contacts, relations
from crm.contacts import Contact, Organisation, handles_of
from crm.desk import Refusal
from crm.relations import Related, Relation, RelationKind
from crm.rights import sees_contact
from crm.setup import setup
from crm.web.names import called, reach
from crm.web.seen import visible
from hub.languages import _
from hub.users import Viewer
from hub.web.keys import DB
from hub.web.pages import Toast, changed, form, is_fragment, page, path_id, render, viewer_of
from hub.web.problems import Problem

MOST_ALIKE = 8
UNREADABLE = 422
KEY = "relations"


class RelationRow(msgspec.Struct, frozen=True):
    """One relation: what it is, to whom (`href` is "" for who may not open it), and what ends it."""

    name: str
    other: str
    href: str
    end: str


class End(msgspec.Struct, frozen=True):
    """A kind read from one of its ends, to choose: "3" or "3 turned"."""

    value: str
    words: str


class Relations(msgspec.Struct, frozen=True, kw_only=True):
    """The relations of a card, and the form that adds one."""

    contact_id: int
    rows: Sequence[RelationRow]
    ends: Sequence[End]
    chosen: str = ""
    typed: str = ""
    error: str = ""
    alike: Sequence[End] = ()


@page("POST", "/contacts/{id}/relations")
async def add(request: web.Request) -> web.StreamResponse:
    """Say what the contact is to somebody; where several are called so, offer them."""
    said, contact_id = await form(request), path_id(request)
    wanted = (said.get("kind", ""), said.get("other", ""), said.get("which", ""))
    added = await request.app[DB].write(_add, viewer_of(request), contact_id, *wanted)
    if isinstance(added, Relations):
        return await _asked_back(request, added)
    back = f"/contacts/{contact_id}"
    return await changed(request, Toast(text=added[1], undo=f"{back}/relations/{added[0]}"), back=back)


@page("DELETE", "/contacts/{id}/relations/{relation}")
async def end(request: web.Request) -> web.StreamResponse:
    """Say that it is no longer so."""
    return await _turned(request, ended=True)


@page("DELETE", "/contacts/{id}/relations/{relation}/end")
async def resume(request: web.Request) -> web.StreamResponse:
    """Take back that it is no longer so."""
    return await _turned(request, ended=False)


def relations_of(session: Session, viewer: Viewer, contact: Contact) -> Relations:
    """Give the relations of a card, as this viewer may see them."""
    rows = relations.related(session, contact.id)
    ids = [each.contact.id for each in rows if each.contact]
    seen = set(_seen(session, viewer, ids)) if ids else set()
    return Relations(
        contact_id=contact.id, rows=[_row(session, contact, each, seen) for each in rows], ends=_ends(session)
    )


def _seen(session: Session, viewer: Viewer, ids: Sequence[int]) -> Iterable[int]:
    return session.scalars(select(Contact.id).where(Contact.id.in_(ids), sees_contact(viewer)))


async def _asked_back(request: web.Request, asked: Relations) -> web.StreamResponse:
    if not is_fragment(request):
        raise Problem(UNREADABLE, asked.error)
    response = await render(request, "_relations.html", status=UNREADABLE, relations=asked)
    response.headers["HX-Retarget"] = "#relations"
    response.headers["HX-Reswap"] = "outerHTML"
    return response


async def _turned(request: web.Request, *, ended: bool) -> web.StreamResponse:
    contact_id, relation_id = path_id(request), path_id(request, "relation")
    words = await request.app[DB].write(_set_ended, viewer_of(request), contact_id, relation_id, ended)
    back = f"/contacts/{contact_id}"
    undo = f"{back}/relations/{relation_id}/end" if ended else ""
    return await changed(request, Toast(text=words, undo=undo), back=back)


def _row(session: Session, contact: Contact, related: Related, seen: set[int]) -> RelationRow:
    end = f"/contacts/{contact.id}/relations/{related.id}"
    if related.organisation is not None:
        firm = related.organisation
        return RelationRow(related.name, firm.name, f"/organisations/{firm.id}", end)
    other = related.contact
    name = _called(session, other) if other else ""
    return RelationRow(related.name, name, f"/contacts/{other.id}" if other and other.id in seen else "", end)


def _called(session: Session, contact: Contact) -> str:
    return called(contact.name, handles_of(session, [contact.id])[contact.id], setup(session).company.country)


def _ends(session: Session) -> list[End]:
    """Give every kind from both ends; one that reads the same from both stands once."""
    found = []
    for kind in relations.kinds(session):
        found.append(End(str(kind.id), kind.name))
        if kind.other_name != kind.name:
            found.append(End(f"{kind.id} turned", kind.other_name))
    return found


def _add(
    session: Session, viewer: Viewer, contact_id: int, kind: str, typed: str, which: str
) -> tuple[int, str] | Relations:
    contact = visible(session, viewer, contact_id)
    number, _space, turned = kind.partition(" ")
    chosen = session.get(RelationKind, int(number)) if number.isdecimal() and len(number) < 19 else None  # noqa: PLR2004
    if chosen is None or chosen.retired_at is not None:
        raise Refusal(_("Choose what they are to each other"))
    likely = _likely(session, viewer, contact, " ".join(typed.split()), which)
    if len(likely) != 1:
        asked = relations_of(session, viewer, contact)
        return msgspec.structs.replace(asked, chosen=kind, typed=typed, **_asking(session, typed, likely))
    other = likely[0]
    cards = [contact, other] if isinstance(other, Contact) else [contact]
    before = [_texts(session, card) for card in cards]
    relation = relations.relate(session, contact, chosen, other, turned=bool(turned))
    _record(session, viewer, cards, before)
    name = other.name if isinstance(other, Organisation) else _called(session, other)
    return relation.id, _(
        "%(relation)s %(name)s", relation=chosen.other_name if turned else chosen.name, name=name
    )


def _likely(
    session: Session, viewer: Viewer, contact: Contact, typed: str, which: str
) -> list[Contact | Organisation]:
    """Find whom somebody means: by number or address, else by the whole name."""
    if not typed:
        return []
    seen = select(Contact).where(
        sees_contact(viewer), Contact.merged_into_id.is_(None), Contact.id != contact.id
    )
    if which.isdecimal() and len(which) < 19:  # noqa: PLR2004 - digits of an id
        return list(session.scalars(seen.where(Contact.id == int(which))))
    owners = contacts.owners(session, contacts.identity(typed, typed, setup(session).company.country))
    ids = [each.contact_id for each in owners]
    people = list(
        session.scalars(seen.where(Contact.id.in_(ids) | (Contact.name == typed)).limit(MOST_ALIKE))
    )
    firms = session.scalars(select(Organisation).where(Organisation.name == typed))
    return [*people, *firms]


def _asking(session: Session, typed: str, likely: Sequence[Contact | Organisation]) -> dict[str, object]:
    people = [each for each in likely if isinstance(each, Contact)]
    if not people:
        return {
            "error": _("Nobody here is called “%(name)s”; write the whole name, or a number", name=typed[:60])
        }
    handles, country = handles_of(session, [each.id for each in people]), setup(session).company.country
    alike = [
        End(
            str(each.id),
            f"{each.name} ({reach(handles[each.id], country)})" if handles[each.id] else each.name,
        )
        for each in people
    ]
    return {"error": _("Several are called so: choose one"), "alike": alike}


def _set_ended(session: Session, viewer: Viewer, contact_id: int, relation_id: int, ended: bool) -> str:  # noqa: FBT001
    contact = visible(session, viewer, contact_id)
    relation = session.get(Relation, relation_id)
    if relation is None or contact.id not in {relation.contact_id, relation.other_id}:
        raise Problem(404, _("There is no such relation."))
    cards = [session.get_one(Contact, each) for each in (relation.contact_id, relation.other_id) if each]
    before = [_texts(session, card) for card in cards]
    if ended:
        relations.end(relation)
    else:
        relation.ended_at = None
    session.flush()
    _record(session, viewer, cards, before)
    return _("The relation ended") if ended else _("The relation is there again")


def _texts(session: Session, contact: Contact) -> list[str]:
    """Give the relations of a contact in words, for the audit."""
    return [
        f"{each.name} {each.organisation.name if each.organisation else each.contact and each.contact.name}"
        for each in relations.related(session, contact.id)
    ]


def _record(session: Session, viewer: Viewer, cards: Sequence[Contact], before: Sequence[list[str]]) -> None:
    """Write it down on every card that it stands on."""
    for card, was in zip(cards, before, strict=True):
        card_history.record(session, viewer, card, {KEY: was}, {KEY: _texts(session, card)})
