"""Changing a dialling list: how people are called, who is on it, and who is called after all."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import call_guides, contacts, dial_lists, wanted
from crm.desk import Refusal
from crm.dial_lists import DialList, DialPerson
from crm.dial_making import MOST, Wanted, numbered, row_of
from crm.listing import Asked
from hub import audit
from hub.clock import now
from hub.languages import _
from hub.rows import insert_many
from hub.said import said
from hub.users import Viewer

RULES = ("name", "script", "calls_from", "calls_until", "most_tries", "again_minutes")


class Added(NamedTuple):
    """How many of a view came onto a list, were on it already, and have no number."""

    people: int
    known: int
    left_out: int


def change(session: Session, viewer: Viewer, listed: DialList, form: Wanted) -> None:
    """Have people be called as wanted from now on; calls that are under way end as they do."""
    before = {name: getattr(listed, name) for name in RULES}
    after = {name: getattr(form, name) for name in RULES} | {"script": call_guides.plain(form.script)}
    changes = audit.differences(before, after)
    if not changes:
        return
    for name, value in after.items():
        setattr(listed, name, value)
    audit.record(session, viewer, audit.CHANGED, "dial_list", listed.id, changes=changes)
    dial_lists.tell(session, listed)


def add_people(session: Session, viewer: Viewer, listed: DialList, asked: Asked, view: str) -> Added:
    """Put everybody who is asked for on a list, as far as this viewer sees them; who is on it stays as he is."""
    session.refresh(
        listed, with_for_update=True
    )  # of two who add at once the second finds whom the first put there
    known = set(session.scalars(select(DialPerson.contact_id).where(DialPerson.list_id == listed.id)))
    ids = wanted.ids(session, viewer, asked)
    new = [each for each in ids if each not in known]
    if len(known) + len(new) > MOST:
        raise Refusal(_("A list has at most %(most)s people. Narrow the view down.", most=MOST))
    reached = list(numbered(session, new))
    if not reached:
        raise Refusal(_("Everybody in this view is on the list, or has no number that can be called."))
    insert_many(session, DialPerson, [row_of(listed.id, *each) for each in reached])
    listed.left_out += len(new) - len(reached)
    if view not in listed.view.split(", "):
        listed.view = f"{listed.view}, {view}"
    words = said("%(num)s people of “%(view)s”", num=len(reached), view=view)
    audit.record(session, viewer, audit.CHANGED, "dial_list", listed.id, words=words)
    dial_lists.tell(session, listed)
    return Added(len(reached), len(ids) - len(new), len(new) - len(reached))


def put_back(session: Session, viewer: Viewer, person: DialPerson) -> None:
    """Have somebody who was stopped be called after all, as the next; what speaks against it is looked at then."""
    if person.stopped_at is None:
        return
    listed = session.get_one(DialList, person.list_id)
    person.stopped_at = person.reached_at = None
    person.why, person.tries = "", min(person.tries, listed.most_tries - 1)
    if person.due_at <= now():
        person.due_at = listed.made_at
    name = session.get_one(contacts.Contact, person.contact_id).name or person.number
    words = said("%(name)s was put back", name=name)
    audit.record(session, viewer, audit.CHANGED, "dial_list", listed.id, words=words)
    dial_lists.tell(session, listed)
