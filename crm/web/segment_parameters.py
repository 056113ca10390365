"""What can be said in each kind of condition, as fields of a form."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.campaigns import Campaign
from crm.field_values import SPANNED
from crm.fields import COMPUTED, CustomField
from crm.listing import number
from crm.mailing_lists import mailing_lists
from crm.pipelines import Pipeline, Stage
from crm.products import products
from crm.segment_words import DIRECTIONS, KINDS, STATES
from crm.setup import setup
from crm.tags import choosable
from crm.web.filters import Pairs, departments, people
from hub.channels import Channel
from hub.languages import N_, _
from hub.users import Viewer

MOST = 500  # choices
FATES = {
    "got": N_("Got it"), "opened": N_("Opened it"), "not-opened": N_("Did not open it"), "clicked": N_("Clicked"),
    "not-clicked": N_("Did not click"), "answered": N_("Answered"), "not-answered": N_("Did not answer"),
    "bounced": N_("It came back"), "unsubscribed": N_("Unsubscribed by it"), "complained": N_("Complained"),
    "bought": N_("Bought within a month after it"), "not-bought": N_("Did not buy within a month after it"),
}  # fmt: skip
CONSENT = {"given": N_("Agreed"), "asked": N_("Has still to confirm"), "withdrawn": N_("Took it back")}
MOMENTS = {"last": N_("Last contact"), "made": N_("Card made"), "changed": N_("Card changed")}


class Parameter(msgspec.Struct, frozen=True, kw_only=True):
    """One field: chosen from `options` (`any`: words for none), or typed; `type` and `mode` are those of an input."""

    name: str
    label: str
    options: Pairs = ()
    any: str = ""
    type: str = "text"
    mode: str = ""
    again: bool = False


Values = Mapping[str, str]


def parameters(session: Session, viewer: Viewer, what: str, values: Values) -> Sequence[Parameter]:
    """Give the fields of a condition; which there are may depend on what is chosen already."""
    return _OF[what](session, viewer, values) if what in _OF else ()


def _field(session: Session, viewer: Viewer, values: Values) -> list[Parameter]:
    seen = [each for each in setup(session).shown_fields if each.kind != COMPUTED and each.is_seen_by(viewer)]
    chosen = next((each for each in seen if each.name == values.get("field")), None)
    options = [(each.name, each.label) for each in seen]
    which = Parameter(name="field", label=_("Field"), options=options, any=_("Choose"), again=True)
    return [which, *(_holding(chosen) if chosen else ())]


def _holding(field: CustomField) -> list[Parameter]:
    if field.kind in SPANNED:
        kind, mode = ("date", "") if field.kind == "date" else ("text", "decimal")
        return [
            Parameter(name="least", label=_("From"), type=kind, mode=mode),
            Parameter(name="most", label=_("To"), type=kind, mode=mode),
        ]
    choices = {
        "choice": [(each, each) for each in field.choices],
        "yesno": [("yes", _("Yes")), ("no", _("No"))],
    }
    label = _("Contains") if field.kind in {"text", "link"} else _("Is")
    return [Parameter(name="value", label=label, options=choices.get(field.kind, ()), any=_("Anything"))]


def _tag(session: Session, _viewer: Viewer, _values: Values) -> list[Parameter]:
    known = [(str(each.id), each.name) for each in choosable(session)]
    return [Parameter(name="tag", label=_("Tag"), options=known, any=_("Choose"))]


def _department(session: Session, _viewer: Viewer, _values: Values) -> list[Parameter]:
    known = [("0", _("None")), *departments(session)]
    return [Parameter(name="department", label=_("Department"), options=known, any=_("Choose"))]


def _responsible(session: Session, _viewer: Viewer, _values: Values) -> list[Parameter]:
    known = [("0", _("Nobody")), *people(session)]
    return [Parameter(name="user", label=_("Responsible"), options=known, any=_("Choose"))]


def _organisation(_session: Session, _viewer: Viewer, _values: Values) -> list[Parameter]:
    return [Parameter(name="organisation", label=_("Company, or any where this is empty"))]


def _reached(_session: Session, _viewer: Viewer, _values: Values) -> list[Parameter]:
    known = [("mail", _("With a mail address")), ("phone", _("With a phone"))]
    return [Parameter(name="by", label=_("Reached by"), options=known, any=_("Choose"))]


def _moment(_session: Session, _viewer: Viewer, _values: Values) -> list[Parameter]:
    return [Parameter(name="of", label=_("Which"), options=_said(MOMENTS), any=_("Choose")), *_when()]


def _touched(session: Session, _viewer: Viewer, _values: Values) -> list[Parameter]:
    rows = session.execute(select(Channel.id, Channel.title).order_by(Channel.title).limit(MOST))
    return [
        Parameter(name="kind", label=_("What"), options=_said(KINDS)),
        Parameter(name="direction", label=_("Whose"), options=_said(DIRECTIONS)),
        Parameter(name="channel", label=_("Channel"), options=[(str(key), name) for key, name in rows], any=_("Any")),
        Parameter(name="least", label=_("How often, at least"), mode="numeric"),
        Parameter(name="most", label=_("How often, at most"), mode="numeric"),
        *_when(),
    ]  # fmt: skip


def _deals(session: Session, _viewer: Viewer, values: Values) -> list[Parameter]:
    lines = session.execute(select(Pipeline.id, Pipeline.name).order_by(Pipeline.position, Pipeline.id))
    stages = select(Stage.id, Stage.name).where(Stage.pipeline_id == (number(values.get("pipeline")) or 0))
    shown = session.execute(stages.order_by(Stage.position, Stage.id)).all()
    sold = [(str(each.id), each.name) for each in products(session, retired=True)[:MOST]]
    return [
        Parameter(name="state", label=_("Which"), options=_said(STATES)),
        Parameter(name="pipeline", label=_("Pipeline"), options=[(str(key), name) for key, name in lines],
                  any=_("Any"), again=True),
        *([Parameter(name="stage", label=_("Stage"), options=[(str(key), name) for key, name in shown], any=_("Any"))]
          if shown else ()),
        *([Parameter(name="product", label=_("Product"), options=sold, any=_("Any"))] if sold else ()),
        Parameter(name="worth_least", label=_("Worth at least"), mode="decimal"),
        Parameter(name="worth_most", label=_("Worth at most"), mode="decimal"),
        Parameter(name="currency", label=_("Currency"), options=_currencies(session, values), any=_("The company's")),
        Parameter(name="least", label=_("How many, at least"), mode="numeric"),
        *_when(),
    ]  # fmt: skip


def _currencies(session: Session, values: Values) -> Pairs:
    known = {setup(session).company.currency, "EUR", "USD", values.get("currency", "")} - {""}
    return [(each, each) for each in sorted(known)]


def _consent(session: Session, _viewer: Viewer, _values: Values) -> list[Parameter]:
    return [
        Parameter(name="list", label=_("List"), options=_lists(session), any=_("Choose")),
        Parameter(name="state", label=_("What"), options=_said(CONSENT), any=_("Choose")),
    ]


def _suppressed(session: Session, _viewer: Viewer, _values: Values) -> list[Parameter]:
    return [Parameter(name="list", label=_("About what"), options=_lists(session), any=_("Anything at all"))]


def _campaign(session: Session, _viewer: Viewer, _values: Values) -> list[Parameter]:
    sent = select(Campaign.id, Campaign.name).where(Campaign.started_at.is_not(None))
    rows = session.execute(sent.order_by(Campaign.id.desc()).limit(MOST))
    return [
        Parameter(name="campaign", label=_("Campaign"), options=[(str(key), name) for key, name in rows],
                  any=_("Any campaign")),
        Parameter(name="fate", label=_("What came of it"), options=_said(FATES)),
        *_when(),
    ]  # fmt: skip


def _when() -> list[Parameter]:
    return [
        Parameter(name="within", label=_("In the last (days)"), mode="numeric"),
        Parameter(name="before", label=_("Longer ago than (days)"), mode="numeric"),
        Parameter(name="since", label=_("From the day"), type="date"),
        Parameter(name="until", label=_("To the day"), type="date"),
    ]


def _lists(session: Session) -> Pairs:
    return [(str(each.id), each.name) for each in mailing_lists(session)]


def _said(words: Mapping[str, str]) -> Pairs:
    return [(value, _(text)[:1].upper() + _(text)[1:]) for value, text in words.items()]


_OF: Mapping[str, Callable[[Session, Viewer, Values], list[Parameter]]] = {
    "field": _field, "tag": _tag, "department": _department, "responsible": _responsible,
    "organisation": _organisation, "reached": _reached, "moment": _moment, "interactions": _touched,
    "deals": _deals, "consent": _consent, "suppressed": _suppressed, "campaign": _campaign,
}  # fmt: skip
