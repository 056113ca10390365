"""The door to segments: a rule is read, checked, counted, and gives its contacts.

    rule = parse({"what": "group", "of": "all", "rules": [{"what": "tag", "tag": 3}]})
    contacts(session, viewer, rule)      Select of the numbers of those whom it means and this viewer sees
    contacts(session, None, rule)        … of all whom it means: what a campaign asks

A rule that names what is not there is refused rather than read as nobody's: turned round it would mean everybody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from crm.campaigns import Campaign
from crm.contacts import Contact, Organisation
from crm.field_values import SPANNED
from crm.fields import COMPUTED, CustomField, read
from crm.mailing_lists import MailingList
from crm.pipelines import Pipeline, Stage
from crm.products import Product
from crm.refusals import Refusal
from crm.rights import sees_contact
from crm.segment_conditions import (
    DEEPEST,
    FIRST_YEAR,
    LAST_YEAR,
    MOST,
    FieldHolds,
    Group,
    HadCampaign,
    HasDeals,
    Path,
    Rule,
    Timed,
    each,
)
from crm.segment_sql import COUNTED, Asking, asking, holds
from crm.tags import Tag
from hub.channels import Channel
from hub.db import Base
from hub.languages import _
from hub.said import said
from hub.shapes import convert
from hub.users import Department, User, Viewer

SAMPLE = 8


def parse(rule: object) -> Group:
    """Read a rule as it is kept or sent; ValueError has words for what is wrong with its shape."""
    try:
        group = rule if isinstance(rule, Group) else convert(rule, Group)
    except msgspec.ValidationError as error:
        raise ValueError(said("The rule cannot be read: %(why)s", why=str(error)[:300])) from None
    except RecursionError:
        raise ValueError(_too_deep()) from None
    for count, (path, inner) in enumerate(each(group), 1):
        if count > MOST:
            raise ValueError(said("A segment has at most %(most)s conditions", most=MOST))
        if len(path) >= DEEPEST and isinstance(inner, Group):
            raise ValueError(_too_deep())
        if path and isinstance(inner, Group) and not inner.rules:
            raise ValueError(said("A group needs a condition"))
        if isinstance(inner, Timed) and not inner.is_countable:
            raise ValueError(
                said("A day lies between %(first)s and %(last)s", first=FIRST_YEAR, last=LAST_YEAR)
            )
    return group


def kept(rule: Group) -> dict[str, object]:
    """Give a rule as it is kept."""
    plain: dict[str, object] = msgspec.to_builtins(rule)
    return plain


def contacts(session: Session, viewer: Viewer | None, rule: object) -> Select[int]:
    """Ask for the numbers of the contacts that a rule means, of those that this viewer sees (None: of all).

    Refusal where it names what is not there, or what he may not see; ValueError where it is no rule.
    """
    group = parse(rule)
    ask = asking(session, viewer)
    for words in faults(session, ask, group).values():
        raise Refusal(words)
    seen = (sees_contact(viewer),) if viewer is not None else ()
    return select(Contact.id).where(Contact.merged_into_id.is_(None), *seen, holds(ask, group))


def count(session: Session, viewer: Viewer | None, rule: object) -> int:
    """Count them."""
    found = contacts(session, viewer, rule)
    return session.scalar(found.with_only_columns(func.count(), maintain_column_froms=True)) or 0


def sample(session: Session, viewer: Viewer | None, rule: object, most: int = SAMPLE) -> Sequence[Contact]:
    """Give some of them, those whose cards are the newest first."""
    found = contacts(session, viewer, rule)
    rows = found.with_only_columns(Contact, maintain_column_froms=True)
    return session.scalars(rows.order_by(Contact.id.desc()).limit(most)).all()


def faults(session: Session, ask: Asking, group: Group) -> dict[Path, str]:
    """Say by its place what a rule names that is not there, or that nobody can tell."""
    return {path: words for path, rule in each(group) if (words := _fault(session, ask, rule))}


# What the numbers in conditions are of, and what is said where there is none.
_NAMED: Mapping[str, tuple[type[Base], Callable[[], str]]] = {
    "tag": (Tag, lambda: _("There is no such tag")),
    "department": (Department, lambda: _("There is no such department")),
    "user": (User, lambda: _("There is nobody with this number")),
    "organisation": (Organisation, lambda: _("There is no such company")),
    "channel": (Channel, lambda: _("There is no such channel")),
    "pipeline": (Pipeline, lambda: _("There is no such pipeline")),
    "stage": (Stage, lambda: _("There is no such stage")),
    "product": (Product, lambda: _("There is no such product")),
    "list": (MailingList, lambda: _("There is no such list")),
    "campaign": (Campaign, lambda: _("There is no such campaign")),
}


def _fault(session: Session, ask: Asking, rule: Rule) -> str:
    if isinstance(rule, FieldHolds):
        return _field_fault(ask.fields.get(rule.field), rule)
    for name, (table, words) in _NAMED.items():
        wanted = getattr(rule, name, 0)
        if wanted and session.get(table, wanted) is None:
            return words()
    if isinstance(rule, HasDeals) and not rule.currency and not (rule.worth_least is rule.worth_most is None):
        return _("Say in which currency")
    return _uncounted(session, rule) if isinstance(rule, HadCampaign) else ""


def _uncounted(session: Session, rule: HadCampaign) -> str:
    """Say that a campaign, or any, does not tell: of one that counts no opens, nobody would have opened it."""
    tells = COUNTED.get(rule.fate.removeprefix("not-"))
    if tells is None:
        return ""
    one = [Campaign.id == rule.campaign] if rule.campaign else []
    if session.scalar(select(Campaign.id).where(tells, *one).limit(1)) is not None:
        return ""
    if not rule.campaign:
        return _("No campaign counts this, so nobody can tell who did")
    campaign = session.get_one(Campaign, rule.campaign)
    return _("“%(campaign)s” does not count this, so nobody can tell who did", campaign=campaign.name)


def _field_fault(field: CustomField | None, rule: FieldHolds) -> str:
    if field is None:
        return _("There is no field “%(name)s”, or you may not see it", name=rule.field[:60])
    if field.kind == COMPUTED:
        return _(
            "“%(field)s” is computed for one card at a time, so it cannot be asked of all", field=field.label
        )
    if (rule.least or rule.most) and field.kind not in SPANNED:
        return _("“%(field)s” has no least and most", field=field.label)
    return next(_unreadable(field, rule), "")


def _unreadable(field: CustomField, rule: FieldHolds) -> Iterator[str]:
    for text in (rule.value, rule.least, rule.most):
        if ".." in text and field.kind in SPANNED:
            yield _("“%(text)s” cannot be read", text=text[:40])
        try:
            read(field, text) if text else None
        except ValueError as error:
            yield str(error)


def _too_deep() -> Any:  # noqa: ANN401 - a sentence
    return said("Groups stand in one another at most %(most)s deep", most=DEEPEST)
