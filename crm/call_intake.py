"""What a call becomes: while it lives a popup, at its end a line on the card, and a call-back where it was in vain.

Doing it twice does nothing. Whoever calls is recognised by his number; of several who have it a person chooses. A
number that nobody has gets a card at the end of the call, unless somebody made one meanwhile.
"""

from __future__ import annotations

from datetime import datetime
from functools import partial

from sqlalchemy.orm import Session

from crm import (
    call_sheets,
    callbacks,
    caller_lists,
    calls,
    contacts,
    conversations,
    deal_openings,
    dial_turns,
    happenings,
    numbers,
    recordings,
    rescues,
    tasks,
    told_calls,
    turns,
)
from crm.call_summaries import remarks, summary
from crm.calls import Call
from crm.contacts import PHONE, Contact
from crm.conversations import Interaction
from crm.deal_openings import Request
from crm.setup import setup
from hub.bus import Audience, Notice
from hub.channels import Channel, LiveChannel
from hub.db import announce
from hub.events import CallChanged, CallsListed
from hub.journal import Inbound, Outcome
from hub.rows import insert
from hub.said import Said, nsaid, said
from hub.users import SEE_ALL

ANSWERED = "call answered"


def take(session: Session, item: Inbound, channel: LiveChannel, event: CallChanged | CallsListed) -> Outcome:
    """Keep what is told of a call, or of which calls live, and do what follows from their ends."""
    if isinstance(event, CallsListed):
        return _take_stock(session, item, channel, event)
    call = told_calls.tell(session, channel.id, event, partial(place, department=event.department))
    if call is None:
        return Outcome(said("an older word of a call"))
    return follow(session, item, channel, call)


def place(session: Session, call: Call, department: str) -> None:
    """Say whose a call is, and with whom; `department` is as the channel says."""
    told = bool(department or call.rang or call.outcome)  # before that nobody can say whose it is
    if call.department_id is None and told and call.direction != "internal":
        call.department_id = _department(session, call, department)
    if call.contact_id is None and call.customer:
        recognise(session, call)


def follow(session: Session, item: Inbound, channel: LiveChannel, call: Call) -> Outcome:
    """Do what follows from a call as it is by now, and say what it became."""
    if call.direction != "internal":
        callbacks.reached(session, call)
    if call.direction != "internal":
        call_sheets.lay(session, call)
    if call.outcome is not None and call.direction != "internal":
        _end(session, item, channel, call)
    recordings.ask_for(session, call)
    tell(session, call)
    return Outcome(_became(call), f"/contacts/{call.contact_id}" if call.contact_id else None)


def _take_stock(session: Session, item: Inbound, channel: LiveChannel, event: CallsListed) -> Outcome:
    """End what lives here alone: it ended while nobody listened."""
    gone = [call for call in calls.live(session)
            if call.channel_id == channel.id and call.key not in event.keys and call.started_at < event.at
            and not calls.is_on_its_way(session, call)]  # fmt: skip
    for call in gone:
        lose(session, item, channel, call, event.at, event.silent_since)
    words = nsaid("%(num)s call lives", "%(num)s calls live", len(event.keys))
    if not gone:
        return Outcome(words)
    lost = nsaid("%(num)s ended unheard", "%(num)s ended unheard", len(gone))
    return Outcome(said("%(one)s; %(more)s", one=words, more=lost))


def lose(
    session: Session,
    item: Inbound,
    channel: LiveChannel | Channel,
    call: Call,
    at: datetime,
    since: datetime | None,
) -> None:
    """End a call of which nobody knows how it ended, some time between `since` and `at`."""
    told_calls.lose(session, call, at, since)
    if call.direction != "internal":
        _end(session, item, channel, call)
    recordings.ask_for(session, call)
    tell(session, call)


def recognise(session: Session, call: Call) -> None:
    """Find who it is, where one contact alone has the number."""
    likely = candidates(session, call)
    if len(likely) == 1:
        call.contact_id = likely[0]


def candidates(session: Session, call: Call) -> list[int]:
    """Give the contacts that have the number."""
    return owners_of(session, call.customer) if call.customer else []


def owners_of(session: Session, number: str) -> list[int]:
    """Give the contacts that have a number."""
    likely = contacts.owners(session, contacts.identity(number, "", setup(session).company.country))
    if len(likely) > 1:
        likely = contacts.settled(session, likely)
    return [each.contact_id for each in likely]


