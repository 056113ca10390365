"""Letters to colleagues: a process tells somebody of ours by mail what he should read, with its documents.

They leave as letters to customers do, and stand on no card: they are no touch with anybody.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple

from sqlalchemy.orm import Session

from crm import light_text
from crm.colleague_fates import ColleagueLetter
from crm.letter_boxes import Box
from hub import outbox
from hub.clock import now
from hub.letters import Address, Enclosure, SendLetter
from hub.users import User

LIFETIME = timedelta(days=2)


class About(NamedTuple):
    """Of whose card a letter speaks, None where of nobody's, and who had it written."""

    contact_id: int | None
    author_id: int | None


def write(
    session: Session, box: Box, to: User, subject: str, body: str, files: Sequence[Enclosure], about: About
) -> None:
    """Have a letter leave, of words in light marks, in the name of the mailbox."""
    letter = SendLetter(
        message_id=f"{secrets.token_hex(16)}@{box.address.rpartition('@')[2]}", written_at=now(),
        sender=Address(box.title, box.address), to=(Address(to.name, to.email),), subject=" ".join(subject.split()),
        text=light_text.plain(body), html=light_text.html(body), files=tuple(files), automatic=True,
    )  # fmt: skip
    send(session, box, to, letter, about)


def send(session: Session, box: Box, to: User, letter: SendLetter, about: About) -> None:
    """Have a letter leave that is written already; if it does not arrive, that is told."""
    row = outbox.put(session, box.id, letter, lifetime=LIFETIME, at_most_once=True)
    session.add(ColleagueLetter(
        outgoing_id=row.id, message_id=letter.message_id, contact_id=about.contact_id, to_id=to.id,
        author_id=about.author_id, subject=letter.subject,
    ))  # fmt: skip
