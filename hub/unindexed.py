"""A column that SQLite is not to look up by its index; PostgreSQL knows by itself how many rows have a value."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.visitors import InternalTraversal


class Unindexed(ColumnElement[Any]):
    """Stands for a column: so many rows have the value that it is quicker to walk on along another index."""

    inherit_cache = True
    _traverse_internals = [  # noqa: RUF012 - SQLAlchemy reads it by this name
        ("element", InternalTraversal.dp_clauseelement)
    ]

    def __init__(self, column: InstrumentedAttribute[Any]) -> None:
        """Stand for the column."""
        self.element = column.expression
        self.type = column.type


@compiles(Unindexed)
def _as_it_is(element: Unindexed, compiler: SQLCompiler, **how: Any) -> str:  # noqa: ANN401 - SQLAlchemy's
    return str(compiler.process(element.element, **how))


@compiles(Unindexed, "sqlite")
def _with_plus(element: Unindexed, compiler: SQLCompiler, **how: Any) -> str:  # noqa: ANN401 - SQLAlchemy's
    return f"+{compiler.process(element.element, **how)}"