def tell(session: Session, call: Call) -> None:
    """Have those look again who have to do with it: at whose telephones it is, their department, and who oversees."""
    calls.look_again(session, call)
    departments = frozenset({call.department_id} if call.department_id else ())
    announce(
        session, Notice(kind="call", id=call.id, audience=Audience(departments=departments, roles=SEE_ALL))
    )


def _department(session: Session, call: Call, named: str) -> int | None:
    """Give whose call it is: as the channel says, else the department of whose telephone rang first, else the first."""
    people = calls.people_at(session, call.rang) if not named else []
    own = next((user.department_id for user in people if user.department_id), None)
    department = setup(session).department(named)
    return own or (department.id if department else None)


def _end(session: Session, item: Inbound, channel: LiveChannel | Channel, call: Call) -> None:
    call_sheets.settle(session, call)
    dial_turns.call_ended(session, call)
    rescues.call_ended(session, call)
    if call.placed_by is not None and not call.picked_up and not call.talks:
        return  # who placed it did not pick up: the customer's telephone never rang
    blocked = call.direction == "inbound" and caller_lists.is_blocked(session, call.customer)
    if call.contact_id is None and call.customer is not None and not blocked:
        call.contact_id = _new_card(session, call)
    if call.contact_id is None:
        return
    contact = session.get_one(Contact, call.contact_id)
    if call.interaction_id is None:
        _write_line(session, item, channel, call, contact)
        _came(session, channel, call, contact, blocked=blocked)
    else:
        _write_anew(session, call)
    if call.missed and call.task_id is None and not blocked:
        number = (
            numbers.display(call.customer, setup(session).company.country) if call.customer else call.written
        )
        call.task_id = callbacks.ask_for(session, call, contact, contact.name or number).id
    announce(session, Notice(kind="contact", id=contact.id, audience=tasks.audience_of(
        contact.responsible_id, contact.department_id)))  # fmt: skip


def _write_line(
    session: Session, item: Inbound, channel: LiveChannel | Channel, call: Call, contact: Contact
) -> None:
    at = call.started_at
    conversation_id = conversations.conversation_on(session, contact.id, channel.id, channel.title, at)
    turns.spoken(session, conversation_id, at)
    call.interaction_id = insert(
        session, Interaction, contact_id=contact.id, conversation_id=conversation_id, channel_id=channel.id,
        inbound_id=item.id, key=f"call {call.key}", kind="call", at=at, fields=[], origin=[],
        direction="out" if call.direction == "outbound" else "in", summary=summary(session, call),
        text=call_sheets.notes(session, call.id), author_id=calls.who(session, call), remarks=remarks(call),
        counts_as_contact=bool(call.talks),
    )  # fmt: skip


def _write_anew(session: Session, call: Call) -> None:
    """Say what is known by now of a call that is on the card already."""
    line = session.get_one(Interaction, call.interaction_id)
    line.summary, line.remarks = summary(session, call), list(remarks(call))
    if call.talks and not line.counts_as_contact:
        happenings.tell(session, ANSWERED, contact_id=line.contact_id)
    line.author_id, line.counts_as_contact = calls.who(session, call), bool(call.talks)


def _came(
    session: Session, channel: LiveChannel | Channel, call: Call, contact: Contact, *, blocked: bool
) -> None:
    """Have a call that came open a deal, and move what waits for one that was answered."""
    message = ANSWERED if call.talks else ""
    if call.direction == "inbound" and call.interaction_id is not None and not blocked:
        request = Request(contact.id, call.interaction_id, "", channel.name, channel.title, call.started_at)
        deal_openings.came(session, request, message)
    elif message:
        happenings.tell(session, message, contact_id=contact.id)


def _new_card(session: Session, call: Call) -> int:
    """Make a card for somebody new; where several have the number it says who he may be."""
    handles = contacts.free(session, [(PHONE, call.customer or "")])
    return contacts.add_contact(
        session, call.name, handles, fields={}, department_id=call.department_id,
        maybe=candidates(session, call) or None,
    )  # fmt: skip


def _became(call: Call) -> Said:
    if call.outcome is None:
        return said("a call that goes on: %(number)s", number=call.customer or call.written or "?")
    if call.task_id is not None:
        return said("a missed call, to be called back: %(number)s", number=call.customer or call.written)
    return said("a call: %(number)s", number=call.customer or call.written or "?")
