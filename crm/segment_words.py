"""A rule in words, for whoever listens: "tagged “Architect”, and without: got “Spring”"."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from babel.dates import format_date
from sqlalchemy.orm import Session

from crm import money
from crm.campaigns import Campaign
from crm.contacts import Organisation
from crm.mailing_lists import MailingList
from crm.pipelines import Pipeline, Stage
from crm.products import Product
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
from crm.segment_sql import Asking, asking
from crm.tags import Tag
from hub.channels import Channel
from hub.db import Base
from hub.languages import N_, _, listener, ngettext
from hub.users import Department, User, Viewer

KINDS = {
    "": N_("touches"), "call": N_("calls"), "mail": N_("letters"), "chat": N_("chat messages"), "form": N_("forms"),
    "order": N_("orders"), "note": N_("notes"),
}  # fmt: skip
DIRECTIONS = {"": N_("anybody's"), "in": N_("from the contact"), "out": N_("from us")}
STATES = {"": N_("Deals"), "open": N_("Open deals"), "won": N_("Won deals"), "lost": N_("Lost deals")}
CONSENTS = {
    "given": N_("agreed to “%(list)s”"), "asked": N_("has still to confirm “%(list)s”"),
    "withdrawn": N_("took back “%(list)s”"),
}  # fmt: skip
FATES = {
    "got": N_("got %(campaign)s"), "opened": N_("opened %(campaign)s"), "not-opened": N_("did not open %(campaign)s"),
    "clicked": N_("clicked in %(campaign)s"), "not-clicked": N_("did not click in %(campaign)s"),
    "answered": N_("answered %(campaign)s"), "not-answered": N_("did not answer %(campaign)s"),
    "bounced": N_("%(campaign)s came back"), "unsubscribed": N_("unsubscribed by %(campaign)s"),
    "complained": N_("complained about %(campaign)s"),
    "bought": N_("bought within a month after %(campaign)s"),
    "not-bought": N_("did not buy within a month after %(campaign)s"),
}  # fmt: skip
MOMENTS = {"made": N_("card made"), "changed": N_("card changed"), "last": N_("last contact")}
BETWEEN = {"all": N_("%(one)s, and %(other)s"), "any": N_("%(one)s, or %(other)s")}


class Teller:
    """Says rules to one reader."""

    def __init__(self, session: Session, ask: Asking) -> None:
        """Look names up in this session, and fields as this reader sees them."""
        self.session, self.ask = session, ask

    def say(self, rule: Rule) -> str:
        """Say a rule, or one condition of it."""
        if isinstance(rule, Group):
            return self._group(rule)
        return _SAYING[type(rule)](self, rule)

    def _group(self, group: Group) -> str:
        parts = [f"({self.say(each)})" if isinstance(each, Group) and len(each.rules) > 1 else self.say(each)
                 for each in group.rules]  # fmt: skip
        if not parts:
            return _("everybody")
        joined = parts[0]
        for part in parts[1:]:
            joined = _(BETWEEN["all" if group.of == "all" else "any"], one=joined, other=part)
        return _("none of: %(rules)s", rules=joined) if group.of == "none" else joined

    def name(self, table: type[Base], number: int) -> str:
        """Give what a record is called."""
        found: Any = self.session.get(table, number)
        return str(getattr(found, "title", "") or found.name) if found is not None else "?"


def words(session: Session, viewer: Viewer | None, rule: Rule) -> str:
    """Say a rule to whoever listens; what he may not see of it is left unsaid."""
    return Teller(session, asking(session, viewer)).say(rule)


def _field(teller: Teller, rule: FieldHolds) -> str:
    field = teller.ask.fields.get(rule.field)
    if field is None:
        return _("a field that you may not see")
    values = {"field": field.label, "least": rule.least, "most": rule.most, "value": rule.value}
    if rule.least and rule.most:
        return _("%(field)s from %(least)s to %(most)s", **values)
    if rule.least or rule.most:
        return (
            _("%(field)s at least %(least)s", **values)
            if rule.least
            else _("%(field)s at most %(most)s", **values)
        )
    if not rule.value:
        return _("%(field)s is known", **values)
    if field.kind in {"text", "link"}:
        return _("%(field)s contains “%(value)s”", **values)
    if field.kind == "yesno":
        values["value"] = _("Yes") if rule.value == "yes" else _("No") if rule.value == "no" else rule.value
    return _("%(field)s: %(value)s", **values)


def _moment(_teller: Teller, rule: CardMoment) -> str:
    return _joined(_(MOMENTS[rule.of]), _time(rule) or _("at any time"))


def _tagged(teller: Teller, rule: Tagged) -> str:
    return _("tagged “%(tag)s”", tag=teller.name(Tag, rule.tag))


def _department(teller: Teller, rule: InDepartment) -> str:
    if not rule.department:
        return _("of no department")
    return _("of %(department)s", department=teller.name(Department, rule.department))


def _responsible(teller: Teller, rule: Responsible) -> str:
    if not rule.user:
        return _("nobody responsible")
    return _("%(name)s responsible", name=teller.name(User, rule.user))


def _organisation(teller: Teller, rule: AtOrganisation) -> str:
    if not rule.organisation:
        return _("at a company")
    return _("at %(company)s", company=teller.name(Organisation, rule.organisation))


def _reached(_teller: Teller, rule: Reached) -> str:
    return _("with a mail address") if rule.by == "mail" else _("with a phone number")


def _touched(teller: Teller, rule: Touched) -> str:
    what = _(KINDS[rule.kind])
    if rule.direction:
        what = _joined(what, _(DIRECTIONS[rule.direction]))
    if rule.channel:
        what = _("%(what)s by %(channel)s", what=what, channel=teller.name(Channel, rule.channel))
    return _joined(_times(what, rule.least, rule.most), _time(rule))


def _deals(teller: Teller, rule: HasDeals) -> str:
    what = [_(STATES[rule.state])]
    if rule.pipeline:
        what.append(_("in “%(pipeline)s”", pipeline=teller.name(Pipeline, rule.pipeline)))
    if rule.stage:
        what.append(_("in the stage “%(stage)s”", stage=teller.name(Stage, rule.stage)))
    if rule.product:
        what.append(_("with “%(product)s”", product=teller.name(Product, rule.product)))
    if rule.worth_least is not None:
        what.append(_("worth at least %(sum)s", sum=money.written(rule.worth_least, rule.currency or "EUR")))
    if rule.worth_most is not None:
        what.append(_("worth at most %(sum)s", sum=money.written(rule.worth_most, rule.currency or "EUR")))
    if rule.currency and rule.worth_least is rule.worth_most is None:
        what.append(_("in %(currency)s", currency=rule.currency))
    said = _joined(*what)
    return _joined(said if rule.least == 1 else _times(said, rule.least, None), _time(rule))


def _consented(teller: Teller, rule: Consented) -> str:
    return _(CONSENTS[rule.state], list=teller.name(MailingList, rule.list))


def _suppressed(teller: Teller, rule: IsSuppressed) -> str:
    if not rule.list:
        return _("not to be written to at all")
    return _("not to be written to about “%(list)s”", list=teller.name(MailingList, rule.list))


def _campaign(teller: Teller, rule: HadCampaign) -> str:
    known = f"“{teller.name(Campaign, rule.campaign)}”" if rule.campaign else _("a campaign")
    return _joined(_(FATES[rule.fate], campaign=known), _time(rule))


def _times(what: str, least: int, most: int | None) -> str:
    if most is not None and least == most:
        return _("%(what)s: exactly %(count)s", what=what, count=most)
    if most is not None and least > 0:
        return _("%(what)s: %(least)s to %(most)s", what=what, least=least, most=most)
    if most is not None:
        return (
            _("%(what)s: none", what=what)
            if most == 0
            else _("%(what)s: at most %(count)s", what=what, count=most)
        )
    return _("%(what)s: at least %(count)s", what=what, count=least)


def _time(when: Timed) -> str:
    """Say when; "" is at any time."""
    parts = []
    if when.within is not None and when.before is not None:
        parts.append(_("%(least)s to %(most)s days ago", least=when.before, most=when.within))
    elif when.within is not None:
        parts.append(ngettext("in the last day", "in the last %(num)s days", when.within))
    elif when.before is not None:
        parts.append(ngettext("at least a day ago", "at least %(num)s days ago", when.before))
    parts += [_("since %(day)s", day=_day(when.since))] if when.since else []
    parts += [_("until %(day)s", day=_day(when.until))] if when.until else []
    return _joined(*parts)


def _day(day: Any) -> str:  # noqa: ANN401 - a date
    return format_date(day, "d MMM y", listener().locale)


def _joined(*parts: str) -> str:
    return " ".join(part for part in parts if part)


_SAYING: Mapping[type, Callable[[Teller, Any], str]] = {
    FieldHolds: _field, CardMoment: _moment, Tagged: _tagged, InDepartment: _department,
    Responsible: _responsible, AtOrganisation: _organisation, Reached: _reached, Touched: _touched,
    HasDeals: _deals, Consented: _consented, IsSuppressed: _suppressed, HadCampaign: _campaign,
}  # fmt: skip
