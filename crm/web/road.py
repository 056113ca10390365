"""What an item of the journal became: the contact and how it was found, the interaction, tasks, deadlines, alarms."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm import call_rights, contacts, numbers, rights, sla
from crm.alarms import Alarm
from crm.calls import Call
from crm.contacts import Contact
from crm.conversations import Interaction
from crm.deadlines import Deadline, deadlines_of
from crm.setup import setup
from crm.standing import needless
from crm.tasks import Task
from crm.web import call_words
from crm.web.clocks import explained
from crm.web.names import first_number
from hub.clock import now
from hub.events import CallChanged, CallFound, CallNews, CallState, Event, FormSubmitted, LetterReceived
from hub.journal import Inbound
from hub.languages import _, ngettext
from hub.users import Viewer, names_of
from hub.web.tracing import Made

ICONS = {"call": "phone", "mail": "mail"}
AT_ONCE = timedelta(seconds=60)  # between an item and a card that was made of it


def trace(session: Session, viewer: Viewer, inbound_id: int, events: Sequence[Event]) -> list[Made]:
    """Tell of every record that came of an item; what the viewer may not see is left out."""
    told = _call(session, viewer, inbound_id, events)
    touch = session.scalar(select(Interaction).where(Interaction.inbound_id == inbound_id).limit(1))
    contact = rights.contact_for(session, viewer, touch.contact_id) if touch else None
    if touch is None or contact is None:
        return told
    return [
        *told,
        _contact(session, touch, contact, events),
        _interaction(touch),
        *_tasks(session, viewer, touch),
    ]


def _call(session: Session, viewer: Viewer, inbound_id: int, events: Sequence[Event]) -> list[Made]:
    """Tell of the call that an item told of, with many others: it stands whole on its own page."""
    keys = [key for event in events if (key := _call_key(event))]
    if not keys:
        return []
    place = select(Inbound.channel_id).where(Inbound.id == inbound_id).scalar_subquery()
    found = session.scalars(
        select(Call).where(Call.channel_id == place, Call.key.in_(keys), call_rights.sees_call(viewer))
    )
    why = _("the whole call")
    return [
        Made(icon=call_words.icon(call), words=call_words.outcome(call), href=f"/calls/{call.id}", why=why)
        for call in found
    ]


def _call_key(event: Event) -> str:
    if isinstance(event, CallNews):
        return event.key
    return event.call.key if isinstance(event, CallChanged | CallFound) else ""


def _contact(session: Session, touch: Interaction, contact: Contact, events: Sequence[Event]) -> Made:
    return Made(
        icon="person",
        words=contact.name or _("A card without a name"),
        href=f"/contacts/{contact.id}",
        why=_how_found(session, touch, contact, events),
        number=first_number(contacts.handles_of(session, [contact.id])[contact.id]),
    )


def _how_found(session: Session, touch: Interaction, contact: Contact, events: Sequence[Event]) -> str:
    """Say whether the card is new, or by which handle it was known."""
    if contact.id != touch.contact_id:
        return _("The card was merged into this one.")
    first = session.scalar(select(func.min(Interaction.id)).where(Interaction.contact_id == contact.id))
    if first == touch.id and contact.made_at - touch.at < AT_ONCE:
        return _("It may be somebody we know: choose on the card.") if contact.maybe else _("A new card")
    country = setup(session).company.country
    for event in events:
        who = contacts.identity(*_signs(event), country)
        for likeness in contacts.owners(session, who):
            if likeness.contact_id == contact.id:
                return _("Known by %(handle)s", handle=_as_people_write(likeness.because, country))
    return _("Known already")


def _as_people_write(handle: str, country: str) -> str:
    return numbers.display(handle, country) if handle.startswith("+") else handle


def _signs(event: Event) -> tuple[str, str]:
    """Give the number and the mail address by which somebody could be known."""
    if isinstance(event, FormSubmitted):
        return event.phone, event.email
    if isinstance(event, LetterReceived):
        return _signs(event.form) if event.form else ("", event.sender.address if event.sender else "")
    call = event.call if isinstance(event, CallChanged | CallFound) else event
    return (call.customer or "", "") if isinstance(call, CallState | CallNews) else ("", "")


def _interaction(touch: Interaction) -> Made:
    remarks = len(touch.remarks)
    why = ngettext("%(num)s remark", "%(num)s remarks", remarks) if remarks else ""
    return Made(
        icon=ICONS.get(touch.kind, "form"),
        words=touch.summary,
        href=f"/contacts/{touch.contact_id}#event-{touch.id}",
        why=why,
    )


def _tasks(session: Session, viewer: Viewer, touch: Interaction) -> Iterator[Made]:
    wanted = select(Task).where(
        Task.contact_id == touch.contact_id, Task.interaction_id == touch.id, rights.sees_task(viewer)
    )
    tasks = session.scalars(wanted.order_by(Task.id)).all()
    deadlines = deadlines_of(session, [task.id for task in tasks])
    for task in tasks:
        yield Made(
            icon="today", words=task.title, href=f"/tasks/{task.id}", why=_whose(session, viewer, task)
        )
        for deadline in deadlines.get(task.id, ()):
            yield _deadline(session, deadline)
        yield from _alarms(session, task)


def _whose(session: Session, viewer: Viewer, task: Task) -> str:
    """Say who has it: to himself why, to others his name."""
    if task.assignee_id is None or task.assignee_id == viewer.user_id:
        return task.why_me
    return _("%(name)s has it", name=names_of(session, [task.assignee_id]).get(task.assignee_id, ""))


def _deadline(session: Session, deadline: Deadline) -> Made:
    policy = sla.policy_of(session, deadline)
    zone = ZoneInfo(setup(session).company.zone)
    shown = explained(
        deadline, policy.name, zone, now(), needless=bool(needless(session, [deadline.task_id]))
    )
    why = _("rule “%(rule)s”", rule=policy.name) if policy.name else ""
    return Made(icon="clock", words=shown.name, deadline=shown, why=why)


def _alarms(session: Session, task: Task) -> Iterator[Made]:
    told = session.scalars(select(Alarm).where(Alarm.task_id == task.id).order_by(Alarm.id)).all()
    if told:
        words = ngettext("%(num)s alarm", "%(num)s alarms", len(told))
        yield Made(icon="alarm", words=words, href=f"/tasks/{task.id}", at=told[0].made_at)
