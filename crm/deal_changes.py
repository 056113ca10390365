"""What staff do with deals: open one, change it, give it to somebody, say who else takes part.

A deal goes through its stages in crm/deal_moves.py; what is sold in it is said in crm/deal_line_changes.py. What
cannot be done is a `Refusal` in words.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import msgspec
from msgspec import UNSET, UnsetType
from sqlalchemy import bindparam, delete, select
from sqlalchemy.orm import Session

from crm import money
from crm.contacts import Contact
from crm.conversations import Interaction
from crm.deal_lines import lines_of
from crm.deal_moves import enter, first_stage, require_filled
from crm.deal_written import KIND, state, told, written
from crm.deals import Deal, DealPart, parts_of
from crm.desk import ID_DIGITS, Refusal
from crm.rights import contact_for
from crm.setup import setup
from crm.tasks import audience_of
from hub import audit, rows
from hub.bus import Notice
from hub.clock import now
from hub.db import announce
from hub.languages import _
from hub.statements import Statement
from hub.users import Department, User, Viewer

LONGEST = 200  # characters of a title, a source, a role
LONGEST_ANSWER = 2_000
MOST_PARTS, MOST_FIELDS = 50, 100
CERTAIN = 100  # percent

Answer = str | int | float | bool


class NewDeal(msgspec.Struct, frozen=True, kw_only=True):
    """A deal as it is wanted. Without `stage_id` it begins in the first of `pipeline_id`, or of the first pipeline.

    `value` is in the smallest unit of `currency`, "" for the company's. Without `responsible_id` it is the contact's
    responsible's, else the opener's.
    """

    title: str
    pipeline_id: int | None = None
    stage_id: int | None = None
    value: int = 0
    currency: str = ""
    probability: int | None = None
    expected_on: dt.date | None = None
    source: str = ""
    responsible_id: int | None = None
    department_id: int | None = None
    interaction_id: int | None = None
    fields: Mapping[str, Answer] = {}


class DealChange(msgspec.Struct, frozen=True, kw_only=True):
    """What a deal is to be; what is left out stays. Of `fields`, one of None is taken away, one not named stays."""

    title: str | UnsetType = UNSET
    value: int | UnsetType = UNSET
    currency: str | UnsetType = UNSET
    probability: int | UnsetType | None = UNSET
    expected_on: dt.date | UnsetType | None = UNSET
    source: str | UnsetType = UNSET
    fields: Mapping[str, Answer | None] | UnsetType = UNSET


def open_deal(session: Session, viewer: Viewer, contact: Contact, wanted: NewDeal) -> Deal:
    """Open a deal with a contact."""
    stage = first_stage(session, wanted.pipeline_id, wanted.stage_id)
    responsible = _responsible(session, viewer, contact, wanted.responsible_id)
    theirs = responsible.department_id if responsible else None
    if wanted.interaction_id is not None and _TOUCHES.first(
        session, {"interaction": wanted.interaction_id}
    ) != (contact.id,):
        raise Refusal(_("It begins with something of another contact"))
    places = (wanted.department_id, theirs, contact.department_id, viewer.department_id)
    currency, moment = wanted.currency or setup(session).company.currency, now()
    _check_price(currency, wanted.value)
    session.flush()  # the contact may still wait
    deal = rows.made(
        session, Deal, title=_title(wanted.title), contact_id=contact.id, pipeline_id=stage.pipeline_id,
        stage_id=stage.id, value=wanted.value, currency=currency, probability=_percent(wanted.probability),
        source=_one_line(wanted.source), fields=_answers({}, wanted.fields), made_by=viewer.user_id, lost_why="",
        responsible_id=responsible.id if responsible else None, expected_on=wanted.expected_on,
        department_id=next((each for each in places if each is not None), None),
        interaction_id=wanted.interaction_id, made_at=moment, changed_at=moment, stage_since=moment,
    )  # fmt: skip
    require_filled(session, deal, stage)
    enter(session, viewer, deal, None)
    said_of_it = {name: value for name, value in state(deal).items() if value not in {None, ""}}
    audit.write(session, viewer, audit.MADE, KIND, deal.id, changes=audit.differences({}, said_of_it))
    told(session, deal)
    return deal


_TOUCHES = Statement(
    select(Interaction.__table__.c.contact_id).where(Interaction.id == bindparam("interaction"))
)


def change(session: Session, viewer: Viewer, deal: Deal, wanted: DealChange) -> bool:
    """Change what a deal says of itself; tell whether anything changed."""
    before = state(deal)
    _apply(session, deal, wanted)
    return written(session, viewer, deal, before)


def set_parts(session: Session, viewer: Viewer, deal: Deal, wanted: Mapping[int, str]) -> None:
    """Have exactly these contacts take part in a deal beside its own, each as what is said of him."""
    if len(wanted) > MOST_PARTS:
        raise Refusal(_("At most %(most)s people take part in a deal", most=MOST_PARTS))
    has = {part.contact_id: part.role for part in parts_of(session, deal.id)}
    new = {
        contact_id: _one_line(role) for contact_id, role in wanted.items() if contact_id != deal.contact_id
    }
    if any(contact_for(session, viewer, contact_id) is None for contact_id in new.keys() - has.keys()):
        raise Refusal(_("There is no such contact."))
    session.execute(delete(DealPart).where(DealPart.deal_id == deal.id))
    session.add_all(DealPart(deal_id=deal.id, contact_id=each, role=role) for each, role in new.items())
    session.flush()
    written(session, viewer, deal, state(deal) | {"parts": _plain(has)}, parts=_plain(new))


def hand_over(session: Session, viewer: Viewer, deal: Deal, to: str) -> None:
    """Give it to `user:3`, or to nobody in particular of `department:2`. With a person it stays in its department."""
    kind, _sep, number = to.partition(":")
    target = int(number) if number.isascii() and number.isdigit() and len(number) <= ID_DIGITS else 0
    if kind == "user" and (user := session.get(User, target)) and user.disabled_at is None:
        give(session, viewer, deal, user, deal.department_id or user.department_id)
    elif kind == "department" and (place := session.get(Department, target)) and place.retired_at is None:
        give(session, viewer, deal, None, place.id)
    else:
        raise Refusal(_("Choose a colleague or a department that is still here"))


def give(
    session: Session, viewer: Viewer, deal: Deal, user: User | None, department_id: int | None, words: str = ""
) -> None:  # fmt: skip
    """Make it somebody's, or nobody's, in a department; who gets it from another is told that it is his."""
    before = state(deal)
    told(session, deal)  # also to those who will not see it any more
    deal.responsible_id, deal.department_id = user.id if user else None, department_id
    if written(session, viewer, deal, before, words=words) and user is not None and user.id != viewer.user_id:
        alone = audience_of(user.id, None)
        announce(session, Notice(kind=KIND, id=deal.id, audience=alone, why=deal.title))


def _apply(session: Session, deal: Deal, wanted: DealChange) -> None:
    if wanted.title is not UNSET:
        deal.title = _title(wanted.title)
    if wanted.source is not UNSET:
        deal.source = _one_line(wanted.source)
    if wanted.expected_on is not UNSET:
        deal.expected_on = wanted.expected_on
    if wanted.probability is not UNSET:
        deal.probability = _percent(wanted.probability)
    if wanted.fields is not UNSET:
        deal.fields = _answers(deal.fields, wanted.fields)
    currency = deal.currency if wanted.currency is UNSET else wanted.currency
    value = deal.value if wanted.value is UNSET else wanted.value
    if (currency, value) != (deal.currency, deal.value):
        _price(session, deal, currency, value)


def _price(session: Session, deal: Deal, currency: str, value: int) -> None:
    _check_price(currency, value)
    if lines_of(session, deal.id):
        raise Refusal(_("The value is the sum of the lines: change those"), field="value")
    deal.currency, deal.value = currency, value


def _check_price(currency: str, value: int) -> None:
    if not money.is_currency(currency):
        raise Refusal(_("“%(code)s” is no currency; write it like EUR", code=currency[:10]), field="currency")
    if not 0 <= value <= money.MOST:
        raise Refusal(_("A value is nothing or more, and can be counted"), field="value")


def _responsible(session: Session, viewer: Viewer, contact: Contact, user_id: int | None) -> User | None:
    """Give whose a new deal is; who has left gets none."""
    for each in (contact.responsible_id, viewer.user_id) if user_id is None else (user_id,):
        user = session.get(User, each) if each is not None else None
        if user is not None and user.disabled_at is None:
            return user
    if user_id is not None:
        raise Refusal(_("Choose a colleague who is still here."))
    return None


def _answers(has: Mapping[str, object], wanted: Mapping[str, Answer | None]) -> dict[str, object]:
    """Give the answers of a deal with these ones changed."""
    found = dict(has)
    for name, value in wanted.items():
        kept = value.strip()[:LONGEST_ANSWER] if isinstance(value, str) else value
        found[_title(name)] = kept
    found = {name: value for name, value in found.items() if value not in {None, ""}}
    if len(found) > MOST_FIELDS:
        raise Refusal(_("A deal has at most %(most)s fields", most=MOST_FIELDS), field="fields")
    return found


def _percent(probability: int | None) -> int | None:
    if probability is not None and not 0 <= probability <= CERTAIN:
        raise Refusal(_("A probability is between 0 and 100 percent"), field="probability")
    return probability


def _title(text: str) -> str:
    title = _one_line(text)
    if not title:
        raise Refusal(_("It needs a name"), field="title")
    return title


def _one_line(text: str) -> str:
    return " ".join(text.split())[:LONGEST]


def _plain(roles: Mapping[int, str]) -> list[str]:
    """Give who takes part as the audit keeps it."""
    return [
        f"{contact_id}: {role}" if role else f"{contact_id}" for contact_id, role in sorted(roles.items())
    ]
