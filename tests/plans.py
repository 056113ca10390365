"""How a database means to find its rows: the plan of what a function asks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Concatenate, ParamSpec

from sqlalchemy import event
from sqlalchemy.orm import Session

P = ParamSpec("P")


def plan(
    session: Session, fn: Callable[Concatenate[Session, P], object], *args: P.args, **kwargs: P.kwargs
) -> str:
    """Run `fn` and give the plans of all its statements, in the words of the database."""
    connection = session.connection()
    asked: list[tuple[str, Sequence[object]]] = []

    def hear(_connection: object, _cursor: object, sql: str, values: Sequence[object], *_: object) -> None:
        asked.append((sql, tuple(values) if isinstance(values, list) else values))

    event.listen(connection, "before_cursor_execute", hear)
    fn(session, *args, **kwargs)
    event.remove(connection, "before_cursor_execute", hear)
    explain = "EXPLAIN QUERY PLAN" if connection.dialect.name == "sqlite" else "EXPLAIN"
    lines = [row for sql, values in asked for row in connection.exec_driver_sql(f"{explain} {sql}", values)]
    return "\n".join(str(line[-1]) for line in lines)


def steps(
    session: Session, fn: Callable[Concatenate[Session, P], object], *args: P.args, **kwargs: P.kwargs
) -> int:
    """Run `fn` and give how many steps SQLite took for it, which walks as many rows however busy the machine is."""
    driver, taken = session.connection().connection.driver_connection, 0

    def step() -> int:
        nonlocal taken
        taken += 1
        return 0

    driver.set_progress_handler(step, 1)  # type: ignore[union-attr]
    try:
        fn(session, *args, **kwargs)
    finally:
        driver.set_progress_handler(None, 1)  # type: ignore[union-attr]
    return taken
