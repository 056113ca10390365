"""What the customer hears of an appointment: an invitation, what changed of it, and a reminder on the day before.

A timer's two columns say when. What is sent and that it was sent are one transaction, so that a hub which is killed
anywhere says it once. There is no SMS: a customer without mail and messenger is called by a person.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, time
from enum import Enum
from zoneinfo import ZoneInfo

from babel.dates import format_date
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import (
    appointments,
    calendar_files,
    chat_writing,
    chats,
    distribution,
    letter_boxes,
    letter_doubts,
    letter_loops,
    letter_writing,
    sla,
)
from crm.appointments import Appointment, Manner
from crm.calendar_files import Date, Party
from crm.chats import Chat
from crm.contacts import MAIL, Contact, Handle
from crm.desk import Refusal
from crm.letter_boxes import Box
from crm.sendings import Wanted
from crm.setup import setup
from hub import audit
from hub.channels import Channel
from hub.clock import now
from hub.db import announce
from hub.languages import N_, Listener, _, listener, speaking_to
from hub.letters import Address, Calendar
from hub.said import said
from hub.timers import Due
from hub.users import User

FIRST_HOUR, LAST_HOUR = 8, 20  # of the customer's day, at which nobody minds a reminder
WORDS = N_("Reminder: we visit you on %(day)s at %(time)s. %(name)s comes.")
TASK = "note"
BLANKS = ("day", "time", "address", "name", "company")
LONGEST = 1_000  # letters of our own words


def fire(session: Session, appointment_id: int) -> None:
    """Tell the customer what is due to be told; what was told or put off meanwhile is left."""
    row = session.get(Appointment, appointment_id, with_for_update=True, populate_existing=True)
    if row is None:
        return
    moment, told = now(), row.told
    if row.tell_at is not None and row.tell_at <= moment:
        untold = _speaking(session, row, _invite)
        row.tell_at = _again(row, untold)
        if untold is not None and row.tell_at is None and row.told is not None:
            _have_called(session, row)
    if row.remind_at is not None and row.remind_at <= moment:
        row.remind_at = None
        if row.told != told:  # who hears of it now needs no reminder
            row.reminded_at = moment
        elif row.is_planned and row.starts_at > moment:
            _remind_decently(session, row, moment)
    for due_at in filter(None, (row.tell_at, row.remind_at)):
        announce(session, Due(appointments.TIMER, due_at))


class Untold(Enum):
    """Why a customer could not be told: for good, or for now, since he got too many letters lately."""

    FOR_GOOD, FOR_NOW = 1, 2


def _again(row: Appointment, untold: Untold | None) -> datetime | None:
    """Say when to try to tell him again, of what holds by then; None where that is not, or comes too late."""
    later = now() + letter_loops.HOUR
    return later if untold is Untold.FOR_NOW and later < row.starts_at else None


def _have_called(session: Session, row: Appointment) -> None:
    """Have a person call a customer who expects a visit that is otherwise by now, and cannot be told."""
    contact = session.get_one(Contact, row.contact_id)
    department = setup(session).departments.get(contact.department_id or 0)
    choice = distribution.choose(session, department, contact.responsible_id, now())
    words = said("Call %(name)s: our visit has changed, and nobody could tell him", name=contact.name)
    if row.cancelled_at is not None:
        words = said(
            "Call %(name)s: our visit does not take place, and nobody could tell him", name=contact.name
        )
    sla.add_task(
        session, title=words, kind=TASK, why=row.trouble, contact_id=contact.id, department_id=contact.department_id,
        assignee_id=choice.user_id, why_me=choice.why, created_at=now(),
    )  # fmt: skip


def _speaking(
    session: Session, row: Appointment, tell: Callable[[Session, Appointment, Manner], None]
) -> Untold | None:
    """Speak the customers' language; keep and give why they could not be told."""
    known = appointments.manner(session)
    try:
        with session.begin_nested(), speaking_to(Listener(known.language, ZoneInfo(row.zone))):
            tell(session, row, known)
            row.trouble = ""
    except (Refusal, letter_doubts.Doubtful) as error:
        session.refresh(row, ["trouble"])
        row.trouble = said("The customer could not be told: %(why)s", why=error.args[0])
        return Untold.FOR_NOW if isinstance(error, letter_loops.TooMany) else Untold.FOR_GOOD
    return None


def _invite(session: Session, row: Appointment, _known: Manner) -> None:
    """Send the date, or that it changed, or does not take place; in words alone to whom no mail can be written."""
    if row.told == row.sequence or (row.cancelled_at is not None and row.told is None):
        return
    try:
        contact, box, address = _by_mail(session, row)
    except Refusal:
        chat = _said_in_a_chat(
            session, row, _letter(session, row, _("If the time does not suit you, answer here."))[1]
        )
        if chat is None:
            raise
        told_to = session.get_one(Channel, chat.channel_id).title
        row.told, row.told_at, row.told_to = row.sequence, now(), told_to
        return
    company = setup(session).company.name
    date = Date(
        uid=row.uid, sequence=row.sequence, stamp=now(), starts_at=row.starts_at, ends_at=row.ends_at,
        summary=_("%(company)s: %(purpose)s", company=company, purpose=row.purpose or _("Visit")),
        location=row.address, cancelled=row.cancelled_at is not None, organizer=Party(company, box.address),
        attendee=Party(contact.name, address),
    )  # fmt: skip
    method, content = calendar_files.invitation(date)
    subject, body = _letter(session, row, _("If the time does not suit you, answer this letter."))
    _write(session, row, subject, body, Calendar(method, content))
    row.told, row.told_at, row.told_to = row.sequence, now(), address


