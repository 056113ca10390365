"""The copies of a campaign are counted as they change, so that none of its pages has to look at all of them.

The database counts, whichever way a copy is made or changes. SQLite has one writer: each number is a row that goes up
and down. In PostgreSQL lanes that settle copies of one campaign would wait for each other at such a row, or fail at it:
each statement adds what it changed as rows of their own, and now and then one puts the rows of a campaign together.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hub.db import Identity

revision = "0077"
down_revision = "0072"

KEY = {
    "campaign_id": "{0}.campaign_id",
    "variant": "{0}.variant",
    "state": "CASE {0}.state WHEN 'claimed' THEN 'waiting' ELSE {0}.state END",
    "code": "CASE WHEN {0}.bounced_at IS NOT NULL OR ({0}.state = 'unknown' AND {0}.code = 'left') "
            "THEN {0}.code ELSE '' END",
    "sent": "({0}.sent_at IS NOT NULL)",
    "bounced": "({0}.bounced_at IS NOT NULL)",
    "opened": "({0}.opened_at IS NOT NULL)",
    "clicked": "({0}.clicked_at IS NOT NULL)",
    "answered": "({0}.answered_at IS NOT NULL)",
    "unsubscribed": "({0}.unsubscribed_at IS NOT NULL)",
    "complained": "({0}.complained_at IS NOT NULL)",
}  # fmt: skip
"""What is told apart, and what it is of a copy."""
FLAGS = [name for name in KEY if name not in {"campaign_id", "variant", "state", "code"}]
COLUMNS = ", ".join(KEY)
OF = ", ".join(
    ("state", *(name for name in KEY if name not in {"state", *FLAGS}), *(f"{name}_at" for name in FLAGS))
)
"""The columns of a copy that matter; all others change without a count."""

# S608 below: nothing of it is anybody else's words.


def upgrade() -> None:
    """Make it so."""
    op.create_table(
        "copy_counts",
        sa.Column("id", Identity, nullable=False),
        sa.Column("campaign_id", Identity, nullable=False),
        sa.Column("variant", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        *(sa.Column(name, sa.Boolean(), nullable=False) for name in FLAGS),
        sa.Column("number", Identity, nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_copy_counts_campaign_id_campaigns")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_copy_counts")),
    )
    op.create_index("ix_copy_counts_campaign", "copy_counts", ["campaign_id", "variant", "state"])
    op.execute(
        f"INSERT INTO copy_counts ({COLUMNS}, number) SELECT {_key('d')}, count(*) FROM deliveries d "  # noqa: S608
        f"GROUP BY {_key('d')}"
    )
    where = sa.text("bounced_at IS NOT NULL")
    op.create_index("ix_deliveries_reason", "deliveries", ["campaign_id", "code", "id"], sqlite_where=where,
                    postgresql_where=where)  # fmt: skip
    if op.get_context().dialect.name == "sqlite":
        _in_sqlite()
    else:
        _in_postgres()


def downgrade() -> None:
    """Take it back."""
    if op.get_context().dialect.name == "sqlite":
        for deed in ("insert", "update", "delete"):
            op.execute(f"DROP TRIGGER deliveries_counted_{deed}")
    else:
        op.execute("DROP FUNCTION deliveries_counted CASCADE")
    op.drop_index("ix_deliveries_reason", "deliveries")
    op.drop_table("copy_counts")


def _key(row: str) -> str:
    return ", ".join(each.format(row) for each in KEY.values())


def _same(row: str) -> str:
    return " AND ".join(f"{name} = {each.format(row)}" for name, each in KEY.items())


def _in_sqlite() -> None:
    more = (
        f"INSERT INTO copy_counts ({COLUMNS}, number) SELECT {_key('NEW')}, 0 "  # noqa: S608
        f"WHERE NOT EXISTS (SELECT 1 FROM copy_counts WHERE {_same('NEW')}); "
        f"UPDATE copy_counts SET number = number + 1 WHERE {_same('NEW')};"
    )
    less = f"UPDATE copy_counts SET number = number - 1 WHERE {_same('OLD')};"  # noqa: S608
    differs = " OR ".join(f"{each.format('OLD')} IS NOT {each.format('NEW')}" for each in KEY.values())
    _trigger("insert", "INSERT", "", more)
    _trigger("update", f"UPDATE OF {OF}", f"WHEN {differs}", less + more)
    _trigger("delete", "DELETE", "", less)


def _trigger(name: str, deed: str, when: str, words: str) -> None:
    op.execute(
        f"CREATE TRIGGER deliveries_counted_{name} AFTER {deed} ON deliveries {when} BEGIN {words} END"
    )


def _in_postgres() -> None:
    before, after = (
        f"SELECT {_key('o')}, -1 AS one FROM old_rows o",  # noqa: S608
        f"SELECT {_key('n')}, 1 AS one FROM new_rows n",  # noqa: S608
    )
    changed = {"INSERT": after, "UPDATE": f"{before} UNION ALL {after}", "DELETE": before}
    added = " ELSIF ".join(f"TG_OP = '{deed}' THEN {_added(rows)}" for deed, rows in changed.items())
    op.execute(f"""CREATE FUNCTION deliveries_counted() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE of_campaign bigint;
        BEGIN
            IF {added} END IF;
            IF of_campaign IS NOT NULL AND random() < 0.05 THEN {_joined()} END IF;
            RETURN NULL;
        END $$""")
    tables = {"INSERT": "NEW TABLE AS new_rows", "DELETE": "OLD TABLE AS old_rows",
              "UPDATE": "OLD TABLE AS old_rows NEW TABLE AS new_rows"}  # fmt: skip
    for deed, named in tables.items():
        op.execute(
            f"CREATE TRIGGER deliveries_counted_{deed.lower()} AFTER {deed} ON deliveries "
            f"REFERENCING {named} FOR EACH STATEMENT EXECUTE FUNCTION deliveries_counted()"
        )


def _added(rows: str) -> str:
    return f"""WITH changed({COLUMNS}, one) AS ({rows}), added AS (
        INSERT INTO copy_counts ({COLUMNS}, number)
        SELECT {COLUMNS}, sum(one) FROM changed GROUP BY {COLUMNS} HAVING sum(one) <> 0 RETURNING campaign_id
    ) SELECT max(campaign_id) INTO of_campaign FROM added;"""  # noqa: S608


def _joined() -> str:
    """Put the rows of a campaign together; what somebody else has in hand, or did meanwhile, stays for another time."""
    return f"""
        BEGIN
            WITH gone AS (
                DELETE FROM copy_counts WHERE id IN (
                    SELECT id FROM copy_counts WHERE campaign_id = of_campaign FOR UPDATE SKIP LOCKED
                ) RETURNING {COLUMNS}, number
            ) INSERT INTO copy_counts ({COLUMNS}, number)
            SELECT {COLUMNS}, sum(number) FROM gone GROUP BY {COLUMNS} HAVING sum(number) <> 0;
        EXCEPTION WHEN serialization_failure OR deadlock_detected THEN NULL;
        END;"""  # noqa: S608
