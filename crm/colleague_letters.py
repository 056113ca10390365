"""Letters to colleagues: a process tells somebody of ours by mail what he should read, with its documents.

They leave as letters to customers do, and stand on no card: they are no touch with anybody.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy.orm import Session

from crm import light_text
from crm.letter_boxes import Box
from hub import outbox
from hub.clock import now
from hub.letters import Address, Enclosure, SendLetter
from hub.users import User

LIFETIME = timedelta(days=2)


def write(
    session: Session, box: Box, to: User, subject: str, body: str, files: Sequence[Enclosure] = ()
) -> None:
    """Have a letter leave, of words in light marks, in the name of the mailbox."""
    letter = SendLetter(
        message_id=f"{secrets.token_hex(16)}@{box.address.rpartition('@')[2]}", written_at=now(),
        sender=Address(box.title, box.address), to=(Address(to.name, to.email),), subject=" ".join(subject.split()),
        text=light_text.plain(body), html=light_text.html(body), files=tuple(files), automatic=True,
    )  # fmt: skip
    outbox.put(session, box.id, letter, lifetime=LIFETIME, at_most_once=True)
