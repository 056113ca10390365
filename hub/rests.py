"""What a command leaves to be done though it was carried out: rests, which are commands of their own.

A letter that went to some of its recipients goes to the others later, and its copy is filed; words that had no room in
a message follow it, before all that was written in its chat since. Each rest leads back to the first command, also from
a rest of a rest. The transaction that tells the end writes it, so that none is forgotten.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from functools import partial

from sqlalchemy import select
from sqlalchemy.orm import Session

from hub import outbox
from hub.clock import now
from hub.connector import Sent
from hub.events import SendMessage
from hub.outbox import FIRST_PAUSE, Outgoing, Tell

LIFETIME = timedelta(days=2)


def carried_out(session: Session, row_id: int, sent: Sent, tell: Tell) -> None:
    """Tell that a command was carried out, and have its rests wait for their turn."""
    values = {"remote_id": sent.remote_id, "remark": sent.remark or None}
    outbox.end(session, row_id, "done_at", values, partial(_leave, sent=sent, tell=tell))


def rests_of(session: Session, row_ids: Sequence[int], *, lock: bool = False) -> dict[int, list[Outgoing]]:
    """Give what several commands left to be done, by their ids, oldest first."""
    found: dict[int, list[Outgoing]] = {each: [] for each in row_ids}
    rows = select(Outgoing).where(Outgoing.rest_of_id.in_(found)).order_by(Outgoing.id)
    if lock:
        rows = rows.with_for_update().execution_options(populate_existing=True)
    for row in session.scalars(rows) if found else ():
        found[row.rest_of_id or 0].append(row)
    return found


def lacking(session: Session, row_id: int, *, lock: bool = False) -> list[Outgoing]:
    """Give what a command left to be done that came to its end, and was not, oldest first."""
    return [row for row in rests_of(session, [row_id], lock=lock)[row_id] if not (row.due_at or row.done_at)]


def _leave(session: Session, row: Outgoing, *, sent: Sent, tell: Tell) -> None:
    for rest in sent.rests:
        # Of a letter a copy may be filed twice; a message, be it a part of one, is given to its customer once.
        once = row.at_most_once and isinstance(rest.command, SendMessage)
        left = outbox.put(
            session, row.channel_id, rest.command, lifetime=LIFETIME, at_most_once=once, stream=row.stream
        )
        left.rest_of_id = row.rest_of_id or row.id
        if row.rest_of_id is not None:
            left.expires_at = row.expires_at
        if rest.why:
            left.error, left.due_at = rest.why, now() + FIRST_PAUSE
    session.flush()
    tell(session, row)
