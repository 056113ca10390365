"""Lists of contacts and organisations: sort keys, the last contact, saved views, and deeds on many at once."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hub.db import Document, Identity, Moment
from hub.languages import LANGUAGES
from hub.sorting import SortKey, name_key

revision = "0007"
down_revision = "0006"

LOT = 5000
PARTIAL = (
    ("ix_tasks_open", "tasks", "contact_id", "done_at IS NULL"),
    ("ix_deadlines_due", "deadlines", "due_at", "met_at IS NULL"),
)
LATEST = "(SELECT max(at) FROM interactions WHERE contact_id = contacts.id)"


def upgrade() -> None:
    """Make it so."""
    with op.batch_alter_table("organisations", schema=None) as batch_op:
        for column in ("sort_en", "sort_sv"):
            batch_op.add_column(sa.Column(column, SortKey, nullable=False, server_default=""))
        for column in ("phone", "web", "note"):
            batch_op.add_column(sa.Column(column, sa.String(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("changed_at", Moment(), nullable=True))
        batch_op.add_column(sa.Column("merged_into_id", Identity, nullable=True))
    op.execute("UPDATE organisations SET changed_at = made_at")
    with op.batch_alter_table("organisations", schema=None) as batch_op:
        batch_op.alter_column("changed_at", existing_type=Moment(), nullable=False)
        batch_op.create_foreign_key(
            op.f("fk_organisations_merged_into_id_organisations"), "organisations", ["merged_into_id"], ["id"]
        )
    with op.batch_alter_table("contacts", schema=None) as batch_op:
        for column in ("sort_en", "sort_sv"):
            batch_op.add_column(sa.Column(column, SortKey, nullable=False, server_default=""))
        batch_op.add_column(sa.Column("last_at", Moment(), nullable=True))
    op.execute(f"UPDATE contacts SET last_at = {LATEST}")  # noqa: S608 - our own words
    for table in ("organisations", "contacts"):
        _fill_keys(table)
        for column in ("sort_en", "sort_sv"):
            op.create_index(f"ix_{table}_{column}", table, [column, "id"])
    op.create_index("ix_contacts_last", "contacts", ["last_at", "id"])
    op.create_index("ix_contacts_made", "contacts", ["made_at", "id"])
    for index, table, column, where in PARTIAL:
        op.create_index(index, table, [column], sqlite_where=sa.text(where), postgresql_where=sa.text(where))
    _views()
    _deeds()
    _triggers()


def _fill_keys(table: str) -> None:
    connection = op.get_bind()
    known = sa.table(table, sa.column("id"), sa.column("name"), sa.column("sort_en"), sa.column("sort_sv"))
    keys: dict[str, object] = {f"sort_{language}": sa.bindparam(f"key_{language}") for language in LANGUAGES}
    change = known.update().where(known.c.id == sa.bindparam("row")).values(keys)
    last = 0
    while rows := connection.execute(
        sa.select(known.c.id, known.c.name).where(known.c.id > last).order_by(known.c.id).limit(LOT)
    ).all():
        connection.execute(change, [
            {"row": row.id} | {f"key_{language}": name_key(row.name, language) for language in LANGUAGES}
            for row in rows
        ])  # fmt: skip
        last = rows[-1].id


def _views() -> None:
    op.create_table(
        "views",
        sa.Column("id", Identity, nullable=False),
        sa.Column("room", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("query", sa.String(), nullable=False),
        sa.Column("owner_id", Identity, nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("made_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["users.id"], name=op.f("fk_views_owner_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_views")),
        sa.UniqueConstraint("owner_id", "room", "name", name=op.f("uq_views_owner_id_room_name")),
    )


def _deeds() -> None:
    op.create_table(
        "bulk_deeds",
        sa.Column("id", Identity, nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("by", Identity, nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("what", Document, nullable=False),
        sa.Column("total", Identity, nullable=False),
        sa.Column("undone_at", Moment(), nullable=True),
        sa.Column("undone_by", Identity, nullable=True),
        sa.Column("left_alone", Identity, nullable=False),
        sa.ForeignKeyConstraint(["by"], ["users.id"], name=op.f("fk_bulk_deeds_by_users")),
        sa.ForeignKeyConstraint(["undone_by"], ["users.id"], name=op.f("fk_bulk_deeds_undone_by_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulk_deeds")),
    )
    op.create_index("ix_bulk_deeds_by", "bulk_deeds", ["by", "id"])
    op.create_table(
        "bulk_changes",
        sa.Column("id", Identity, nullable=False),
        sa.Column("deed_id", Identity, nullable=False),
        sa.Column("record_id", Identity, nullable=False),
        sa.Column("before", Document, nullable=True),
        sa.Column("after", Document, nullable=True),
        sa.ForeignKeyConstraint(
            ["deed_id"], ["bulk_deeds.id"], name=op.f("fk_bulk_changes_deed_id_bulk_deeds")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulk_changes")),
    )
    op.create_index("ix_bulk_changes_deed", "bulk_changes", ["deed_id", "id"])


# When somebody was last heard of is known to the database alone, whichever way an interaction comes or moves.
TOUCH = """UPDATE contacts SET last_at = NEW.at
WHERE id = NEW.contact_id AND (last_at IS NULL OR last_at < NEW.at)"""
AGAIN = """UPDATE contacts SET last_at = (SELECT max(at) FROM interactions WHERE contact_id = contacts.id)
WHERE id IN (OLD.contact_id, NEW.contact_id)"""


def _triggers() -> None:
    if op.get_context().dialect.name == "sqlite":
        op.execute(f"CREATE TRIGGER interactions_touch AFTER INSERT ON interactions BEGIN {TOUCH}; END")
        op.execute(
            "CREATE TRIGGER interactions_move AFTER UPDATE OF contact_id ON interactions "
            f"WHEN OLD.contact_id <> NEW.contact_id BEGIN {AGAIN}; END"
        )
        return
    for name, deed, when, words in (
        ("touch", "INSERT", "", TOUCH),
        ("move", "UPDATE OF contact_id", "WHEN (OLD.contact_id <> NEW.contact_id)", AGAIN),
    ):
        op.execute(
            f"CREATE FUNCTION interactions_{name}() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN {words}; RETURN NULL; END $$"
        )
        op.execute(
            f"CREATE TRIGGER interactions_{name} AFTER {deed} ON interactions "
            f"FOR EACH ROW {when} EXECUTE FUNCTION interactions_{name}()"
        )


def downgrade() -> None:
    """Take it back."""
    for name in ("touch", "move"):
        where = "" if op.get_context().dialect.name == "sqlite" else " ON interactions"
        op.execute(f"DROP TRIGGER interactions_{name}{where}")
        if where:
            op.execute(f"DROP FUNCTION interactions_{name}()")
    op.drop_table("bulk_changes")
    op.drop_table("bulk_deeds")
    op.drop_table("views")
    for index, table, _column, _where in PARTIAL:
        op.drop_index(index, table)
    for index in ("last", "made", "sort_en", "sort_sv"):
        op.drop_index(f"ix_contacts_{index}", "contacts")
    with op.batch_alter_table("contacts", schema=None) as batch_op:
        for column in ("sort_en", "sort_sv", "last_at"):
            batch_op.drop_column(column)
    for index in ("sort_en", "sort_sv"):
        op.drop_index(f"ix_organisations_{index}", "organisations")
    with op.batch_alter_table("organisations", schema=None) as batch_op:
        batch_op.drop_constraint("fk_organisations_merged_into_id_organisations", type_="foreignkey")
        for column in ("sort_en", "sort_sv", "phone", "web", "note", "changed_at", "merged_into_id"):
            batch_op.drop_column(column)
