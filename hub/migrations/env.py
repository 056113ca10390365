"""What Alembic runs: on the connection it is handed, for both engines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import JSON, BigInteger

from hub.db import Base, Moment

if TYPE_CHECKING:
    from sqlalchemy import Connection


def render_item(kind: str, item: object, autogen: AutogenContext) -> str | Literal[False]:
    """Write our own types into a new migration by their names."""
    if kind != "type":
        return False
    for ours, name in ((Moment, "Moment()"), (JSON, "Document"), (BigInteger, "Identity")):
        if isinstance(item, ours):
            autogen.imports.add(f"from hub.db import {name.removesuffix('()')}")
            return name
    return False


def run(connection: Connection) -> None:
    """Migrate in the caller's transaction; SQLite copies a table where it cannot alter it."""
    context.configure(
        connection=connection, target_metadata=Base.metadata, render_as_batch=True, render_item=render_item
    )
    context.run_migrations()


run(context.config.attributes["connection"])