def _letter(session: Session, row: Appointment, answer: str) -> tuple[str, str]:
    """Give the subject and the words of it; `answer` is what one does whom the time does not suit."""
    day, hour = _when(row)
    name, company = session.get_one(User, row.person_id).name, setup(session).company.name
    where = _("Address: %(address)s", address=row.address) if row.address else ""
    if row.cancelled_at is not None:
        subject = _("Our visit on %(day)s does not take place", day=day)
        body = _("our visit on %(day)s at %(time)s does not take place.", day=day, time=hour)
    elif row.told is not None:
        subject = _("Our visit is now on %(day)s at %(time)s", day=day, time=hour)
        body = _(
            "our visit has changed: it is on %(day)s at %(time)s. %(name)s comes.",
            day=day,
            time=hour,
            name=name,
        )
    else:
        subject = _("Our visit on %(day)s at %(time)s", day=day, time=hour)
        body = _("we visit you on %(day)s at %(time)s. %(name)s comes.", day=day, time=hour, name=name)
    greeting = _("Hello,")
    told = "" if row.cancelled_at is not None else answer
    return subject, "\n\n".join(filter(None, (greeting, body[:1].upper() + body[1:], where, told, company)))


def _remind_decently(session: Session, row: Appointment, moment: datetime) -> None:
    """Remind now, or, where the hub slept over the hour, in the morning; nobody is woken at night."""
    zone = ZoneInfo(row.zone)
    local = moment.astimezone(zone)
    if FIRST_HOUR <= local.hour < LAST_HOUR:
        untold = _speaking(session, row, _remind)
        row.reminded_at = moment if untold is None else row.reminded_at
        row.remind_at = _again(row, untold)
        return
    morning = datetime.combine(local.date(), time(FIRST_HOUR), zone).astimezone(UTC)
    if moment < morning < row.starts_at:
        row.remind_at = morning


def _remind(session: Session, row: Appointment, known: Manner) -> None:
    text = reminder(session, row, known)
    if row.remind_by in {"", "chat"} and _said_in_a_chat(session, row, text) is not None:
        return
    day, hour = _when(row)
    _write(session, row, _("Our visit on %(day)s at %(time)s", day=day, time=hour), text, None)


def reminder(session: Session, row: Appointment, known: Manner) -> str:
    """Give the words of a reminder, the company's own or ours, with its blanks filled in."""
    day, hour = _when(row)
    values = {
        "day": day, "time": hour, "address": row.address, "name": session.get_one(User, row.person_id).name,
        "company": setup(session).company.name,
    }  # fmt: skip
    own = known.words_sv if known.language == "sv" else known.words_en
    if not own.strip():
        where = _("Address: %(address)s", address=row.address) if row.address else ""
        return "\n".join(filter(None, (_(WORDS, **values), where, values["company"])))
    for name, value in values.items():
        own = own.replace(f"{{{name}}}", value)
    return own


def _said_in_a_chat(session: Session, row: Appointment, text: str) -> Chat | None:
    """Say it in the chat in which the customer wrote last, and give that; None where there is none that takes it."""
    for chat in chats.chats_of(session, row.contact_id):
        if chat.last_in_at is None or chat.blocked_at is not None:
            continue
        try:
            with session.begin_nested():
                chat_writing.say(
                    session, audit.RINGBACK, chat_writing.Wanted(chat_id=chat.id, text=text, automatic=True)
                )
        except Refusal:
            continue
        return chat
    return None


def _write(session: Session, row: Appointment, subject: str, body: str, calendar: Calendar | None) -> None:
    contact, box, address = _by_mail(session, row)
    wanted = Wanted(
        contact_id=contact.id, channel_id=box.id, to=(Address(contact.name, address),), subject=subject, body=body,
        automatic=True, calendar=calendar,
    )  # fmt: skip
    letter_writing.write(session, audit.RINGBACK, wanted)


def _by_mail(session: Session, row: Appointment) -> tuple[Contact, Box, str]:
    """Give whom to write to and from where; Refusal says what is missing."""
    contact = session.get_one(Contact, row.contact_id)
    box = letter_boxes.box_for(session, audit.RINGBACK, contact)
    if box is None:
        raise Refusal(said("There is no mailbox of ours to write from."))
    mail = select(Handle.value).where(Handle.contact_id == contact.id, Handle.kind == MAIL)
    address = session.scalar(mail.order_by(Handle.id).limit(1))
    if address is None:
        raise Refusal(said("The contact has no mail address."))
    return contact, box, address


def _when(row: Appointment) -> tuple[str, str]:
    local = row.starts_at.astimezone(ZoneInfo(row.zone))
    is_near = local.year == now().astimezone(local.tzinfo).year
    pattern = "EEEE d MMMM" if is_near else "EEEE d MMMM y"
    return format_date(local.date(), pattern, listener().locale), f"{local:%H:%M}"
