"""A part of a transaction that may be taken back alone, while what was done before it stays.

As the library's nested transaction, which has a ceremony for each: beside SQLite's own two words it costs ten times as
much, and a deed of a process is such a part.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy.orm.attributes import instance_state

from hub.rows import CHANGED
from hub.statements import connection_of, tell

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


@contextmanager
def part(session: Session) -> Iterator[None]:
    """Have all of it be done or, where it raises, nothing.

    Records are read anew then; those that came to be known in it, as those that it made, are the session's no longer.
    """
    session.flush()
    connection = connection_of(session)
    if connection.dialect.name != "sqlite" or session.in_nested_transaction():
        with session.begin_nested():
            yield
        return
    known = set(session.identity_map.keys())
    tell(connection, "SAVEPOINT part").close()
    try:
        yield
        session.flush()
    except BaseException:
        tell(connection, "ROLLBACK TO part").close()
        tell(connection, "RELEASE part").close()
        _take_back(session, known)
        raise
    tell(connection, "RELEASE part").close()


def _take_back(session: Session, known: Collection[object]) -> None:
    """Have a session know what it knew: what waits to be written is dropped, and the rest read anew."""
    session.info.pop(CHANGED, None)
    for waiting in list(session.new):
        session.expunge(waiting)
    for removed in list(session.deleted):
        session.add(removed)
    for record in list(session.identity_map.values()):
        (session.expire if instance_state(record).key in known else session.expunge)(record)
