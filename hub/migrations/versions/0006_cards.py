"""Cards: tags, relations, who is on a card, and custom fields that are made here."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hub.clock import now
from hub.db import Document, Identity, Moment
from hub.said import said

revision = "0006"
down_revision = "0005"

KINDS = (
    ("works with", "works with"),
    ("spouse of", "spouse of"),
    ("neighbour of", "neighbour of"),
    ("caretaker of", "has as caretaker"),
    ("recommended by", "recommended"),
    ("invoice to", "gets the invoices of"),
)


def upgrade() -> None:
    """Make it so."""
    with op.batch_alter_table("custom_fields", schema=None) as batch_op:
        batch_op.add_column(sa.Column("heading", sa.String(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("required", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column("see", Document, nullable=False, server_default="[]"))
        batch_op.add_column(sa.Column("edit", Document, nullable=False, server_default="[]"))
        batch_op.add_column(sa.Column("expression", sa.String(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("retired_at", Moment(), nullable=True))
    _tags()
    _relations()
    op.create_table(
        "presences",
        sa.Column("id", Identity, nullable=False),
        sa.Column("contact_id", Identity, nullable=False),
        sa.Column("user_id", Identity, nullable=False),
        sa.Column("seen_at", Moment(), nullable=False),
        sa.Column("writing_in", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contacts.id"], name=op.f("fk_presences_contact_id_contacts")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_presences_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_presences")),
        sa.UniqueConstraint("contact_id", "user_id", name=op.f("uq_presences_contact_id_user_id")),
    )


def _tags() -> None:
    op.create_table(
        "tags",
        sa.Column("id", Identity, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("folded", sa.String(), nullable=False),
        sa.Column("made_at", Moment(), nullable=False),
        sa.Column("retired_at", Moment(), nullable=True),
        sa.Column("joined_into_id", Identity, nullable=True),
        sa.ForeignKeyConstraint(["joined_into_id"], ["tags.id"], name=op.f("fk_tags_joined_into_id_tags")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tags")),
        sa.UniqueConstraint("folded", name=op.f("uq_tags_folded")),
    )
    op.create_table(
        "contact_tags",
        sa.Column("id", Identity, nullable=False),
        sa.Column("contact_id", Identity, nullable=False),
        sa.Column("tag_id", Identity, nullable=False),
        sa.Column("made_at", Moment(), nullable=False),
        sa.Column("joined_from_id", Identity, nullable=True),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contacts.id"], name=op.f("fk_contact_tags_contact_id_contacts")
        ),
        sa.ForeignKeyConstraint(
            ["joined_from_id"], ["tags.id"], name=op.f("fk_contact_tags_joined_from_id_tags")
        ),
        sa.ForeignKeyConstraint(["tag_id"], ["tags.id"], name=op.f("fk_contact_tags_tag_id_tags")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_tags")),
        sa.UniqueConstraint("contact_id", "tag_id", name=op.f("uq_contact_tags_contact_id_tag_id")),
    )
    op.create_index("ix_contact_tags_tag_id", "contact_tags", ["tag_id"])


def _relations() -> None:
    kinds = op.create_table(
        "relation_kinds",
        sa.Column("id", Identity, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("other_name", sa.String(), nullable=False),
        sa.Column("made_at", Moment(), nullable=False),
        sa.Column("retired_at", Moment(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_relation_kinds")),
    )
    # A company that is not there yet gets them when it is founded; a backup may bring its own.
    if op.get_bind().scalar(sa.text("SELECT count(*) FROM company")):
        for name, other_name in KINDS:
            values = {"name": said(name).kept(), "other_name": said(other_name).kept(), "made_at": now()}
            op.execute(kinds.insert().values(**values))
    op.create_table(
        "relations",
        sa.Column("id", Identity, nullable=False),
        sa.Column("kind_id", Identity, nullable=False),
        sa.Column("contact_id", Identity, nullable=False),
        sa.Column("other_id", Identity, nullable=True),
        sa.Column("organisation_id", Identity, nullable=True),
        sa.Column("turned", sa.Boolean(), nullable=False),
        sa.Column("made_at", Moment(), nullable=False),
        sa.Column("ended_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=op.f("fk_relations_contact_id_contacts")),
        sa.ForeignKeyConstraint(["kind_id"], ["relation_kinds.id"], name=op.f("fk_relations_kind_id_relation_kinds")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_relations_organisation_id_organisations")
        ),
        sa.ForeignKeyConstraint(["other_id"], ["contacts.id"], name=op.f("fk_relations_other_id_contacts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_relations")),
        sa.UniqueConstraint("contact_id", "kind_id", "other_id", name=op.f("uq_relations_contact_id_kind_id_other_id")),
        sa.UniqueConstraint(
            "contact_id", "kind_id", "organisation_id", "turned",
            name=op.f("uq_relations_contact_id_kind_id_organisation_id_turned"),
        ),
    )  # fmt: skip
    op.create_index("ix_relations_other_id", "relations", ["other_id"])
    op.create_index("ix_relations_organisation_id", "relations", ["organisation_id"])


def downgrade() -> None:
    """Take it back."""
    for table in ("presences", "relations", "relation_kinds", "contact_tags", "tags"):
        op.drop_table(table)
    with op.batch_alter_table("custom_fields", schema=None) as batch_op:
        for column in ("heading", "required", "see", "edit", "expression", "retired_at"):
            batch_op.drop_column(column)
