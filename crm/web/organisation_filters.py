"""The filters of the list of organisations: what they have, and whose their people are."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy.orm import Session

from crm.listing import ME, ORGANISATIONS, Asked
from crm.web import filters
from crm.web.filters import Filter
from hub.languages import N_, _
from hub.users import Viewer

READY = (
    (N_("All"), Asked(kind=ORGANISATIONS)),
    (N_("Mine"), Asked(kind=ORGANISATIONS, responsible=ME)),
    (N_("Late"), Asked(kind=ORGANISATIONS, open="late")),
)


def offered(session: Session, viewer: Viewer, asked: Asked) -> list[Filter]:
    """Give everything that the list can be narrowed down by; those without people are seen by whoever sees all."""
    people = Filter(
        name="has",
        label=_("People"),
        options=filters.said(ORGANISATIONS.has),
        any=_("Whatever"),
        value=asked.has,
    )
    return [
        filters.department_filter(session, asked),
        filters.responsible_filter(session, asked),
        filters.open_filter(asked),
        *([people] if viewer.sees_all else []),
        *filters.span_filters(asked),
    ]


def narrowed(session: Session, _viewer: Viewer, asked: Asked) -> Iterator[tuple[str, Asked]]:
    """Say each thing that the list is narrowed down to, and give the list without it."""
    return filters.narrowed(session, asked)
