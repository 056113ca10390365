"""A rule over contacts as a condition for the store.

A condition about other records than the card is asked of SQLite as a list of contacts that is made once, and of
PostgreSQL, which walks lists well but not long ones that it has to miss, of one contact after the other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, exists, false, func, not_, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from crm import field_values, purchases
from crm.campaigns import MAIL, Campaign
from crm.consents import Consent, counts
from crm.contacts import Contact, Handle, Organisation
from crm.conversations import Interaction
from crm.deal_lines import DealLine
from crm.deals import Deal
from crm.deliveries import SENT, Delivery
from crm.fields import CustomField
from crm.rights import sees_deal
from crm.segment_conditions import (
    AtOrganisation,
    CardMoment,
    Consented,
    FieldHolds,
    Group,
    HadCampaign,
    HasDeals,
    InDepartment,
    IsSuppressed,
    Reached,
    Responsible,
    Rule,
    Tagged,
    Timed,
    Touched,
)
from crm.setup import setup
from crm.suppressions import Suppression
from crm.tags import ContactTag, Tag
from hub.clock import now
from hub.unindexed import Unindexed
from hub.users import Viewer

Where = ColumnElement[bool]
Column = InstrumentedAttribute[Any]

FATES: Mapping[str, Column] = {
    "opened": Delivery.opened_at, "clicked": Delivery.clicked_at, "answered": Delivery.answered_at,
    "bounced": Delivery.bounced_at, "unsubscribed": Delivery.unsubscribed_at, "complained": Delivery.complained_at,
}  # fmt: skip
COUNTED: Mapping[str, ColumnElement[bool]] = {
    "opened": and_(Campaign.counts_opens, Campaign.handle == MAIL), "clicked": and_(Campaign.counts_clicks),
}  # fmt: skip
"""Which campaigns tell of a fate, where not all do."""
BOUGHT = frozenset({"bought", "not-bought"})
MOMENTS: Mapping[str, Column] = {
    "made": Contact.made_at,
    "changed": Contact.changed_at,
    "last": Contact.last_at,
}


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks (None: the hub itself), when, where, and of which store; `fields` are those that he sees, by name."""

    session: Session
    viewer: Viewer | None
    at: datetime
    zone: ZoneInfo
    sqlite: bool
    fields: Mapping[str, CustomField]

    def among(self, owner: Column, *where: Where, least: int = 1) -> Where:
        """Tell of whom there are so many rows."""
        if self.sqlite:
            ids = select(owner).where(owner.is_not(None), *where)
            return Contact.id.in_(ids.group_by(owner).having(func.count() >= least) if least > 1 else ids)
        if least > 1:
            count = select(func.count()).where(owner == Contact.id, *where).correlate(Contact)
            return and_(count.scalar_subquery() >= least)
        return exists().where(owner == Contact.id, *where).correlate(Contact)

    def within(self, column: Column | ColumnElement[Any], when: Timed) -> list[Where]:
        """Give the bounds in time: days before now, and whole days where the company is."""
        found: list[Where] = []
        if when.within is not None:
            found.append(column >= self.at - timedelta(days=when.within))
        if when.before is not None:
            found.append(column <= self.at - timedelta(days=when.before))
        if when.since:
            found.append(column >= datetime.combine(when.since, time(), self.zone))
        if when.until:
            found.append(column < datetime.combine(when.until + timedelta(days=1), time(), self.zone))
        return found


def asking(session: Session, viewer: Viewer | None) -> Asking:
    """Give what conditions have to know of who asks."""
    state = setup(session)
    return Asking(
        session=session, viewer=viewer, at=now(), zone=ZoneInfo(state.company.zone),
        sqlite=session.get_bind().dialect.name == "sqlite",
        fields={
            each.name: each for each in (*state.fields.values(), *state.shown_fields)
            if viewer is None or each.is_seen_by(viewer)
        },
    )  # fmt: skip


def holds(ask: Asking, rule: Rule) -> Where:
    """Tell which contacts a rule means."""
    if isinstance(rule, Group):
        return _group(ask, rule)
    return _CONDITIONS[type(rule)](ask, rule)


def _group(ask: Asking, group: Group) -> Where:
    inner = [holds(ask, rule) for rule in group.rules]
    if not inner:
        return true()
    if group.of == "all":
        return and_(*inner)
    return or_(*inner) if group.of == "any" else and_(*(not_(each) for each in inner))


def _field(ask: Asking, rule: FieldHolds) -> Where:
    field = ask.fields.get(rule.field)
    if field is None:
        return false()
    text = f"{rule.least}..{rule.most}" if rule.least or rule.most else rule.value
    met = field_values.holds(field, text) if text else field_values.is_filled(field)
    return func.coalesce(met, false())  # of none of those who lack it must nobody be lost


def _moment(ask: Asking, rule: CardMoment) -> Where:
    column = MOMENTS[rule.of]
    return and_(column.is_not(None), *ask.within(column, rule))


def _tagged(ask: Asking, rule: Tagged) -> Where:
    return ask.among(ContactTag.contact_id, ContactTag.tag_id == _living(ask, Tag.joined_into_id, rule.tag))


def _department(_ask: Asking, rule: InDepartment) -> Where:
    return _is(Contact.department_id, rule.department)


