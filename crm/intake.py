"""What an event becomes: contact (found or made), interaction, task and clocks, all in one transaction.

Doing it twice does nothing: a request is known by its key. The same request sent again is linked to the first
and stays visible; a replayed item finds what it became and is read into it anew.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import NamedTuple

from msgspec import structs
from sqlalchemy.orm import Session

from crm import (
    call_intake,
    contacts,
    conversations,
    distribution,
    fields,
    found_calls,
    letter_intake,
    letters,
    rereading,
    setting_aside,
    sla,
    tasks,
    telling,
)
from crm.contacts import Contact, Identity, Likeness
from crm.conversations import Answers, Interaction
from crm.fields import CustomField
from crm.setup import Setup, setup
from hub.channels import LiveChannel
from hub.clock import now
from hub.events import CallFound, Event, Field, FormSubmitted, LetterReceived
from hub.journal import Inbound, Outcome
from hub.rows import insert
from hub.said import Said, nsaid, said
from hub.users import Department

SUMMARY = 160
SUMMED_UP = 6  # answers
TITLE = 200
NAMED = 160  # of a name within a title


class Card(NamedTuple):
    """The contact that a request is from: whose it is, and what was odd about finding out.

    `reachable`: a number or an address is known by which it can be answered.
    """

    id: int
    name: str
    responsible_id: int | None
    department_id: int | None
    conversation_id: int
    remarks: tuple[str, ...]
    reachable: bool = True


def take(session: Session, item: Inbound, channel: LiveChannel, event: Event) -> Outcome:
    """Make records of one event and say what it became."""
    match event:
        case FormSubmitted():
            return _form(session, item, channel, event)
        case LetterReceived(form=FormSubmitted() as form):
            doubted = structs.replace(form, suspicion=event.suspicion)
            return _form(session, item, channel, doubted)
        case LetterReceived():
            return letter_intake.take(session, item, channel, event)
        case CallFound():
            return found_calls.take(session, item, channel, event)
        case _:
            return call_intake.take(session, item, channel, event)


def _form(session: Session, item: Inbound, channel: LiveChannel, event: FormSubmitted) -> Outcome:
    keys = conversations.request_keys(event.key, event.repeats_within, item.received_at)
    known = conversations.find_request(session, channel.id, keys, event.repeats_within, item.received_at)
    if known is None and channel.kind == letters.KIND:
        known = letters.find(session, event.key)
    if known is None and item.became_path is not None:
        known = conversations.find_replayed(session, item)
    if known is None:
        return _new(session, item, channel, event, keys[0])
    path = f"/contacts/{known.contact_id}"
    if known.inbound_id == item.id:
        _read_anew(session, known, event)
        added = rereading.onto_card(session, known.contact_id, event, _recognised(event))
        became = (
            said("read again: %(what)s", what=list(added)) if added else item.became or said("read again")
        )
        return Outcome(became, path, checks=item.checks or ())
    contact = session.get_one(Contact, known.contact_id)
    telling.look_again(session, contact.id, tasks.audience_of(contact.responsible_id, contact.department_id))
    return Outcome(said("the same request, sent again"), path, duplicate_of=known.inbound_id)


def _new(session: Session, item: Inbound, channel: LiveChannel, event: FormSubmitted, key: str) -> Outcome:
    """Make something of a request that is not known, unless the rules against spam have it wait for a person."""
    verdict = setting_aside.judge(session, item, event)
    if verdict.aside:
        return verdict.outcome()
    if event.guard and not event.guard.sets_aside:
        noted = [words for words in verdict.doubts if words not in event.suspicion]
        event = structs.replace(event, remarks=(*event.remarks, *noted))
    return _request(session, item, channel, event, key)._replace(checks=verdict.checks)


def _request(
    session: Session, item: Inbound, channel: LiveChannel, event: FormSubmitted, key: str
) -> Outcome:
    state = setup(session)
    department = state.department(event.department)
    card = _card(session, item, channel, event, state, department)
    card = card._replace(remarks=(*card.remarks, *distribution.misdirected(event.department, department)))
    interaction_id = _interaction(session, item, channel, event, card, key)
    title = _title(event, card)
    choice = distribution.choose(session, department, card.responsible_id, item.received_at)
    department_id = department.id if department else None
    task_id = tasks.add_task(
        session, title=title, kind="form", why=_why(session, event, channel),
        contact_id=card.id, interaction_id=interaction_id, department_id=department_id,
        assignee_id=choice.user_id, why_me=choice.why, created_at=item.received_at,
    )  # fmt: skip
    sla.promise(session, state, task_id, "form", department_id, item.received_at)
    telling.look_again(session, card.id, tasks.audience_of(card.responsible_id, card.department_id),
                       tasks.audience_of(choice.user_id, department_id))  # fmt: skip
    name = card.name or said("A card without a name")
    return Outcome(said("%(name)s, task “%(title)s”", name=name, title=title), f"/contacts/{card.id}")


def _card(
    session: Session, item: Inbound, channel: LiveChannel, event: FormSubmitted, state: Setup,
    department: Department | None,
) -> Card:  # fmt: skip
    """One candidate is the same person and learns new handles; none or several make a card of its own."""
    who = contacts.identity(event.phone, event.email, state.company.country)
    likely = contacts.owners(session, who)
    if len(likely) > 1:
        likely = contacts.settled(session, likely)
        who = Identity(contacts.free(session, who.handles), who.spellings)
    if len(likely) == 1:
        return _known_card(session, item, channel, event, state, who, likely[0])
    kept, odd = fields.keep(state.fields, {}, event.fields, _recognised(event))
    reachable = bool(likely or who.handles)
    if not reachable:
        odd.append(said("No contact data: neither a phone number nor a mail address that can be reached."))
    if likely:
        odd.append(_several(len(likely)))
    department_id = department.id if department else None
    firm = contacts.organisation(session, event.company).id if event.company.strip() else None
    contact_id = contacts.add_contact(
        session, _name(event), who.handles, fields=kept, department_id=department_id,
        organisation_id=firm, maybe=[each.contact_id for each in likely] or None,
    )  # fmt: skip
    conversation_id = conversations.open_conversation(
        session, contact_id, channel.id, event.subject or event.form or channel.title, item.received_at
    )
    return Card(contact_id, _name(event), None, department_id, conversation_id, tuple(odd), reachable)


def _known_card(
    session: Session, item: Inbound, channel: LiveChannel, event: FormSubmitted, state: Setup, who: Identity,
    likeness: Likeness,
) -> Card:  # fmt: skip
    contact = session.get_one(Contact, likeness.contact_id)
    has = {(handle.kind, handle.value) for handle in contacts.handles_of(session, [contact.id])[contact.id]}
    contacts.add_handles(session, contact.id, [handle for handle in who.handles if handle not in has])
    contact.fields, odd = fields.keep(state.fields, contact.fields, event.fields, _recognised(event))
    contact.changed_at = now()
    name = _name(event)
    contact.name = contact.name or name
    if name and name.casefold() != contact.name.casefold():
        odd.append(said("Gives the name “%(name)s”.", name=name))
    if event.company.strip() and contact.organisation_id is None:
        contact.organisation_id = contacts.organisation(session, event.company).id
    # Of a mailbox each thread is a conversation of its own, and a form that is mailed belongs to none.
    found = conversations.open_conversation if channel.kind == letters.KIND else conversations.conversation_on
    subject = event.subject or event.form or channel.title
    conversation_id = found(session, contact.id, channel.id, subject, item.received_at)
    return Card(
        contact.id, contact.name, contact.responsible_id, contact.department_id, conversation_id, tuple(odd)
    )


def _interaction(
    session: Session, item: Inbound, channel: LiveChannel, event: FormSubmitted, card: Card, key: str
) -> int:
    interaction_id = insert(
        session, Interaction, contact_id=card.id, conversation_id=card.conversation_id, channel_id=channel.id,
        inbound_id=item.id, key=key, kind="form", direction="in", at=item.received_at,
        summary=_summary(session, event), text=event.message, fields=_pairs(event.fields), origin=_pairs(event.origin),
        remarks=[*event.remarks, *card.remarks],
    )  # fmt: skip
    conversations.add_files(session, interaction_id, event.files)
    return interaction_id


def _read_anew(session: Session, known: Interaction, event: FormSubmitted) -> None:
    """Keep what a replayed item says now on the interaction that it became then."""
    known.summary, known.text = _summary(session, event), event.message
    known.fields, known.origin = _pairs(event.fields), _pairs(event.origin)


def _name(event: FormSubmitted) -> str:
    """Give a name on one line."""
    return " ".join(event.name.split())


def _several(number: int) -> Said:
    return nsaid(
        "%(num)s contact has this number or address: choose who it is.",
        "%(num)s contacts have this number or address: choose who it is.", number,
    )  # fmt: skip


def _why(session: Session, event: FormSubmitted, channel: LiveChannel) -> Said:
    return said(
        "Form “%(form)s”: %(summary)s", form=event.form or channel.title, summary=_summary(session, event)
    )


def _title(event: FormSubmitted, card: Card) -> str:
    if not card.reachable:
        return said("No contact data: %(name)s", name=(_name(event) or event.form)[:NAMED] or said("a form"))
    words = {
        "name": event.name or card.name or event.phone or event.email, "phone": event.phone,
        "email": event.email, "company": event.company, "subject": event.subject, "form": event.form,
    }  # fmt: skip
    title = " ".join(event.task_title.format(**words).split())
    return title[:TITLE] or said("Answer %(name)s", name=" ".join(words["name"].split())[:NAMED])


def _summary(session: Session, event: FormSubmitted) -> str:
    ours = setup(session).fields
    words = event.subject or event.message or ", ".join(islice(_telling(event, ours), SUMMED_UP))
    return " ".join(words.split())[:SUMMARY] or said("no words")


def _telling(event: FormSubmitted, ours: Mapping[str, CustomField]) -> Iterator[str]:
    """Give the answers that have no place of their own, less those of fields that are not for everybody's eyes."""
    recognised = _recognised(event)
    for field in event.fields:
        value, known = field.value.strip(), ours.get(fields.fold(field.means or field.label))
        if value and value not in recognised and not (known and known.see):
            yield f"{field.label} {value[:SUMMARY]}"


def _recognised(event: FormSubmitted) -> frozenset[str]:
    """Give the answers that have their own place on the card, and the names of files."""
    known = {event.name, event.phone, event.email, event.company, event.message, event.subject}
    return frozenset(known.union(file.name for file in event.files) - {""})


def _pairs(answers: Sequence[Field]) -> Answers:
    """Give answers as they stand on the card; one that is said to be our field has its name, and its rights."""
    return [{"label": answer.means or answer.label, "value": answer.value} for answer in answers]
