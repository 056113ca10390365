"""What an answer begins with: to whom it goes, its subject, what it quotes, and the thread that it goes on with."""

from __future__ import annotations

import re
from typing import NamedTuple
from zoneinfo import ZoneInfo

from msgspec.structs import replace
from sqlalchemy.orm import Session

from crm import letter_boxes, letter_people, light_text
from crm.attachments import attachments_of
from crm.contacts import MAIL, Contact, handles_of
from crm.conversations import Interaction
from crm.letters import Letter, People
from crm.sendings import How, Wanted
from crm.setup import setup
from hub.languages import _
from hub.letters import Address, Enclosure

MOST = 60  # Message-IDs of a thread that a letter names
QUOTED = 100_000  # letters of a quotation
_ANSWERED = re.compile(r"\s*(re|sv|aw|ref|vs)\s*:", re.IGNORECASE)
_PASSED_ON = re.compile(r"\s*(fwd?|vb|wg)\s*:", re.IGNORECASE)


class Thread(NamedTuple):
    """The headers that keep a thread together."""

    in_reply_to: str = ""
    references: tuple[str, ...] = ()


def begun(
    session: Session, contact: Contact, channel_id: int, touch: Interaction | None, how: How, to: str = ""
) -> Wanted:
    """Give the letter that somebody begins: new ones go `to` an address, or to the contact's first."""
    letter = session.get(Letter, touch.id) if touch else None
    if touch is None:
        return Wanted(contact_id=contact.id, channel_id=channel_id, to=_to(session, contact, to))
    subject = letter.subject if letter else touch.summary
    answer = Wanted(
        contact_id=contact.id, channel_id=channel_id, to=(), how=how, about=touch.id,
        conversation_id=touch.conversation_id if letter else None,
        subject=_subject(subject, how), quotes=letter is not None or how == "forward",
    )  # fmt: skip
    if how == "forward":
        return replace(answer, conversation_id=None, files=_files(session, touch))
    to_whom = whom(session, touch, letter) if letter else _to(session, contact, "")
    if how == "all" and letter:
        others = [*ours(session), *letter_people.handles(to_whom)]
        everybody = _people([*letter.to, *letter.cc])
        return replace(answer, to=to_whom, cc=letter_people.without(everybody, others))
    return replace(answer, to=to_whom)


def whom(session: Session, touch: Interaction, letter: Letter) -> tuple[Address, ...]:
    """Give whom an answer goes to: who wrote it, or wants it elsewhere; for one of ours, those who got it."""
    if touch.direction == "out":
        return letter_people.without(_people(letter.to), list(ours(session)))
    wanted = _people(letter.reply_to) or (
        (Address(letter.sender_name, letter.sender),) if letter.sender else ()
    )
    return letter_people.without(wanted, list(ours(session)))


def ours(session: Session) -> frozenset[str]:
    """Give the addresses to which no answer goes, since they are our own."""
    return letter_boxes.ours(session)


def thread(session: Session, touch: Interaction | None) -> Thread:
    """Give what an answer names: the letter that it answers, and those before it."""
    letter = session.get(Letter, touch.id) if touch else None
    if letter is None or not letter.message_id:
        return Thread()
    before = [*letter.references, *([letter.in_reply_to] if letter.in_reply_to else [])]
    named = list(dict.fromkeys([*before, letter.message_id]))
    # The first one is what others call the thread by; of those in between the latest are enough.
    kept = named if len(named) <= MOST else [named[0], *named[1 - MOST :]]
    return Thread(letter.message_id, tuple(kept))


def quotation(session: Session, touch: Interaction, how: How) -> tuple[str, str]:
    """Give what stands below an answer, as a line that leads to it, and what was written."""
    letter = session.get(Letter, touch.id)
    at = f"{touch.at.astimezone(ZoneInfo(setup(session).company.zone)):%Y-%m-%d %H:%M}"
    who = letter_people.written([Address(letter.sender_name, letter.sender)]) if letter else ""
    text = (letter.text if letter else touch.text).strip()[:QUOTED]
    if how != "forward":
        return _("%(when)s, %(who)s wrote:", when=at, who=who or _("you")), text
    lines = [
        _("From: %(who)s", who=who) if who else "", _("Date: %(when)s", when=at),
        _("Subject: %(subject)s", subject=letter.subject if letter else touch.summary),
        _("To: %(who)s", who=letter_people.written(_people(letter.to))) if letter else "",
    ]  # fmt: skip
    head = "\n".join(filter(None, lines))
    return _("Forwarded:"), f"{head}\n\n{text}"


def below(session: Session, touch: Interaction, how: How) -> tuple[str, str]:
    """Give the same as plain text and as HTML."""
    leads, text = quotation(session, touch, how)
    if how == "forward":
        return f"{leads}\n{text}", light_text.paragraphs(f"{leads}\n{text}")
    return f"{leads}\n{light_text.quoted(text)}", light_text.paragraphs(leads) + light_text.quoted_html(text)


def _to(session: Session, contact: Contact, to: str) -> tuple[Address, ...]:
    known = [each.value for each in handles_of(session, [contact.id])[contact.id] if each.kind == MAIL]
    chosen = to if to in known else next(iter(known), "")
    return (Address(contact.name, chosen),) if chosen else ()


def _subject(subject: str, how: How) -> str:
    known, begins = (_PASSED_ON, "Fwd: ") if how == "forward" else (_ANSWERED, "Re: ")
    return subject if known.match(subject) else f"{begins}{subject}"


def _files(session: Session, touch: Interaction) -> tuple[Enclosure, ...]:
    files = attachments_of(session, [touch.id])[touch.id]
    return tuple(Enclosure(name=each.name, type=each.type, blob=each.blob, size=each.size) for each in files)


def _people(people: People) -> tuple[Address, ...]:
    return tuple(Address(each["name"], each["address"]) for each in people)
