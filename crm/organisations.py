"""What is done with organisations: described, renamed, and joined when several are one - which can be taken back.

Whoever sees one of its people sees an organisation; managers also see those that have nobody yet.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple, cast

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from crm import bulk
from crm.bulk import Deed
from crm.contacts import FIRM, Contact, Organisation
from crm.desk import Refusal
from crm.rights import sees_contact, sees_organisation, sees_task
from crm.tasks import Task
from crm.ways import JOIN
from hub import audit
from hub.clock import now
from hub.languages import _
from hub.said import nsaid, said
from hub.users import Viewer

MOST_JOINED = 100
LONGEST = {"phone": 100, "web": 500, "note": 20_000}


class About(NamedTuple):
    """How many people of an organisation somebody sees, what is to do for them, when they were last heard of."""

    people: int
    open_tasks: int
    last_at: datetime | None


def organisation_for(session: Session, viewer: Viewer, organisation_id: int) -> Organisation | None:
    """Give an organisation that somebody sees; one that was joined leads to where it went."""
    found = session.get(Organisation, organisation_id)
    while found is not None and found.merged_into_id is not None:
        found = session.get(Organisation, found.merged_into_id)
    if found is None:
        return None
    return session.scalar(select(Organisation).where(Organisation.id == found.id, sees_organisation(viewer)))


def about(session: Session, viewer: Viewer, ids: Sequence[int]) -> dict[int, About]:
    """Tell of several organisations what somebody sees of their people."""
    people = select(
        Contact.organisation_id, func.count(), func.max(Contact.last_at, type_=Contact.last_at.type)
    ).where(*_people(viewer, ids)).group_by(Contact.organisation_id)  # fmt: skip
    tasks = (
        select(Contact.organisation_id, func.count()).select_from(Task)
        .join(Contact, Contact.id == Task.contact_id)
        .where(Contact.organisation_id.in_(ids), Task.done_at.is_(None), sees_task(viewer))
        .group_by(Contact.organisation_id)
    )  # fmt: skip
    open_tasks = dict(session.execute(tasks).all())
    return {firm: About(number, open_tasks.get(firm, 0), last)
            for firm, number, last in session.execute(people) if firm is not None}  # fmt: skip


def change(session: Session, viewer: Viewer, firm: Organisation, said_now: Mapping[str, str]) -> None:
    """Change its name or what is known of it."""
    before = {name: getattr(firm, name) for name in ("name", *LONGEST)}
    if "name" in said_now:
        _rename(session, firm, said_now["name"])
    for name, most in LONGEST.items():
        if name in said_now:
            text = said_now[name].strip()
            if len(text) > most:
                raise Refusal(_("This is longer than fits here"))
            setattr(firm, name, text)
    differences = audit.differences(before, {name: getattr(firm, name) for name in before})
    if differences:
        firm.changed_at = now()
        audit.record(session, viewer, audit.CHANGED, "organisation", firm.id, changes=differences)


def _rename(session: Session, firm: Organisation, name: str) -> None:
    name = " ".join(name.split())[:FIRM].rstrip()
    if not name:
        raise Refusal(_("An organisation needs a name"))
    other = session.scalar(
        select(Organisation.id).where(Organisation.name == name, Organisation.id != firm.id)
    )
    if other is not None:
        raise Refusal(_("Another organisation is called so. If it is the same one, join the two"))
    firm.name = name


def begin_join(
    session: Session, viewer: Viewer, firms: Sequence[Organisation], name: str
) -> tuple[Deed, Organisation, list[int]]:
    """Begin to make one organisation of several: they go into the one of this name, with everybody in them."""
    into = _named(session, viewer, name)
    joined = [firm for firm in firms if into is None or firm.id != into.id]
    if into is None or not joined:
        raise Refusal(_("Choose another organisation that is here"))
    if len(joined) > MOST_JOINED:
        raise Refusal(_("A hundred organisations at most are made one. Choose fewer"))
    people = _everybody(session, viewer, [firm.id for firm in joined])
    words = _joined(joined, into)
    what = {"organisation_id": into.id, "from": [firm.id for firm in joined]}
    deed = bulk.begin(session, viewer, JOIN, what, words, len(people))
    for firm in joined:
        firm.merged_into_id, firm.changed_at = into.id, now()
        audit.record(session, viewer, audit.CHANGED, "organisation", firm.id, words=words)
    return deed, into, people


def part(session: Session, viewer: Viewer, deed: Deed) -> None:
    """Take back that several were made one: each stands by itself again."""
    joined = select(Organisation).where(
        Organisation.id.in_(cast("list[int]", deed.what["from"])),
        Organisation.merged_into_id == deed.what["organisation_id"],
    )
    for firm in session.scalars(joined):
        firm.merged_into_id = None
        words = said("stands by itself again")
        audit.record(session, viewer, audit.CHANGED, "organisation", firm.id, words=words)


def people_of(session: Session, viewer: Viewer, organisation_id: int, most: int) -> list[int]:
    """Give the numbers of those of its people that somebody sees, the last heard of first."""
    wanted = select(Contact.id).where(*_people(viewer, [organisation_id]))
    return list(
        session.scalars(wanted.order_by(Contact.last_at.desc().nulls_last(), Contact.id.desc()).limit(most))
    )


def _named(session: Session, viewer: Viewer, name: str) -> Organisation | None:
    """Give the organisation of this name, or the one that it went into."""
    wanted = select(Organisation).where(
        Organisation.name == " ".join(name.split()), sees_organisation(viewer)
    )
    found = session.scalar(wanted)
    while found is not None and found.merged_into_id is not None:
        found = session.get(Organisation, found.merged_into_id)
    return found


def _everybody(session: Session, viewer: Viewer, ids: Sequence[int]) -> list[int]:
    """Give the numbers of all their people; somebody who does not see them all is refused."""
    everybody = select(Contact.id).where(Contact.organisation_id.in_(ids), Contact.merged_into_id.is_(None))
    found = list(session.scalars(everybody))
    seen = select(func.count()).where(*_people(viewer, ids))
    if not viewer.sees_all and len(found) != session.scalar(seen):
        raise Refusal(_("Some of their people are not yours to see. Ask a manager to join them"))
    return found


def _joined(firms: Sequence[Organisation], into: Organisation) -> str:
    if len(firms) == 1:
        return said("%(one)s joined with %(other)s", one=firms[0].name, other=into.name)
    return nsaid("%(num)s organisation joined with %(other)s", "%(num)s organisations joined with %(other)s",
                 len(firms), other=into.name)  # fmt: skip


def _people(viewer: Viewer, ids: Sequence[int]) -> tuple[ColumnElement[bool], ...]:
    return (Contact.organisation_id.in_(ids), Contact.merged_into_id.is_(None), sees_contact(viewer))
