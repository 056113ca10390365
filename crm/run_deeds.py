"""What a run has done after its transaction: a document made, a message written to the customer; then it goes on.

A message is written in the transaction that has the run go on, so that it is written once. A document is made outside
any (crm/web/document_making.py), by a wish that makes the same one however often it is carried out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import (
    appointments,
    chat_writing,
    chats,
    colleague_letters,
    deal_written,
    document_drafts,
    letter_blanks,
    letter_boxes,
    letter_writing,
    processes,
    run_known,
    run_moves,
    run_tasks,
    run_wishes,
)
from crm.answer_words import in_words
from crm.contacts import MAIL, Contact, handles_of
from crm.deals import Deal
from crm.document_drafts import Wanted
from crm.documents import DealDocument, DocumentTemplate, DocumentVersion
from crm.letter_doubts import Doubtful
from crm.letter_templates import LetterTemplate
from crm.process_deeds import CUSTOMER
from crm.process_elements import Deed
from crm.refusals import Refusal
from crm.run_wishes import RunWish
from crm.runs import Run, runs_of
from crm.sendings import Wanted as WantedLetter
from hub import audit
from hub.clock import now
from hub.languages import Listener, speaking_to
from hub.letters import Address, Enclosure
from hub.said import said
from hub.users import User, Viewer, viewer

TYPES = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}
_BLANK = re.compile(r"\{(deal|answers)\.([A-Za-z_][A-Za-z0-9_]{0,59})\}")
MANAGERS = "role:manager"


class Words(NamedTuple):
    """What a message says, in light marks, its blanks filled in."""

    subject: str
    text: str


def document(session: Session, wish_id: int) -> tuple[Viewer, Wanted] | None:
    """Give the document that a wish is for, and in whose name; None where it is none, or over."""
    found = session.get(RunWish, wish_id)
    if found is None or found.due_at is None or found.kind != "document":
        return None
    run, deed = _deed(session, found)
    if run.deal_id is None:
        raise Refusal(said("this run has no deal that a document could be of"))
    language = deed.language or document_drafts.usual_language(session)
    wanted = Wanted(deal_id=run.deal_id, template=deed.template, language=language, wish=found.key)
    return _writer(session, run), wanted


def made(session: Session, wish_id: int, document_id: int) -> None:
    """Have the run go on with a document that was made for it."""
    found = run_wishes.locked(session, wish_id)
    if found is not None:
        found.document_id = document_id
        _done(session, found)
        deal_written.told(session, session.get_one(Deal, session.get_one(DealDocument, document_id).deal_id))


def told(session: Session, wish_id: int) -> None:
    """Have the run go on: a program of others took what it was told."""
    found = run_wishes.locked(session, wish_id)
    if found is not None:
        _done(session, found)


def write(session: Session, wish_id: int) -> None:
    """Write a message to the customer, and have the run go on."""
    found = run_wishes.locked(session, wish_id)
    if found is None:
        return
    run, deed = _deed(session, found)
    try:
        with session.begin_nested():
            found.interaction_id = _say(session, run, deed) if _is_for_customer(deed) else None
            if not _is_for_customer(deed):
                _tell(session, run, deed)
    except Refusal as refusal:
        _failed(session, found, refusal.args[0])
    except Doubtful as doubt:
        _failed(session, found, str(doubt))
    else:
        _done(session, found)


def failed(session: Session, wish_id: int, why: str, *, for_good: bool) -> None:
    """Say that a deed did not succeed: it is tried again later, unless that was for good or too often."""
    found = run_wishes.locked(session, wish_id)
    if found is not None and (for_good or not run_wishes.put_off(session, found, why)):
        _failed(session, found, why)


def _done(session: Session, found: RunWish) -> None:
    session.flush()
    run_wishes.done(session, found)
    run_moves.deed_done(session, found.run_id, found.step_id)


def _failed(session: Session, found: RunWish, why: str) -> None:
    found.due_at, found.failed_at, found.error = None, now(), why
    session.flush()
    run_moves.deed_failed(session, found.run_id, found.step_id, why)


def _deed(session: Session, found: RunWish) -> tuple[Run, Deed]:
    run = session.get_one(Run, found.run_id)
    node = processes.plan_of(session, run.version_id, run.plan).diagram.nodes[found.element]
    return run, node.deed or Deed(kind=found.kind)


def _writer(session: Session, run: Run) -> Viewer:
    """Give in whose name it is done: the deal's responsible, else the contact's, else our own."""
    deal = session.get(Deal, run.deal_id) if run.deal_id is not None else None
    contact = session.get_one(Contact, run.contact_id)
    for each in (deal.responsible_id if deal else None, contact.responsible_id):
        user = session.get(User, each) if each is not None else None
        if user is not None and user.disabled_at is None:
            return viewer(user)
    return audit.RINGBACK


def _say(session: Session, run: Run, deed: Deed) -> int:
    """Write it by messenger where the customer has one and that is wished, else by mail; give the interaction."""
    who, contact = _writer(session, run), session.get_one(Contact, run.contact_id)
    words, files = _words(session, run, deed, who, contact), _files(session, run, deed)
    open_chats = [each for each in chats.chats_of(session, contact.id) if each.blocked_at is None]
    if deed.by == "messenger" and open_chats:
        said_there = chat_writing.Wanted(
            chat_id=open_chats[0].id, text=words.text, files=files, automatic=True
        )
        return chat_writing.say(session, who, said_there)[0].id
    mail = next(
        (each.value for each in handles_of(session, [contact.id])[contact.id] if each.kind == MAIL), None
    )
    box = letter_boxes.box_for(session, who, contact)
    if mail is None:
        raise Refusal(said("%(name)s has no mail address", name=contact.name))
    if box is None:
        raise Refusal(said("there is no mailbox of ours to write from"))
    letter = WantedLetter(
        contact_id=contact.id, channel_id=box.id, to=(Address(contact.name, mail),), subject=words.subject,
        body=words.text, files=files, automatic=True,
    )  # fmt: skip
    return letter_writing.write(session, who, letter).id


def _is_for_customer(deed: Deed) -> bool:
    return deed.who in {"", CUSTOMER}


def _tell(session: Session, run: Run, deed: Deed) -> None:
    """Write to somebody of ours, by mail."""
    who, contact = _writer(session, run), session.get_one(Contact, run.contact_id)
    deal = session.get(Deal, run.deal_id) if run.deal_id is not None else None
    known = run_tasks.contact_of(session, contact.id)
    # Where nobody leads, it is for whoever runs the sales.
    asked = (run_tasks.person(session, each, known, deal, now()) for each in (deed.who, MANAGERS))
    whom = next((each for each in asked if each is not None), None)
    box = letter_boxes.box_for(session, who, contact)
    if whom is None:
        raise Refusal(said("there is nobody of ours whom it could be written to"))
    if box is None:
        raise Refusal(said("there is no mailbox of ours to write from"))
    words = _words(session, run, deed, who, contact)
    colleague_letters.write(
        session,
        box,
        whom,
        words.subject,
        words.text,
        _files(session, run, deed),
        colleague_letters.About(contact.id, who.user_id),
    )


def _words(session: Session, run: Run, deed: Deed, who: Viewer, contact: Contact) -> Words:
    subject, text = deed.subject, deed.text
    if deed.template:
        named = select(LetterTemplate).where(
            LetterTemplate.name == deed.template, LetterTemplate.retired_at.is_(None)
        ).order_by(LetterTemplate.id)  # fmt: skip
        template = session.scalars(named.limit(1)).first()
        if template is None:
            raise Refusal(said("there is no template of letters “%(missing)s”", missing=deed.template))
        subject, text = template.subject or subject, template.text
    known = _known(session, run, for_customer=_is_for_customer(deed))
    blanks = [
        letter_blanks.fill(session, who, each, contact)
        for each in (subject or _process_name(session, run), text)
    ]
    filled = [_BLANK.sub(lambda blank: known.get(f"{blank[1]}.{blank[2]}", ""), each) for each in blanks]
    return Words(*filled)


def _process_name(session: Session, run: Run) -> str:
    """Give what a message without a subject is called."""
    diagram = processes.plan_of(session, run.version_id, run.plan).diagram
    return processes.name_of(session, run.version_id, diagram)


def _known(session: Session, run: Run, *, for_customer: bool) -> Mapping[str, str]:
    """Give what blanks of a deal and of answers may say, as text; to a customer nothing that is for ourselves."""
    deal = session.get(Deal, run.deal_id) if run.deal_id is not None else None
    answers = {**(deal.fields if deal else {}), **run.data}
    if for_customer:
        runs = runs_of(session, deal_id=deal.id) if deal else [run]
        ours = run_known.internal(session, runs)
        answers = {name: value for name, value in answers.items() if name not in ours}
    # In the customers' language: nobody listens here.
    with speaking_to(Listener(appointments.manner(session).language)):
        known = {f"answers.{name}": in_words(value) for name, value in answers.items()}
    return known | ({"deal.title": deal.title} if deal else {})


def _files(session: Session, run: Run, deed: Deed) -> tuple[Enclosure, ...]:
    """Give the documents that go along: the newest that each of these elements made in this run."""
    wishes = {each.element: each.document_id for each in run_wishes.of_run(session, run.id)}
    found = []
    for element in deed.attach:
        made_by = wishes.get(element)
        if made_by is None:
            raise Refusal(said("“%(element)s” has made no document yet", element=element))
        document = session.get_one(DealDocument, made_by)
        version = session.get_one(DocumentVersion, document.version_id)
        form = session.get_one(DocumentTemplate, version.template_id).format
        found.append(
            Enclosure(
                name=f"{document.number}.{form}", type=TYPES[form], blob=document.blob, size=document.size
            )
        )
    return tuple(found)