def _responsible(_ask: Asking, rule: Responsible) -> Where:
    return _is(Contact.responsible_id, rule.user)


def _organisation(ask: Asking, rule: AtOrganisation) -> Where:
    if not rule.organisation:
        return Unindexed(Contact.organisation_id).is_not(None)
    return _is(Contact.organisation_id, _living(ask, Organisation.merged_into_id, rule.organisation))


def _reached(ask: Asking, rule: Reached) -> Where:
    return ask.among(Handle.contact_id, Handle.kind == rule.by)


def _touched(ask: Asking, rule: Touched) -> Where:
    where = ask.within(Interaction.at, rule)
    where += [Interaction.kind == rule.kind] if rule.kind else []
    where += [Interaction.direction == rule.direction] if rule.direction else []
    where += [Interaction.channel_id == rule.channel] if rule.channel else []
    return _counted(ask, Interaction.contact_id, where, rule.least, rule.most)


def _deals(ask: Asking, rule: HasDeals) -> Where:
    moment = {"won": Deal.won_at, "lost": Deal.lost_at}.get(rule.state)
    where: list[Where] = [moment.is_not(None)] if moment is not None else []
    if rule.state == "open":
        where += [Deal.won_at.is_(None), Deal.lost_at.is_(None)]
    where += ask.within(Deal.made_at if moment is None else moment, rule)
    where += [sees_deal(ask.viewer)] if ask.viewer is not None and not ask.viewer.sees_all else []
    where += [column == wanted for column, wanted in (
        (Deal.pipeline_id, rule.pipeline), (Deal.stage_id, rule.stage), (Deal.currency, rule.currency),
    ) if wanted]  # fmt: skip
    where += [Deal.value >= rule.worth_least] if rule.worth_least is not None else []
    where += [Deal.value <= rule.worth_most] if rule.worth_most is not None else []
    if rule.product:
        sold = exists().where(DealLine.deal_id == Deal.id, DealLine.product_id == rule.product)
        where.append(sold.correlate(Deal))
    return _counted(ask, Deal.contact_id, where, rule.least, None)


def _consented(ask: Asking, rule: Consented) -> Where:
    newer = aliased(Consent)
    same = (newer.kind == Consent.kind, newer.value == Consent.value, newer.list_id == Consent.list_id)
    later = exists().where(*same, newer.id > Consent.id, counts(newer)).correlate(Consent)
    return ask.among(
        Handle.contact_id, Consent.kind == Handle.kind, Consent.value == Handle.value,
        Consent.list_id == rule.list, Consent.state == rule.state, counts(Consent), not_(later),
    )  # fmt: skip


def _suppressed(ask: Asking, rule: IsSuppressed) -> Where:
    everything = Suppression.list_id.is_(None)
    return ask.among(
        Handle.contact_id, Suppression.kind == Handle.kind, Suppression.value == Handle.value,
        Suppression.lifted_at.is_(None),
        or_(everything, Suppression.list_id == rule.list) if rule.list else everything,
    )  # fmt: skip


def _campaign(ask: Asking, rule: HadCampaign) -> Where:
    bounced = rule.fate == "bounced"  # also at once, and so never sent
    moment = func.coalesce(Delivery.sent_at, Delivery.bounced_at) if bounced else Delivery.sent_at
    where: list[Where] = [] if bounced else [Delivery.state == SENT]
    where += ask.within(moment, rule)
    tells = COUNTED.get(rule.fate.removeprefix("not-"))
    if rule.campaign:
        where.append(Delivery.campaign_id == rule.campaign)
    elif tells is not None:
        where.append(Delivery.campaign_id.in_(select(Campaign.id).where(tells)))
    if rule.fate in BOUGHT:
        bought = Delivery.id.in_(purchases.buyers(ask.session, rule.campaign))
        where.append(bought if rule.fate == "bought" else not_(bought))
    elif rule.fate != "got":
        column = FATES[rule.fate.removeprefix("not-")]
        where.append(column.is_(None) if rule.fate.startswith("not-") else column.is_not(None))
    return ask.among(Delivery.contact_id, *where)


def _counted(ask: Asking, owner: Column, where: list[Where], least: int, most: int | None) -> Where:
    bounds = [ask.among(owner, *where, least=least)] if least else []
    bounds += [not_(ask.among(owner, *where, least=most + 1))] if most is not None else []
    return and_(true(), *bounds)


def _living(ask: Asking, into: Column, number: int) -> int:
    """Give what a record has become, since it was joined with another."""
    while (went := ask.session.scalar(select(into).where(into.class_.id == number))) is not None:
        number = went
    return number


def _is(column: Column, wanted: int) -> Where:
    """Tell whose it is, or with 0 who is nobody's; never unknown, so that it can be turned round."""
    if not wanted:
        return Unindexed(column).is_(None)
    return and_(column.is_not(None), column == wanted)


_CONDITIONS: Mapping[type, Callable[[Asking, Any], Where]] = {
    FieldHolds: _field, CardMoment: _moment, Tagged: _tagged, InDepartment: _department,
    Responsible: _responsible, AtOrganisation: _organisation, Reached: _reached, Touched: _touched,
    HasDeals: _deals, Consented: _consented, IsSuppressed: _suppressed, HadCampaign: _campaign,
}  # fmt: skip
