"""What became of letters of ours. Whoever wrote one that did not arrive has a task, and nobody else has to notice."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import colleague_fates, letter_answers, letter_reports, sendings, settling, troubles
from crm.contacts import Contact
from crm.conversations import Interaction
from crm.desk import Refusal, contact_changed
from crm.letter_reports import BOUNCE
from crm.sendings import Sending
from hub import audit, outbox
from hub.clock import now
from hub.events import Command
from hub.languages import _
from hub.letters import FileLetter, LetterReceived, SendLetter
from hub.outbox import Outgoing
from hub.said import Said, said
from hub.shapes import convert
from hub.users import Viewer

LIFETIME = timedelta(days=2)


def settle(session: Session, row: Outgoing) -> None:
    """Take note of what became of a command to send a letter, or of what it left to be done."""
    if not isinstance(convert(row.command, Command), SendLetter | FileLetter):
        return
    whole = Sending.outgoing_id == (row.rest_of_id or row.id)
    sending = session.scalar(select(Sending).where(whole).with_for_update())
    if sending is None:
        if row.done_at is None:
            colleague_fates.settle(session, row.id, trouble(row))
        return
    touch = session.get_one(Interaction, sending.interaction_id)
    if row.rest_of_id is not None:
        _settle_rest(session, touch, sending, row)
    elif row.done_at is not None:
        letter_answers.answer(session, settling.writer(session, touch), touch, sending)
        troubles.told_enough(session, settling.writer(session, touch), sending)
        if row.remark:  # it left, but not to everybody
            troubles.tell_author(
                session, sending, touch, said("Not all of it arrived: %(why)s", why=row.remark)
            )
    else:
        settling.take_back(session, settling.writer(session, touch), touch, sending)
        troubles.tell_author(session, sending, touch, trouble(row))
    contact_changed(session, session.get_one(Contact, touch.contact_id))


def _settle_rest(session: Session, touch: Interaction, sending: Sending, row: Outgoing) -> None:
    """Take note of what became of a letter to those who could not have it with the others, or of its copy."""
    letter = sendings.letter(row)
    if letter is None:
        if row.done_at is None:
            outbox.remark(session, sending.outgoing_id,
                          said("It left, but no copy could be filed: %(why)s", why=trouble(row)))  # fmt: skip
    elif row.done_at is None:
        troubles.tell_author(session, sending, touch, missing(row))
    elif row.remark:
        outbox.remark(session, sending.outgoing_id, row.remark)
        troubles.tell_author(session, sending, touch, said("Not all of it arrived: %(why)s", why=row.remark))


def missing(row: Outgoing) -> Said:
    """Say whom a letter has not reached that others have, and why."""
    letter = sendings.letter(row)
    whom = list(letter.only) if letter else []
    if row.due_at is not None:
        return said("Not yet to %(whom)s: %(why)s", whom=whom, why=row.error or "")
    return said("It did not reach %(address)s: %(why)s", address=whom, why=trouble(row))


def trouble(row: Outgoing) -> Said:
    """Say why a letter has not left."""
    if row.unknown_at is not None:
        return said("Nobody knows whether it left: %(why)s", why=row.error or said("the hub was stopped"))
    if row.expired_at is not None:
        return said("It was tried for two days: %(why)s", why=row.error or said("the mailbox was paused"))
    return said("The mail server refused it: %(why)s", why=row.error or "")


def reported(session: Session, event: LetterReceived) -> None:
    """Take note of what a mail server reports; the author of a letter that came back is told."""
    for report in letter_reports.note(session, event):
        touch = session.get_one(Interaction, report.interaction_id)
        sending = session.get_one(Sending, report.interaction_id)
        if report.kind == BOUNCE:
            why = said("It did not reach %(address)s: %(why)s", address=report.recipient, why=report.words)
            troubles.tell_author(session, sending, touch, why)
        contact_changed(session, session.get_one(Contact, touch.contact_id))


def send_again(session: Session, viewer: Viewer, touch: Interaction) -> None:
    """Try once more what is not known to have left; it is the same letter, so that it can be told from another."""
    sending, rows = _ended(session, touch)
    for row in rows:
        outbox.try_anew(session, row, lifetime=LIFETIME)
    letter_answers.answer(session, viewer, touch, sending)
    _decide(session, viewer, touch, sending, said("is sent again"))


def did_arrive(session: Session, viewer: Viewer, touch: Interaction) -> None:
    """Say that a letter of which nobody knows did arrive."""
    sending, rows = _ended(session, touch)
    unknown = [row for row in rows if row.unknown_at is not None]
    if not unknown:
        raise Refusal(_("It is known what became of this letter."))
    for row in unknown:
        row.unknown_at, row.error, row.done_at = None, None, now()
    letter_answers.answer(session, viewer, touch, sending)
    _decide(session, viewer, touch, sending, said("did arrive"))


def _ended(session: Session, touch: Interaction) -> tuple[Sending, list[Outgoing]]:
    """Give what of a letter came to its end without having left; a person decides on it."""
    found = sendings.locked(session, touch.id)
    rows = [found.outgoing, *found.rests] if found else []
    ended = [row for row in rows if row.unknown_at or row.failed_at or row.expired_at]
    if found is None or not ended:
        raise Refusal(_("It is known what became of this letter."))
    return found.sending, ended


def _decide(session: Session, viewer: Viewer, touch: Interaction, sending: Sending, words: Said) -> None:
    troubles.told_enough(session, viewer, sending)
    audit.record(session, viewer, audit.CHANGED, "contact", touch.contact_id,
                 words=said("the letter “%(subject)s” %(what)s", subject=touch.summary, what=words))  # fmt: skip
    contact_changed(session, session.get_one(Contact, touch.contact_id))
