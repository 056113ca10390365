"""What is asked of a store meanwhile: the statements, in their order."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, event
from sqlalchemy.engine import Engine


@contextmanager
def asked(whom: Connection | type[Engine] = Engine) -> Iterator[list[str]]:
    """Give what a connection is asked, or every store."""
    heard: list[str] = []

    def hear(_connection: object, _cursor: object, sql: str, *_: object) -> None:
        heard.append(sql)

    event.listen(whom, "before_cursor_execute", hear)
    try:
        yield heard
    finally:
        event.remove(whom, "before_cursor_execute", hear)
