"""Triggers by which each change of a record that can be found is noted in search_queue, on both engines.

A migration that copies a table loses its triggers, and another version may watch other columns. So each start looks
which stand, by names that carry a sum of what they do.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple
from zlib import crc32

from sqlalchemy import text
from sqlalchemy.orm import Session

from crm.search_index import CONTACT, INTERACTION, ORGANISATION, TASK, is_sqlite

PREFIX = "searched_"
NODES_TAKE_TURNS = "SELECT pg_advisory_xact_lock(7464642256)"


class Watched(NamedTuple):
    """A table whose changes are noted: of which kind a record they touch, by which column, and when.

    Without a key only changes of a row count. `also` says in SQL what is noted then, too.
    """

    table: str
    kind: str
    key: str
    columns: tuple[str, ...]
    also: str = ""


class Trigger(NamedTuple):
    """One trigger, and the statements that make it."""

    name: str
    table: str
    kind: str
    statements: Sequence[str]


NOTED = "INSERT INTO search_queue (kind, record_id)"
WATCHED = (
    Watched("contacts", CONTACT, "id", ("name", "organisation_id", "fields", "merged_into_id")),
    Watched("handles", CONTACT, "contact_id", ("contact_id", "value")),
    Watched("contact_tags", CONTACT, "contact_id", ("contact_id", "tag_id")),
    Watched("tags", CONTACT, "", ("name", "retired_at", "joined_into_id"),
            f"{NOTED} SELECT 'contact', contact_id FROM contact_tags WHERE tag_id = NEW.id"),
    # Who may see a field decides whether what stands in it can be found.
    Watched("custom_fields", CONTACT, "", ("see", "retired_at", "aliases"),
            f"{NOTED} SELECT 'contact', id FROM contacts; {NOTED} SELECT 'interaction', id FROM interactions"),
    Watched("organisations", ORGANISATION, "id", ("name",),
            f"{NOTED} SELECT 'contact', id FROM contacts WHERE organisation_id = NEW.id"),
    Watched("interactions", INTERACTION, "id", ("summary", "text", "fields")),
    Watched("attachments", INTERACTION, "interaction_id", ("name",)),
    Watched("tasks", TASK, "id", ("title", "why")),
)  # fmt: skip


def install(session: Session) -> set[str]:
    """See to it that every trigger stands, and give the kinds of which one was missing."""
    wanted = {trigger.name: trigger for trigger in _triggers(session)}
    standing = _standing(session)
    for name in standing.keys() - wanted.keys():
        of_table = "" if is_sqlite(session) else f" ON {standing[name]}"
        session.execute(text(f"DROP TRIGGER {name}{of_table}"))
    missing = [trigger for name, trigger in wanted.items() if name not in standing]
    for trigger in missing:
        for statement in trigger.statements:
            session.connection().exec_driver_sql(statement)
    return {trigger.kind for trigger in missing}


def _standing(session: Session) -> dict[str, str]:
    """Give the triggers that stand, with their tables."""
    if is_sqlite(session):
        sql = "SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger'"
    else:
        session.execute(text(NODES_TAKE_TURNS))
        sql = (
            "SELECT tgname, relname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid "
            "WHERE pg_table_is_visible(tgrelid)"
        )
    return {name: table for name, table in session.execute(text(sql)) if name.startswith(PREFIX)}


def _triggers(session: Session) -> Iterator[Trigger]:
    for watched in WATCHED:
        yield from _of_sqlite(watched) if is_sqlite(session) else [_of_postgres(watched)]


def _of_sqlite(watched: Watched) -> Iterator[Trigger]:
    deeds = {
        "insert": ("INSERT", _note(watched, "NEW")),
        "update": (f"UPDATE OF {', '.join(watched.columns)}", _notes_of_update(watched)),
        "delete": ("DELETE", _note(watched, "OLD")),
    }
    for deed, (when, notes) in deeds.items():
        body = f"AFTER {when} ON {watched.table} BEGIN {'; '.join(notes)}; END"
        name = _named(f"{watched.table}_{deed}", body)
        if notes:
            yield Trigger(name, watched.table, watched.kind, [f"CREATE TRIGGER {name} {body}"])


def _of_postgres(watched: Watched) -> Trigger:
    new, changed, old = (
        "; ".join([*notes, "NULL"])
        for notes in (_note(watched, "NEW"), _notes_of_update(watched), _note(watched, "OLD"))
    )
    body = (
        f"BEGIN IF TG_OP = 'INSERT' THEN {new}; ELSIF TG_OP = 'UPDATE' THEN {changed}; ELSE {old}; END IF; "
        "RETURN NULL; END"
    )
    when = f"INSERT OR UPDATE OF {', '.join(watched.columns)} OR DELETE"
    name = _named(watched.table, when + body)
    function = f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ {body} $$"
    trigger = f"CREATE OR REPLACE TRIGGER {name} AFTER {when} ON {watched.table} FOR EACH ROW EXECUTE FUNCTION {name}()"
    return Trigger(name, watched.table, watched.kind, [function, trigger])


def _named(what: str, body: str) -> str:
    return f"{PREFIX}{what}_{crc32(body.encode()):08x}"


def _notes_of_update(watched: Watched) -> list[str]:
    moved = _note(watched, "OLD") if watched.key in watched.columns else []
    return [*_note(watched, "NEW"), *moved, *([watched.also] if watched.also else [])]


def _note(watched: Watched, row: str) -> list[str]:
    return [f"{NOTED} VALUES ('{watched.kind}', {row}.{watched.key})"] if watched.key else []
