"""The filters of the list of calls, and what it is narrowed down to."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from crm import exchanges
from crm.calls import Call
from crm.contacts import handles_of
from crm.listing import CALLS, ME, Asked, number
from crm.rights import contact_for
from crm.setup import setup
from crm.web import filters
from crm.web.call_words import DIRECTIONS, OUTCOMES
from crm.web.filters import Filter, Pairs, without
from crm.web.names import called
from hub.channels import Channel
from hub.languages import N_, _
from hub.users import User, Viewer

QUEUES = 100
CALLBACKS = {"waits": N_("Missed and not yet handled"), "handled": N_("Missed and handled")}
READY = (
    (N_("All"), Asked(kind=CALLS)),
    (N_("Missed"), Asked(kind=CALLS, picks={"outcome": "missed"})),
    (N_("Not yet handled"), Asked(kind=CALLS, picks={"callback": "waits"})),
    (N_("I talked"), Asked(kind=CALLS, picks={"by": ME})),
)


def offered(session: Session, _viewer: Viewer, asked: Asked) -> list[Filter]:
    """Give everything that the list can be narrowed down by."""
    return [
        _choice("direction", _("Direction"), [(name, _(DIRECTIONS[name])) for name in CALLS.picks["direction"]], asked),
        _choice("outcome", _("How it ended"), [(name, _(OUTCOMES[name])) for name in CALLS.picks["outcome"]], asked),
        _choice("callback", _("Call-back"), [(name, _(words)) for name, words in CALLBACKS.items()], asked),
        _choice("by", _("Who talked"), [(ME, _("Me")), *filters.people(session)], asked),
        Filter(name="extension", label=_("Extension that talked"), value=asked.picks.get("extension", "")),
        filters.department_filter(session, asked),
        *_queue_filter(session, asked),
        *_pbx_filter(session, asked),
        Filter(name="has", label=_("Recording"), options=filters.said(CALLS.has), any=_("Whatever"),
               value=asked.has),
        *filters.span_filters(asked),
    ]  # fmt: skip


def narrowed(session: Session, viewer: Viewer, asked: Asked) -> Iterator[tuple[str, Asked]]:
    """Say each thing that the list is narrowed down to, and give the list without it."""
    yield from filters.narrowed(session, asked)
    if asked.contact is not None:
        yield _contact(session, viewer, asked.contact), asked.but(contact=None)
    for name, value in asked.picks.items():
        yield _picked(session, name, value), asked.but(picks=without(asked.picks, name))


def _choice(name: str, label: str, options: Pairs, asked: Asked) -> Filter:
    return Filter(name=name, label=label, options=options, any=_("Whatever"), value=asked.picks.get(name, ""))


_NEXT_QUEUE = select(Call.queue).where(Call.queue > bindparam("before")).order_by(Call.queue).limit(1)


def _queue_filter(session: Session, asked: Asked) -> list[Filter]:
    """Offer the queues that there are: each is found behind the one before it, along the index."""
    known: list[tuple[str, str]] = []
    name: str | None = ""
    while name is not None and len(known) < QUEUES:
        name = session.scalar(_NEXT_QUEUE, {"before": name})
        known += [(name, name)] if name else []
    return [_choice("queue", _("Queue"), known, asked)] if known else []


def _pbx_filter(session: Session, asked: Asked) -> list[Filter]:
    """Offer the PBXs, where there are several."""
    known = [(str(each.id), each.title) for each in exchanges.every(session)]
    return [_choice("pbx", _("PBX"), known, asked)] if len(known) > 1 else []


def _picked(session: Session, name: str, value: str) -> str:
    if name == "by":
        return _("%(name)s talked", name=_person(session, value))
    if name == "extension":
        return _("Extension %(number)s talked", number=value)
    if name == "queue":
        return _("Queue %(queue)s", queue=value)
    if name == "pbx":
        return _("At %(pbx)s", pbx=_title(session, value))
    known = {"direction": DIRECTIONS, "outcome": OUTCOMES, "callback": CALLBACKS}[name]
    return _(known[value])


def _person(session: Session, whose: str) -> str:
    if whose == ME:
        return _("I")
    user = session.get(User, number(whose) or 0)
    return user.name if user else _("Somebody who is gone")


def _title(session: Session, value: str) -> str:
    found = session.get(Channel, number(value) or 0)
    return found.title if found else _("a PBX that is gone")


def _contact(session: Session, viewer: Viewer, contact_id: int) -> str:
    contact = contact_for(session, viewer, contact_id)
    if contact is None:
        return _("A contact that is not yours to see")
    handles = handles_of(session, [contact.id])[contact.id]
    return _("With %(name)s", name=called(contact.name, handles, setup(session).company.country))
