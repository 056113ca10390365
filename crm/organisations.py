"""What is done with organisations: found, described, renamed, and joined when two are one - which can be taken back.

Whoever sees one of its people sees an organisation; managers also see those that have nobody yet.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, exists, func, or_, select, true
from sqlalchemy.orm import Session

from crm import bulk
from crm.bulk import JOIN, Deed
from crm.contacts import FIRM, Contact, Organisation
from crm.desk import Refusal
from crm.rights import sees_contact, sees_task
from crm.tasks import Task
from hub import audit
from hub.clock import now
from hub.languages import LANGUAGES, SOURCE, _, listener
from hub.said import said
from hub.users import Viewer

LONGEST = {"phone": 100, "web": 500, "note": 20_000}


class Place(NamedTuple):
    """Behind this organisation of a list by name."""

    key: str
    id: int


class About(NamedTuple):
    """How many people of an organisation somebody sees, what is to do for them, when they were last heard of."""

    people: int
    open_tasks: int
    last_at: object


def sees(viewer: Viewer) -> ColumnElement[bool]:
    """Tell which organisations somebody sees."""
    if viewer.sees_all:
        return true()
    return exists().where(
        Contact.organisation_id == Organisation.id, Contact.merged_into_id.is_(None), sees_contact(viewer)
    ).correlate(Organisation)  # fmt: skip


def organisation_for(session: Session, viewer: Viewer, organisation_id: int) -> Organisation | None:
    """Give an organisation that somebody sees; one that was joined leads to where it went."""
    found = session.get(Organisation, organisation_id)
    while found is not None and found.merged_into_id is not None:
        found = session.get(Organisation, found.merged_into_id)
    if found is None:
        return None
    return session.scalar(select(Organisation).where(Organisation.id == found.id, sees(viewer)))


def which(viewer: Viewer, q: str) -> ColumnElement[bool]:
    """Tell which organisations a list wants."""
    words = [Organisation.name.icontains(word, autoescape=True) for word in q.split()[:6]]
    return and_(Organisation.merged_into_id.is_(None), sees(viewer), *words)


def listed(
    session: Session, viewer: Viewer, q: str, after: Place | None, most: int, *, down: bool = False
) -> Sequence[Organisation]:
    """Give organisations by name, in the order of the reader's language."""
    key = sort_column()
    wanted = select(Organisation).where(which(viewer, q))
    if after is not None:
        later = Organisation.id < after.id if down else Organisation.id > after.id
        ahead = and_(key <= after.key, or_(key < after.key, later)) if down else and_(
            key >= after.key, or_(key > after.key, later))  # fmt: skip
        wanted = wanted.where(ahead)
    order = (key.desc(), Organisation.id.desc()) if down else (key, Organisation.id)
    return session.scalars(wanted.order_by(*order).limit(most)).all()


def sort_column() -> ColumnElement[str]:
    """Give the column by which names stand in the reader's order."""
    language = listener().language if listener().language in LANGUAGES else SOURCE
    column: ColumnElement[str] = getattr(Organisation, f"sort_{language}")
    return column


def count(session: Session, viewer: Viewer, q: str) -> int:
    """Count the organisations that a list wants."""
    return session.scalar(select(func.count()).select_from(Organisation).where(which(viewer, q))) or 0


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
    session: Session, viewer: Viewer, firm: Organisation, name: str
) -> tuple[Deed, Organisation, list[int]]:
    """Begin to make one organisation of two: the first goes into the one of this name, with everybody in it."""
    other = session.scalar(
        select(Organisation).where(Organisation.name == " ".join(name.split()), sees(viewer))
    )
    while other is not None and other.merged_into_id is not None:
        other = session.get(Organisation, other.merged_into_id)
    if other is None or other.id == firm.id:
        raise Refusal(_("Choose another organisation that is here"))
    people = list(session.scalars(
        select(Contact.id).where(Contact.organisation_id == firm.id, Contact.merged_into_id.is_(None))
    ))  # fmt: skip
    if not viewer.sees_all and len(people) != _seen(session, viewer, firm.id):
        raise Refusal(_("Some of its people are not yours to see. Ask a manager to join the two"))
    words = said("%(one)s joined with %(other)s", one=firm.name, other=other.name)
    deed = bulk.begin(session, viewer, JOIN, {"organisation_id": other.id}, words, len(people))
    deed.what = {"organisation_id": other.id, "from": firm.id}
    firm.merged_into_id, firm.changed_at = other.id, now()
    audit.record(session, viewer, audit.CHANGED, "organisation", firm.id, words=words)
    return deed, other, people


def part(session: Session, viewer: Viewer, deed: Deed) -> None:
    """Take back that two were made one: the first stands by itself again."""
    firm = session.get(Organisation, deed.what["from"])
    if firm is not None and firm.merged_into_id == deed.what["organisation_id"]:
        firm.merged_into_id = None
        audit.record(
            session, viewer, audit.CHANGED, "organisation", firm.id, words=said("stands by itself again")
        )


def people_of(session: Session, viewer: Viewer, organisation_id: int, most: int) -> list[int]:
    """Give the numbers of those of its people that somebody sees, the last heard of first."""
    wanted = select(Contact.id).where(*_people(viewer, [organisation_id]))
    return list(session.scalars(wanted.order_by(Contact.last_at.desc(), Contact.id.desc()).limit(most)))


def _seen(session: Session, viewer: Viewer, organisation_id: int) -> int:
    return session.scalar(select(func.count()).where(*_people(viewer, [organisation_id]))) or 0


def _people(viewer: Viewer, ids: Sequence[int]) -> tuple[ColumnElement[bool], ...]:
    return (Contact.organisation_id.in_(ids), Contact.merged_into_id.is_(None), sees_contact(viewer))
