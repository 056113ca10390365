"""Many values asked for at once: one parameter and one text of the statement, however many they are.

A list of a thousand parameters costs more to write than to answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from sqlalchemy import String, bindparam, cast, column, func
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from hub.db import Identity, to_json

if TYPE_CHECKING:
    from sqlalchemy import TableValuedAlias
    from sqlalchemy.types import TypeEngine

NUMBERS, WORDS = Identity, String()


def asked(dialect: str, kind: TypeEngine[int] | TypeEngine[str]) -> TableValuedAlias:
    """Give a table of the values, in its column `value`, to be joined; `values` fills it."""
    if dialect == "sqlite":
        listed = func.json_each(bindparam("asked", type_=String))
        return listed.table_valued(column("value", kind), name="asked")
    several = func.unnest(cast(bindparam("asked"), ARRAY(kind)))
    return several.table_valued(column("value", kind)).render_derived(name="asked")


def values(session: Session, several: Iterable[int | str]) -> Mapping[str, object]:
    """Give the parameter of a statement with a table of values."""
    listed = list(several)
    return {"asked": to_json(listed) if dialect_of(session) == "sqlite" else listed}


def dialect_of(session: Session) -> str:
    """Give the name of the language that is spoken."""
    return session.get_bind().dialect.name
