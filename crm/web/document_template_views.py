"""Templates of documents as their pages show them: versions, what is tried, and what a template may name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import document_data, document_trials, number_series, run_known
from crm.deals import Deal
from crm.documents import DocumentTemplate
from crm.number_series import NumberSeries
from crm.web.people import people_of
from crm.web.zones import zone_of
from hub.clock import now
from hub.languages import LANGUAGES, _, listener
from hub.web.problems import Problem

MOST_DEALS, MOST_NAMES, LONGEST_VALUE = 50, 300, 80


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A template in the list; `next` is the number that comes next."""

    id: int
    name: str
    format: str
    next: str
    languages: str
    retired: bool
    trials: int


class VersionLine(msgspec.Struct, frozen=True, kw_only=True):
    """A version; `current` is one of which documents are made."""

    id: int
    version: int
    language: str
    who: str
    at: datetime
    current: bool


class TrialLine(msgspec.Struct, frozen=True, kw_only=True):
    """What was brought and is tried; `blob` says which it is."""

    id: int
    language: str
    key: str
    blob: str
    who: str
    at: datetime


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """The values of document_template.html."""

    id: int
    name: str
    format: str
    pattern: str
    next: str
    retired: bool
    versions: Sequence[VersionLine]
    trials: Sequence[TrialLine]
    languages: Sequence[tuple[str, str]]
    language: str
    text: str
    deals: Sequence[tuple[int, str]]
    deal: int
    names: Sequence[tuple[str, str]]


def listed(session: Session) -> list[Line]:
    """Show the templates."""
    lines = []
    for each in document_trials.templates(session):
        spoken = {row.language for row in document_trials.versions_of(session, each.id)}
        lines.append(Line(
            id=each.id, name=_(each.name), format=each.format.upper(), next=coming(session, each),
            languages=", ".join(sorted(_language(key) for key in spoken)) or _("no version yet"),
            retired=each.retired_at is not None, trials=len(document_trials.trials_of(session, each.id)),
        ))  # fmt: skip
    return lines


def shown(session: Session, template_id: int, deal_id: int) -> Shown:
    """Show a template with what it may say of a deal; whoever sets up sees every deal."""
    template = template_of(session, template_id)
    versions, trials = (
        document_trials.versions_of(session, template.id),
        document_trials.trials_of(session, template.id),
    )
    people = people_of(
        session, {*(row.made_by for row in versions), *(row.made_by for row in trials)}, zone_of(session)
    )
    names = {each: person.name for each, person in people.items()}
    current: dict[str, int] = {}
    for row in versions:
        current.setdefault(row.language, row.id)
    deals = session.scalars(
        select(Deal).order_by(Deal.changed_at.desc(), Deal.id.desc()).limit(MOST_DEALS)
    ).all()
    chosen = session.get(Deal, deal_id) or next(iter(deals), None)
    return Shown(
        id=template.id, name=_(template.name), format=template.format, next=coming(session, template),
        pattern=session.get_one(NumberSeries, template.series_id).pattern, retired=template.retired_at is not None,
        versions=[VersionLine(id=row.id, version=row.version, language=_language(row.language), at=row.made_at,
                              who=names.get(row.made_by or 0, "Ringback"), current=current[row.language] == row.id)
                  for row in versions],
        trials=[TrialLine(id=row.id, language=_language(row.language), key=row.language, blob=row.blob,
                          who=names.get(row.made_by or 0, ""), at=row.made_at) for row in trials],
        languages=[("", _("all languages")), *LANGUAGES.items()], language=next(iter(current), ""), text="",
        deals=[(each.id, each.title) for each in deals], deal=chosen.id if chosen else 0,
        names=_names(session, chosen) if chosen else (),
    )  # fmt: skip


def coming(session: Session, template: DocumentTemplate) -> str:
    """Give the number that comes next."""
    series = session.get_one(NumberSeries, template.series_id)
    return number_series.upcoming(session, series, document_data.today(session, now()))


def template_of(session: Session, template_id: int) -> DocumentTemplate:
    """Give a template."""
    found = session.get(DocumentTemplate, template_id)
    if found is None:
        raise Problem(404, _("There is no such template."))
    return found


def _language(key: str) -> str:
    return LANGUAGES.get(key, key) if key else _("all languages")


def _names(session: Session, deal: Deal) -> list[tuple[str, str]]:
    """Give what a template may name, each with what it says of a deal."""
    data = document_data.data_of(
        session,
        deal,
        listener().language,
        "Q-2026-0001",
        document_data.today(session, now()),
        run_known.paper_labels(session, deal.id),
    )
    return list(_flat("", data))[:MOST_NAMES]


def _flat(name: str, value: object) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, each in value.items():
            yield from _flat(f"{name}.{key}" if name else key, each)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        if value and isinstance(value[0], Mapping):
            yield from _flat(f"{name}[…]", value[0])
        else:
            yield f"{name}[…]", str(value[0])[:LONGEST_VALUE] if value else ""
    else:
        yield (
            name,
            {True: _("yes"), False: _("no")}[value]
            if isinstance(value, bool)
            else str(value)[:LONGEST_VALUE],
        )
