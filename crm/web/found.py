"""What was found, as every place shows it: who or what it is, where the words stand in it, and where it leads."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.attachments import Attachment
from crm.contacts import Contact, Organisation, handles_of
from crm.conversations import Interaction
from crm.deadlines import deadlines_of
from crm.fields import fold
from crm.search_documents import guarded
from crm.search_index import CONTACT, INTERACTION, ORGANISATION, TASK
from crm.setup import setup
from crm.tasks import Task
from crm.web.clocks import Clock, clock, pressing
from crm.web.marks import Piece, marked, snippet
from crm.web.names import called, first_number, initials, reach
from crm.web.task_rows import ICONS
from hub.clock import now

LOOKED_THROUGH = 20_000  # letters of a text


class Hit(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was found. `initials` are for people and companies, `icon` is for the rest."""

    kind: str
    id: int
    href: str
    title: Sequence[Piece]
    about: Sequence[Piece] = ()
    icon: str = ""
    initials: str = ""
    at: datetime | None = None
    clock: Clock | None = None
    done: bool = False
    dial: str = ""


Pattern = re.Pattern[str] | None


def show(session: Session, kind: str, ids: Sequence[int], pattern: Pattern) -> list[Hit]:
    """Show records in the order of their ids; one that is gone by now is left out."""
    shown = {hit.id: hit for hit in _SHOWN[kind](session, ids, pattern)} if ids else {}
    return [shown[each] for each in ids if each in shown]


def _contacts(session: Session, ids: Sequence[int], pattern: Pattern) -> Iterator[Hit]:
    country, handles, closed = setup(session).company.country, handles_of(session, ids), guarded(session)
    rows = session.execute(
        select(Contact.id, Contact.name, Contact.fields, Contact.changed_at, Organisation.name)
        .outerjoin(Organisation, Organisation.id == Contact.organisation_id)
        .where(Contact.id.in_(ids))
    )
    for contact_id, name, fields, changed_at, firm in rows:
        title = called(name, handles[contact_id], country)
        known = " · ".join(filter(None, (firm, reach(handles[contact_id], country))))
        shown = {key: value for key, value in fields.items() if fold(key) not in closed}
        answer = "" if _has(f"{title} {known}", pattern) else _answer(shown, pattern)
        about = " · ".join(filter(None, (known, answer)))
        yield Hit(
            kind=CONTACT, id=contact_id, href=f"/contacts/{contact_id}", title=marked(title, pattern),
            about=marked(about, pattern), initials=initials(name), at=changed_at,
            dial=first_number(handles[contact_id]),
        )  # fmt: skip


def _answer(fields: Mapping[str, object], pattern: Pattern) -> str:
    """Give the custom field by which somebody was found."""
    for name, field in fields.items():
        value = field.get("value") if isinstance(field, dict) else field
        if isinstance(value, str) and _has(value, pattern):
            return f"{name}: {value[:LOOKED_THROUGH]}"
    return ""


def _has(text: str, pattern: Pattern) -> bool:
    return pattern is None or pattern.search(text) is not None


def _organisations(session: Session, ids: Sequence[int], pattern: Pattern) -> Iterator[Hit]:
    rows = session.execute(select(Organisation.id, Organisation.name).where(Organisation.id.in_(ids)))
    for firm_id, name in rows:
        yield Hit(
            kind=ORGANISATION, id=firm_id, href=f"/organisations/{firm_id}",
            title=marked(name, pattern), initials=initials(name),
        )  # fmt: skip


def _tasks(session: Session, ids: Sequence[int], pattern: Pattern) -> Iterator[Hit]:
    zone, moment = ZoneInfo(setup(session).company.zone), now()
    deadlines = deadlines_of(session, ids)
    for task in session.scalars(select(Task).where(Task.id.in_(ids))):
        first = pressing(each for each in deadlines[task.id] if each.met_at is None)
        running = first if task.done_at is None else None
        yield Hit(
            kind=TASK, id=task.id, href=f"/tasks/{task.id}", title=marked(task.title, pattern),
            about=snippet([task.why], pattern), icon=ICONS.get(task.kind, "today"), done=task.done_at is not None,
            at=task.done_at or task.created_at, clock=clock(running, zone, moment) if running else None,
        )  # fmt: skip


def _interactions(session: Session, ids: Sequence[int], pattern: Pattern) -> Iterator[Hit]:
    files, closed = _files(session, ids), guarded(session)
    rows = session.execute(
        select(Interaction, Contact.name).join(Contact).where(Interaction.id.in_(ids))
    ).all()
    nameless = [touch.contact_id for touch, name in rows if not name]
    handles, country = handles_of(session, nameless), setup(session).company.country
    for touch, name in rows:
        told = [each for each in touch.fields if fold(each["label"]) not in closed]
        answers = [f"{each['label']}: {each['value']} · {touch.summary}" for each in told]
        texts = [touch.text, touch.summary, *answers, *files.get(touch.id, ())]
        yield Hit(
            kind=INTERACTION, id=touch.id, href=f"/contacts/{touch.contact_id}#event-{touch.id}", at=touch.at,
            title=marked(called(name, handles.get(touch.contact_id, ()), country), None), icon=touch.kind,
            about=snippet((text[:LOOKED_THROUGH] for text in texts), pattern),
        )  # fmt: skip


def _files(session: Session, ids: Sequence[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    query = select(Attachment.interaction_id, Attachment.name).where(Attachment.interaction_id.in_(ids))
    for number, name in session.execute(query):
        found.setdefault(number, []).append(name)
    return found


_SHOWN: Mapping[str, Callable[[Session, Sequence[int], Pattern], Iterator[Hit]]] = {
    CONTACT: _contacts,
    ORGANISATION: _organisations,
    TASK: _tasks,
    INTERACTION: _interactions,
}
