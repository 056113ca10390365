"""Many values asked for at once: one parameter and one text of the statement, however many they are.

A list of a thousand parameters costs more to write than to answer. Of a handful each is a parameter of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, TypeVar

from sqlalchemy import String, bindparam, cast, column, func
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from hub.db import Identity, to_json

if TYPE_CHECKING:
    from sqlalchemy import BindParameter, ColumnElement, TableValuedAlias
    from sqlalchemy.types import TypeEngine

T = TypeVar("T")

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


def places(column: ColumnElement[T], count: int) -> list[BindParameter[T]]:
    """Give so many parameters for a column: of a few values each is found by an index, without a table of them."""
    return [bindparam(f"place_{place}", type_=column.type) for place in range(count)]


def placed(several: Iterable[object]) -> Mapping[str, object]:
    """Give the parameters of a statement with `places`."""
    return {f"place_{place}": value for place, value in enumerate(several)}


def dialect_of(session: Session) -> str:
    """Give the name of the language that is spoken."""
    return session.get_bind().dialect.name
