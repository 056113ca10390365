"""What people did with their copies is counted as it happens: who followed which link, who looked in which hour.

A person counts once for each link and once for each hour, and what a machine did for nobody: a row of what happened
adds one where it is the first of its kind, and takes that back where it turns out to be a machine's. Sums are kept as
those of copies are (0077).
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hub.db import Identity

revision = "0084"
down_revision = "0083"

HOURS = {
    "sqlite": "substr({0}.at, 1, 13)",
    "postgresql": "to_char({0}.at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24')",
}
COLUMNS = "campaign_id, variant, kind, link, hour"
VARIANT = "(SELECT d.variant FROM deliveries d WHERE d.id = {0}.delivery_id)"
LOOKED = "{0}.kind IN ('opened', 'clicked')"

# S608 below: nothing of it is anybody else's words.


def upgrade() -> None:
    """Make it so."""
    op.create_table(
        "copy_event_counts",
        sa.Column("id", Identity, nullable=False),
        sa.Column("campaign_id", Identity, nullable=False),
        sa.Column("variant", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("link", Identity, nullable=False),
        sa.Column("hour", sa.String(), nullable=False),
        sa.Column("number", Identity, nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_copy_event_counts_campaign_id_campaigns")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_copy_event_counts")),
    )
    op.create_index(
        "ix_copy_event_counts_campaign", "copy_event_counts", ["campaign_id", "kind", "link", "hour"]
    )
    dialect = op.get_context().dialect.name
    for key, where, _same in _counted(dialect):
        op.execute(
            f"INSERT INTO copy_event_counts ({COLUMNS}, number) "  # noqa: S608
            f"SELECT {COLUMNS}, count(*) FROM (SELECT DISTINCT {_named(key, 'e')}, e.delivery_id FROM copy_events e "
            f"WHERE {where.format('e')}) counted GROUP BY {COLUMNS}"
        )
    (_in_sqlite if dialect == "sqlite" else _in_postgres)()


def downgrade() -> None:
    """Take it back."""
    if op.get_context().dialect.name == "sqlite":
        op.execute("DROP TRIGGER copy_events_counted_insert")
        op.execute("DROP TRIGGER copy_events_counted_update")
    else:
        op.execute("DROP FUNCTION copy_events_counted CASCADE")
    op.drop_table("copy_event_counts")


def _counted(dialect: str) -> list[tuple[tuple[str, ...], str, str]]:
    """Give what is counted: the columns of its key, which rows are of it, and which others of a copy are the same."""
    hour, person = HOURS[dialect], LOOKED + " AND {0}.machine = ''"
    return [
        (("{0}.campaign_id", VARIANT, "{0}.kind", "{0}.link", "''"),
         "{0}.kind = 'clicked' AND {0}.machine = '' AND {0}.link IS NOT NULL", "{1}.link = {0}.link"),
        (("{0}.campaign_id", "''", "{0}.kind", "-1", hour), person,
         f"{{1}}.kind = {{0}}.kind AND {hour} = {hour.replace('{0}', '{1}')}"),
        (("{0}.campaign_id", "''", "'machine'", "-1", "''"), LOOKED + " AND {0}.machine <> ''", "{1}.id = {1}.id"),
    ]  # fmt: skip


def _named(key: tuple[str, ...], row: str) -> str:
    return ", ".join(
        f"{each.format(row)} AS {name}" for each, name in zip(key, COLUMNS.split(", "), strict=True)
    )


def _in_sqlite() -> None:
    more, less, gained = "", "", ""
    for key, where, same in _counted("sqlite"):
        others = (
            f"NOT EXISTS (SELECT 1 FROM copy_events o WHERE o.delivery_id = NEW.delivery_id AND o.id <> NEW.id "  # noqa: S608
            f"AND {where.format('o')} AND {same.format('NEW', 'o')})"
        )
        more += _one(key, f"{where.format('NEW')} AND {others}", 1)
        was = f"{where.format('OLD')} AND NOT ({where.format('NEW')}) AND {others}"
        now = f"{where.format('NEW')} AND NOT ({where.format('OLD')}) AND {others}"
        less += _one(key, was, -1)
        gained += _one(key, now, 1)
    op.execute(f"CREATE TRIGGER copy_events_counted_insert AFTER INSERT ON copy_events BEGIN {more} END")
    op.execute(
        "CREATE TRIGGER copy_events_counted_update AFTER UPDATE OF machine ON copy_events "
        f"WHEN OLD.machine IS NOT NEW.machine BEGIN {less}{gained} END"
    )


def _one(key: tuple[str, ...], where: str, number: int) -> str:
    """Add to the row of a key, which is made where there is none."""
    own = [each.format("NEW") for each in key]
    same = " AND ".join(f"{name} = {each}" for name, each in zip(COLUMNS.split(", "), own, strict=True))
    return (
        f"INSERT INTO copy_event_counts ({COLUMNS}, number) SELECT {', '.join(own)}, 0 WHERE {where} "  # noqa: S608
        f"AND NOT EXISTS (SELECT 1 FROM copy_event_counts WHERE {same}); "
        f"UPDATE copy_event_counts SET number = number + {number} WHERE {same} AND {where}; "
    )


def _in_postgres() -> None:
    inserted, changed = [], []
    for key, where, same in _counted("postgresql"):
        beside = f"o.delivery_id = e.delivery_id AND {where.format('o')} AND {same.format('e', 'o')}"
        inserted.append(
            _rows(key, "new_rows", where.format("e"), beside, "o.id NOT IN (SELECT id FROM new_rows)", 1)
        )
        changed.append(_rows(key, "old_rows", where.format("e"), beside, "true", -1))
        other = f"WHERE NOT ({where.format('w')})"
        before = f"o.id NOT IN (SELECT n.id FROM new_rows n JOIN old_rows w ON w.id = n.id {other})"  # noqa: S608
        changed.append(_rows(key, "new_rows", f"{where.format('e')} AND EXISTS (SELECT 1 FROM old_rows w "  # noqa: S608
                             f"WHERE w.id = e.id AND NOT ({where.format('w')}))", beside, before, 1))  # fmt: skip
    op.execute(f"""CREATE FUNCTION copy_events_counted() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE of_campaign bigint;
        BEGIN
            IF TG_OP = 'INSERT' THEN {_added(inserted)} ELSE {_added(changed)} END IF;
            IF of_campaign IS NOT NULL AND random() < 0.05 THEN {_joined()} END IF;
            RETURN NULL;
        END $$""")
    for deed, named in (("INSERT", "NEW TABLE AS new_rows"),
                        ("UPDATE", "OLD TABLE AS old_rows NEW TABLE AS new_rows")):  # fmt: skip
        op.execute(
            f"CREATE TRIGGER copy_events_counted_{deed.lower()} AFTER {deed} ON copy_events "
            f"REFERENCING {named} FOR EACH STATEMENT EXECUTE FUNCTION copy_events_counted()"
        )


def _rows(key: tuple[str, ...], table: str, where: str, beside: str, but: str, one: int) -> str:
    return (
        f"SELECT {COLUMNS}, {one} AS one FROM (SELECT DISTINCT {_named(key, 'e')}, e.delivery_id FROM {table} e "  # noqa: S608
        f"WHERE {where} AND NOT EXISTS (SELECT 1 FROM copy_events o WHERE {beside} AND {but})) counted"
    )


def _added(rows: list[str]) -> str:
    return f"""WITH changed AS ({" UNION ALL ".join(rows)}), added AS (
        INSERT INTO copy_event_counts ({COLUMNS}, number)
        SELECT {COLUMNS}, sum(one) FROM changed GROUP BY {COLUMNS} HAVING sum(one) <> 0 RETURNING campaign_id
    ) SELECT max(campaign_id) INTO of_campaign FROM added;"""  # noqa: S608


def _joined() -> str:
    """Put the rows of a campaign together; what somebody else has in hand, or did meanwhile, stays for another time."""
    return f"""
        BEGIN
            WITH gone AS (
                DELETE FROM copy_event_counts WHERE id IN (
                    SELECT id FROM copy_event_counts WHERE campaign_id = of_campaign FOR UPDATE SKIP LOCKED
                ) RETURNING {COLUMNS}, number
            ) INSERT INTO copy_event_counts ({COLUMNS}, number)
            SELECT {COLUMNS}, sum(number) FROM gone GROUP BY {COLUMNS} HAVING sum(number) <> 0;
        EXCEPTION WHEN serialization_failure OR deadlock_detected THEN NULL;
        END;"""  # noqa: S608
