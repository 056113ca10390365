"""Chats: where they are, what was said, its files, how a channel answers by itself; commands that keep their order."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hub.db import Document, Identity, Moment

revision = "0044"
down_revision = "0043"


def upgrade() -> None:
    """Make it so."""
    op.add_column("outbox", sa.Column("stream", sa.String(), nullable=True))
    where = sa.text("due_at IS NOT NULL AND stream IS NOT NULL")
    op.create_index(
        "ix_outbox_streams",
        "outbox",
        ["channel_id", "stream", "id"],
        postgresql_where=where,
        sqlite_where=where,
    )
    _chats()
    _messages()
    _media()
    op.create_table(
        "chat_manners",
        sa.Column("channel_id", Identity, nullable=False),
        sa.Column("greeting", sa.String(), nullable=False),
        sa.Column("away", sa.String(), nullable=False),
        sa.Column("questions", Document, nullable=False),
        sa.Column("handing_over", sa.String(), nullable=False),
        sa.Column("asks_person", Document, nullable=False),
        sa.Column("most", Identity, nullable=False),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["channels.id"], name=op.f("fk_chat_manners_channel_id_channels")
        ),
        sa.PrimaryKeyConstraint("channel_id", name=op.f("pk_chat_manners")),
    )


def _chats() -> None:
    op.create_table(
        "chats",
        sa.Column("id", Identity, nullable=False),
        sa.Column("channel_id", Identity, nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("contact_id", Identity, nullable=False),
        sa.Column("handle", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("username", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("began_at", Moment(), nullable=False),
        sa.Column("last_in_at", Moment(), nullable=True),
        sa.Column("blocked_at", Moment(), nullable=True),
        sa.Column("starts", Document, nullable=False),
        sa.Column("origin", Document, nullable=False),
        sa.Column("asked", Document, nullable=True),
        sa.Column("handed_at", Moment(), nullable=True),
        sa.Column("away_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["channel_id"], ["channels.id"], name=op.f("fk_chats_channel_id_channels")),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=op.f("fk_chats_contact_id_contacts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chats")),
        sa.UniqueConstraint("channel_id", "key", name=op.f("uq_chats_channel_id_key")),
    )
    op.create_index("ix_chats_contact_id", "chats", ["contact_id"])


def _messages() -> None:
    op.create_table(
        "chat_messages",
        sa.Column("interaction_id", Identity, nullable=False),
        sa.Column("chat_id", Identity, nullable=False),
        sa.Column("remote_id", sa.String(), nullable=True),
        sa.Column("answers_id", Identity, nullable=True),
        sa.Column("album", sa.String(), nullable=False),
        sa.Column("pressed", sa.String(), nullable=False),
        sa.Column("spot", Document, nullable=True),
        sa.Column("cards", Document, nullable=False),
        sa.Column("before", Document, nullable=False),
        sa.Column("edited_at", Moment(), nullable=True),
        sa.Column("withdrawn_at", Moment(), nullable=True),
        sa.Column("reactions", Document, nullable=False),
        sa.Column("outgoing_id", Identity, nullable=True),
        sa.Column("automatic", sa.Boolean(), nullable=False),
        sa.Column("buttons", Document, nullable=False),
        sa.Column("template", sa.String(), nullable=False),
        sa.Column("left_at", Moment(), nullable=True),
        sa.Column("delivered_at", Moment(), nullable=True),
        sa.Column("read_at", Moment(), nullable=True),
        sa.Column("failed_at", Moment(), nullable=True),
        sa.Column("error", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["answers_id"], ["interactions.id"],
                                name=op.f("fk_chat_messages_answers_id_interactions")),
        sa.ForeignKeyConstraint(["chat_id"], ["chats.id"], name=op.f("fk_chat_messages_chat_id_chats")),
        sa.ForeignKeyConstraint(["interaction_id"], ["interactions.id"],
                                name=op.f("fk_chat_messages_interaction_id_interactions")),
        sa.ForeignKeyConstraint(["outgoing_id"], ["outbox.id"], name=op.f("fk_chat_messages_outgoing_id_outbox")),
        sa.PrimaryKeyConstraint("interaction_id", name=op.f("pk_chat_messages")),
        sa.UniqueConstraint("outgoing_id", name=op.f("uq_chat_messages_outgoing_id")),
    )  # fmt: skip
    op.create_index("ix_chat_messages_chat_id", "chat_messages", ["chat_id"])
    for name, column, condition in (
        ("ix_chat_messages_remote", "remote_id", "remote_id IS NOT NULL"),
        ("ix_chat_messages_album", "album", "album <> ''"),
    ):
        where = sa.text(condition)
        op.create_index(
            name, "chat_messages", ["chat_id", column], postgresql_where=where, sqlite_where=where
        )


def _media() -> None:
    op.create_table(
        "chat_media",
        sa.Column("id", Identity, nullable=False),
        sa.Column("interaction_id", Identity, nullable=False),
        sa.Column("channel_id", Identity, nullable=False),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("size", Identity, nullable=True),
        sa.Column("seconds", sa.Double(), nullable=True),
        sa.Column("asked_at", Moment(), nullable=False),
        sa.Column("due_at", Moment(), nullable=True),
        sa.Column("attempts", Identity, nullable=False),
        sa.Column("error", sa.String(), nullable=True),
        sa.Column("attachment_id", Identity, nullable=True),
        sa.ForeignKeyConstraint(["attachment_id"], ["attachments.id"],
                                name=op.f("fk_chat_media_attachment_id_attachments")),
        sa.ForeignKeyConstraint(["channel_id"], ["channels.id"], name=op.f("fk_chat_media_channel_id_channels")),
        sa.ForeignKeyConstraint(["interaction_id"], ["interactions.id"],
                                name=op.f("fk_chat_media_interaction_id_interactions")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chat_media")),
    )  # fmt: skip
    op.create_index("ix_chat_media_interaction_id", "chat_media", ["interaction_id"])
    where = sa.text("due_at IS NOT NULL")
    op.create_index("ix_chat_media_due", "chat_media", ["due_at"], postgresql_where=where, sqlite_where=where)


def downgrade() -> None:
    """Take it back."""
    for table in ("chat_manners", "chat_media", "chat_messages", "chats"):
        op.drop_table(table)
    op.drop_index("ix_outbox_streams", "outbox")
    op.drop_column("outbox", "stream")
