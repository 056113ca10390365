"""Many rows written at once that others will name: their ids are told without asking for each alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from sqlalchemy import Table
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from hub.db import Base
from hub.rows import insert_many, is_shared


def put_many(session: Session, table: type[Base], rows: Sequence[Mapping[str, object]]) -> Sequence[int]:
    """Insert rows and give their ids in the same order."""
    if not rows:
        return ()
    if not is_shared(session):
        # One writer counts one by one, and would be asked for each id alone.
        insert_many(session, table, rows)
        last: int = session.connection().exec_driver_sql("SELECT last_insert_rowid()").scalar_one()
        return range(last - len(rows) + 1, last + 1)
    session.flush()
    plain = cast("Table", table.__table__)
    wanted = plain.insert().returning(plain.c.id, sort_by_parameter_order=True)
    return session.connection().execute(wanted, rows).scalars().all()


def put_many_unless_there(
    session: Session, table: type[Base], rows: Sequence[Mapping[str, object]], *names: str
) -> Sequence[Sequence[Any]]:
    """Insert rows whose unique key is not taken yet, and give these columns of them."""
    if not rows:
        return ()
    session.flush()
    plain = cast("Table", table.__table__)
    insert = postgres_insert if is_shared(session) else sqlite_insert
    wanted = insert(plain).on_conflict_do_nothing().returning(*(plain.c[name] for name in names))
    return session.connection().execute(wanted, rows).all()
