"""What somebody answers about himself in a chat, asked by the machine or before it began: it goes onto his card.

By the rules for forms: nothing takes the place of what the card knows, and a number or an address of another card is
asked about.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from crm import chat_writers, contacts, fields
from crm.chat_bot import EMAIL, NAME, TELEPHONE, TOPIC
from crm.chats import Chat
from crm.contacts import MAIL, PHONE, Contact
from crm.setup import Setup
from hub.clock import now
from hub.forms import Field
from hub.said import said


def fill(
    session: Session, state: Setup, chat: Chat, contact: Contact, answers: Sequence[Field]
) -> tuple[str, ...]:
    """Add answers to a card, and say what was odd."""
    remarks: list[str] = []
    for answer in answers:
        match answer.means:
            case "name":
                remarks += _name(chat, contact, answer.value)
            case "phone" | "email":
                remarks += _handle(session, state, contact, answer)
            case "topic":
                pass
            case _:
                remarks += _field(state, contact, answer)
    if answers:
        contact.changed_at = now()
    return tuple(remarks)


def known(session: Session, chat: Chat, contact: Contact) -> frozenset[str]:
    """Give what of a contact needs no asking; a name that only his messenger says is none."""
    kinds = {handle.kind for handle in contacts.handles_of(session, [contact.id])[contact.id]}
    found = {name for name, kind in ((TELEPHONE, PHONE), (EMAIL, MAIL)) if kind in kinds}
    if contact.name and (found or contact.name != chat.name):
        found.add(NAME)
    return frozenset({*found, *contact.fields})


def topic(answers: Sequence[Field]) -> str:
    """Give what it is about, by what was answered, on one line; "" where that was not said."""
    words = next((answer.value for answer in answers if answer.means == TOPIC), "")
    return " ".join(words.split())[: chat_writers.LONGEST]


def _name(chat: Chat, contact: Contact, value: str) -> list[str]:
    name = " ".join(value.split())[: chat_writers.LONGEST]
    if name and contact.name in {"", chat.name}:
        contact.name = name
    if name and name.casefold() != contact.name.casefold():
        return [said("Gives the name “%(name)s”.", name=name)]
    return []


def _handle(session: Session, state: Setup, contact: Contact, answer: Field) -> Sequence[str]:
    phone, email = (answer.value, "") if answer.means == TELEPHONE else ("", answer.value)
    who = contacts.identity(phone, email, state.company.country)
    if who.handles:
        return chat_writers.learn(session, contact, who)
    return _field(state, contact, Field(answer.label, answer.value))


def _field(state: Setup, contact: Contact, answer: Field) -> list[str]:
    contact.fields, odd = fields.keep(state.fields, contact.fields, [answer], frozenset())
    return odd
