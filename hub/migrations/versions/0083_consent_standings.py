"""Who is on a list is counted as the ledger of consents grows; who is told that a campaign stopped.

No page walks through the ledger: the database keeps what holds for each address and list, whichever way a line is
written, and counts those who agreed. Two who write of one address at the same moment meet at its row: in PostgreSQL one
of them fails, and is tried again upon what the other wrote. The sums are kept as those of copies are (0077): a row that
goes up and down in SQLite, in PostgreSQL rows that are put together now and then.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hub.db import Identity

revision = "0083"
down_revision = "0082"

STANDING = "list_id, kind, value, consent_id, file_id, held"
LINE = "{0}.list_id, {0}.kind, {0}.value, {0}.id, coalesce({0}.file_id, 0), {0}.state = 'given'"
"""What a line makes of the standing of its address."""
SAME = "{0}.list_id = {1}.list_id AND {0}.kind = {1}.kind AND {0}.value = {1}.value"
LATER = """ON CONFLICT (list_id, kind, value) DO UPDATE
    SET consent_id = excluded.consent_id, file_id = excluded.file_id, held = excluded.held
    WHERE consent_standings.consent_id < excluded.consent_id"""

# S608 below: nothing of it is anybody else's words.


def upgrade() -> None:
    """Make it so."""
    op.create_table(
        "consent_standings",
        sa.Column("list_id", Identity, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("consent_id", Identity, nullable=False),
        sa.Column("file_id", Identity, nullable=False),
        sa.Column("held", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("list_id", "kind", "value", name=op.f("pk_consent_standings")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "consent_counts",
        sa.Column("id", Identity, nullable=False),
        sa.Column("list_id", Identity, nullable=False),
        sa.Column("file_id", Identity, nullable=False),
        sa.Column("number", Identity, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent_counts")),
    )
    op.create_index("ix_consent_counts_list", "consent_counts", ["list_id", "file_id"])
    op.execute(
        f"INSERT INTO consent_standings ({STANDING}) SELECT {LINE.format('c')} FROM consents c WHERE c.id IN "  # noqa: S608
        "(SELECT max(id) FROM consents GROUP BY list_id, kind, value)"
    )
    op.execute(
        "INSERT INTO consent_counts (list_id, file_id, number) "
        "SELECT list_id, file_id, count(*) FROM consent_standings WHERE held GROUP BY list_id, file_id"
    )
    if op.get_context().dialect.name == "sqlite":
        _in_sqlite()
    else:
        _in_postgres()
    op.create_table(
        "campaign_tasks",
        sa.Column("task_id", Identity, nullable=False),
        sa.Column("campaign_id", Identity, nullable=False),
        sa.ForeignKeyConstraint(["task_id"], ["tasks.id"], name=op.f("fk_campaign_tasks_task_id_tasks")),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_campaign_tasks_campaign_id_campaigns")
        ),
        sa.PrimaryKeyConstraint("task_id", name=op.f("pk_campaign_tasks")),
    )
    op.create_index(op.f("ix_campaign_tasks_campaign_id"), "campaign_tasks", ["campaign_id"])
    with op.batch_alter_table("colleague_letters") as table:
        table.alter_column("contact_id", existing_type=Identity, nullable=True)


def downgrade() -> None:
    """Take it back; letters to colleagues that are about no card are forgotten."""
    op.execute("DELETE FROM colleague_letters WHERE contact_id IS NULL")
    with op.batch_alter_table("colleague_letters") as table:
        table.alter_column("contact_id", existing_type=Identity, nullable=False)
    op.drop_table("campaign_tasks")
    if op.get_context().dialect.name == "sqlite":
        for name in ("insert", "delete"):
            op.execute(f"DROP TRIGGER consents_stand_{name}")
    else:
        op.execute("DROP FUNCTION consents_stand CASCADE")
    op.drop_table("consent_standings")
    if op.get_context().dialect.name != "sqlite":
        op.execute("DROP FUNCTION consents_counted CASCADE")
    op.drop_table("consent_counts")


def _in_sqlite() -> None:
    stand = f"INSERT INTO consent_standings ({STANDING})"
    key = "WHERE list_id = {0}.list_id AND kind = {0}.kind AND value = {0}.value".format("OLD")
    _trigger("consents_stand_insert", "INSERT ON consents",
             f"{stand} SELECT {LINE.format('NEW')} WHERE true {LATER};")  # fmt: skip
    _trigger("consents_stand_delete", "DELETE ON consents",
             f"DELETE FROM consent_standings {key} AND consent_id = OLD.id; "  # noqa: S608
             f"{stand} SELECT {LINE.format('consents')} FROM consents {key} "
             "ORDER BY id DESC LIMIT 1 ON CONFLICT DO NOTHING;")  # fmt: skip
    counted = "WHERE list_id = {0}.list_id AND file_id = {0}.file_id"
    more = (
        "INSERT INTO consent_counts (list_id, file_id, number) SELECT NEW.list_id, NEW.file_id, 0 "  # noqa: S608
        f"WHERE NEW.held AND NOT EXISTS (SELECT 1 FROM consent_counts {counted.format('NEW')}); "
        f"UPDATE consent_counts SET number = number + 1 {counted.format('NEW')} AND NEW.held;"
    )
    less = f"UPDATE consent_counts SET number = number - 1 {counted.format('OLD')} AND OLD.held;"  # noqa: S608
    _trigger("consents_counted_insert", "INSERT ON consent_standings", more)
    _trigger("consents_counted_update", "UPDATE ON consent_standings", less + more)
    _trigger("consents_counted_delete", "DELETE ON consent_standings", less)


def _trigger(name: str, deed: str, words: str) -> None:
    op.execute(f"CREATE TRIGGER {name} AFTER {deed} BEGIN {words} END")


def _in_postgres() -> None:
    stand = f"INSERT INTO consent_standings ({STANDING})"
    newest = "SELECT DISTINCT ON ({0}.list_id, {0}.kind, {0}.value) " + LINE
    order = "ORDER BY {0}.list_id, {0}.kind, {0}.value, {0}.id DESC"
    op.execute(f"""CREATE FUNCTION consents_stand() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'INSERT' THEN
                {stand} {newest.format("n")} FROM new_rows n {order.format("n")} {LATER};
            ELSE
                DELETE FROM consent_standings s USING old_rows o
                WHERE {SAME.format("s", "o")} AND s.consent_id = o.id;
                {stand} {newest.format("c")} FROM old_rows o JOIN consents c ON {SAME.format("c", "o")}
                {order.format("c")} ON CONFLICT DO NOTHING;
            END IF;
            RETURN NULL;
        END $$""")  # noqa: S608
    _by_statement("consents_stand", "consents", ("INSERT", "DELETE"))
    less, more = (
        "SELECT list_id, file_id, -1 AS one FROM old_rows WHERE held",
        "SELECT list_id, file_id, 1 AS one FROM new_rows WHERE held",
    )
    changed = {"INSERT": more, "UPDATE": f"{less} UNION ALL {more}", "DELETE": less}
    added = " ELSIF ".join(f"TG_OP = '{deed}' THEN {_added(rows)}" for deed, rows in changed.items())
    op.execute(f"""CREATE FUNCTION consents_counted() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE of_list bigint;
        BEGIN
            IF {added} END IF;
            IF of_list IS NOT NULL AND random() < 0.05 THEN {_joined()} END IF;
            RETURN NULL;
        END $$""")
    _by_statement("consents_counted", "consent_standings", tuple(changed))


def _by_statement(name: str, table: str, deeds: tuple[str, ...]) -> None:
    tables = {"INSERT": "NEW TABLE AS new_rows", "DELETE": "OLD TABLE AS old_rows",
              "UPDATE": "OLD TABLE AS old_rows NEW TABLE AS new_rows"}  # fmt: skip
    for deed in deeds:
        op.execute(f"CREATE TRIGGER {name}_{deed.lower()} AFTER {deed} ON {table} "
                   f"REFERENCING {tables[deed]} FOR EACH STATEMENT EXECUTE FUNCTION {name}()")  # fmt: skip


def _added(rows: str) -> str:
    return f"""WITH changed(list_id, file_id, one) AS ({rows}), added AS (
        INSERT INTO consent_counts (list_id, file_id, number)
        SELECT list_id, file_id, sum(one) FROM changed GROUP BY list_id, file_id HAVING sum(one) <> 0
        RETURNING list_id
    ) SELECT max(list_id) INTO of_list FROM added;"""  # noqa: S608


def _joined() -> str:
    """Put the rows of a list together; what somebody else has in hand, or did meanwhile, stays for another time."""
    return """
        BEGIN
            WITH gone AS (
                DELETE FROM consent_counts WHERE id IN (
                    SELECT id FROM consent_counts WHERE list_id = of_list FOR UPDATE SKIP LOCKED
                ) RETURNING list_id, file_id, number
            ) INSERT INTO consent_counts (list_id, file_id, number)
            SELECT list_id, file_id, sum(number) FROM gone GROUP BY list_id, file_id HAVING sum(number) <> 0;
        EXCEPTION WHEN serialization_failure OR deadlock_detected THEN NULL;
        END;"""
