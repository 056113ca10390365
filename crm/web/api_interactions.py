"""Interactions over the API: every touch with a contact, its answers and files, and when it came again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Annotated

from aiohttp import web
from msgspec import Meta
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import orders
from crm.attachments import Attachment, attachments_of
from crm.conversations import Answers, Interaction
from crm.fields import fold
from crm.orders import OrderVersion
from crm.rights import hidden_fields, sees_interaction
from crm.setup import setup
from crm.web.api_shapes import (
    AttachmentOut,
    Id,
    InteractionOut,
    OrderChangeOut,
    OrderLineOut,
    OrderOut,
    by_label,
)
from crm.web.files import disposition
from hub.channels import Channel
from hub.journal import Inbound
from hub.languages import _
from hub.users import Viewer
from hub.web.api import ROOT, endpoint
from hub.web.etags import tag_of
from hub.web.keys import BLOBS, DB
from hub.web.pages import path_id, viewer_of
from hub.web.paging import Page, Paging, newest_first, page_of
from hub.web.problems import Problem


class InteractionQuery(Paging, frozen=True, kw_only=True):
    """Which interactions."""

    contact: Annotated[Id | None, Meta(description="Only those with the contact of this id")] = None


@endpoint("GET", "/interactions", scope="interactions:read", query=InteractionQuery,
          returns=Page[InteractionOut], summary="List interactions, newest first")  # fmt: skip
async def interactions(request: web.Request, query: InteractionQuery) -> Page[InteractionOut]:
    """List interactions."""
    return await request.app[DB].read(_interactions, viewer_of(request), query)


@endpoint("GET", "/interactions/{id}", scope="interactions:read", returns=InteractionOut, etag=tag_of,
          summary="Get one interaction")  # fmt: skip
async def interaction(request: web.Request) -> InteractionOut:
    """Give one interaction."""
    return await request.app[DB].read(_interaction, viewer_of(request), path_id(request))


@endpoint("GET", "/interactions/{id}/attachments/{attachment}", scope="interactions:read", returns=bytes,
          summary="Get what is in a file")  # fmt: skip
async def content(request: web.Request) -> web.StreamResponse:
    """Give a file to be saved, never to be shown: it comes from a stranger."""
    ids = path_id(request), path_id(request, "attachment")
    name, blob = await request.app[DB].read(_attachment, viewer_of(request), *ids)
    try:
        body = await request.app[BLOBS].get(blob)
    except FileNotFoundError:
        raise Problem(404, _("The content of this file is no longer kept.")) from None
    headers = {"Content-Disposition": disposition(name)}
    return web.Response(body=body, content_type="application/octet-stream", headers=headers)


def show_interactions(
    session: Session, viewer: Viewer, rows: Sequence[Interaction]
) -> dict[int, InteractionOut]:
    """Show several interactions, each kind of what belongs to them in one query."""
    files = attachments_of(session, [row.id for row in rows])
    again = _came_again(session, [row.inbound_id for row in rows if row.inbound_id is not None])
    channels = {row.channel_id for row in rows if row.channel_id is not None}
    named = select(Channel.id, Channel.name).where(Channel.id.in_(channels))
    names = dict(session.execute(named).all())
    labels, hidden = setup(session).fields, hidden_fields(session, viewer)
    told = orders.versions_of(session, [row.id for row in rows if row.kind == orders.KIND])
    hidden_labels = {label for label, field in labels.items() if field.name in hidden}
    return {
        row.id: InteractionOut(
            id=row.id, contact=row.contact_id, channel=names.get(row.channel_id or 0), kind=row.kind,
            direction=row.direction, at=row.at, summary=row.summary, text=row.text,
            fields=by_label(_open(row.fields, hidden_labels)), origin=by_label(row.origin), remarks=row.remarks,
            attachments=_files(files[row.id]), duplicates=again.get(row.inbound_id, []),
            order=_order(told[row.id]) if row.id in told else None,
        )
        for row in rows
    }  # fmt: skip


def _order(told: Sequence[OrderVersion]) -> OrderOut:
    now = orders.standing(told)
    order = now.ordered
    return OrderOut(
        number=order.number, state=order.state, cancelled=order.cancelled, total=order.total, currency=order.currency,
        lines=[
            OrderLineOut(name=line.name, sku=line.sku, quantity=line.quantity, price=line.price, total=line.total)
            for line in order.lines
        ],
        address=order.address, payment=order.payment, delivery=order.delivery, changed_at=now.changed_at,
        changes=[
            OrderChangeOut(at=each.at, words=list(each.words), late=each.came_late) for each in told if each.words
        ],
    )  # fmt: skip


def _open(answers: Answers, hidden: set[str]) -> Answers:
    """Give the answers under labels that are not of fields kept from this viewer."""
    return [answer for answer in answers if fold(answer["label"]) not in hidden] if hidden else answers


def _interactions(session: Session, viewer: Viewer, query: InteractionQuery) -> Page[InteractionOut]:
    wanted = select(Interaction).where(sees_interaction(viewer))
    if query.contact is not None:
        wanted = wanted.where(Interaction.contact_id == query.contact)
    rows = session.scalars(newest_first(wanted, Interaction.id, query)).all()
    found = show_interactions(session, viewer, rows)
    return page_of(rows, query.limit, lambda row: found[row.id])


def _interaction(session: Session, viewer: Viewer, interaction_id: int) -> InteractionOut:
    found = session.scalar(
        select(Interaction).where(Interaction.id == interaction_id, sees_interaction(viewer))
    )  # fmt: skip
    if found is None:
        raise Problem(404, _("There is no such interaction."))
    return show_interactions(session, viewer, [found])[found.id]


def _attachment(session: Session, viewer: Viewer, interaction_id: int, attachment_id: int) -> tuple[str, str]:
    """Give a file's name and its blob."""
    found = session.scalar(
        select(Attachment).join(Interaction, Interaction.id == Attachment.interaction_id).where(
            Attachment.id == attachment_id, Interaction.id == interaction_id, sees_interaction(viewer)
        )
    )  # fmt: skip
    if found is None:
        raise Problem(404, _("There is no such file."))
    return found.name, found.blob


def _came_again(session: Session, inbound_ids: Sequence[int]) -> dict[int | None, list[datetime]]:
    """Tell when the same request came again, by the journal's item that it was first."""
    found: dict[int | None, list[datetime]] = {}
    rows = session.execute(
        select(Inbound.duplicate_of, Inbound.received_at)
        .where(Inbound.duplicate_of.in_(inbound_ids)).order_by(Inbound.received_at)
    )  # fmt: skip
    for first, received_at in rows:
        found.setdefault(first, []).append(received_at)
    return found


def _files(rows: Iterable[Attachment]) -> list[AttachmentOut]:
    return [
        AttachmentOut(
            id=row.id, name=row.name, type=row.type, size=row.size,
            content=f"{ROOT}/interactions/{row.interaction_id}/attachments/{row.id}",
        )
        for row in rows
    ]  # fmt: skip
