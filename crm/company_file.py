"""How an empty store is filled from company.toml.

The file is read once. From then on the store is the truth, which pages and commands change.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Literal, cast

import msgspec
from phonenumbers import SUPPORTED_REGIONS
from sqlalchemy.orm import Session

from crm import fields, letterheads, policies, relations
from crm.calendars import set_hours
from crm.company import Company
from crm.distribution import RULES
from crm.fields import CustomField
from crm.letterheads import LetterheadFile
from crm.money import is_currency
from crm.pipeline_file import PipelineFile, add_lost_reasons, add_pipeline
from crm.policies import Policy
from crm.working_hours import SpecialDay, WorkingHours
from hub.channels import add_channel
from hub.users import Department

_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")


class ExceptionFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A day that is different: `open` are its ranges, none when it is closed."""

    date: dt.date
    name: str
    open: tuple[str, ...] = ()


class HoursFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Working hours: `week` as {"mon-fri" = ["08:00-12:00", "13:00-17:00"]}; `always` is day and night.

    `holidays` is the country whose public holidays are closed, such as "SE", with a region as "DE-BY".
    """

    week: dict[str, list[str]] = {}
    always: bool = False
    zone: str = ""
    holidays: str = ""
    exceptions: tuple[ExceptionFile, ...] = ()


class DepartmentFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A department; without `hours` it has the company's."""

    name: str
    distribution: str = "take"
    hours: HoursFile | None = None


class StepFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An escalation step.

    `when` is "5 min before", "at breach" or "15 min after"; `tell` assignee, head or company.
    """

    when: str
    tell: str


class PolicyFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A promise such as "15 min" of working time or "1 day"; `kinds` and `departments` it covers (none: all)."""

    name: str
    within: str
    kinds: tuple[str, ...] = ()
    departments: tuple[str, ...] = ()
    target: policies.Target = "first response"
    steps: tuple[StepFile, ...] = ()
    unseen: str = "10 min"


class FieldFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A custom field of contacts; `aliases` are the labels that forms use for it."""

    name: str
    label: str
    kind: fields.Kind = "text"
    choices: tuple[str, ...] = ()
    unit: str = ""
    aliases: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a name that cannot stand in an address, and a choice of nothing."""
        if not _NAME.fullmatch(self.name):
            raise ValueError(f"“{self.name}” cannot be a field's name: use small letters, digits and _")
        if self.kind == "choice" and not self.choices:
            raise ValueError(f"the field “{self.name}” is a choice without choices")


class ChannelFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A channel: the connector's kind, and its settings as the connector names them."""

    name: str
    title: str
    kind: str
    settings: dict[str, object] = {}


class CompanyFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """company.toml. `trade` brings what a trade begins with (crm/trades.py), in `language`."""

    name: str
    country: str
    zone: str
    line: str = ""
    currency: str = "EUR"
    help: str = ""
    lost_reasons: tuple[str, ...] = ()
    trade: str = ""
    language: Literal["en", "sv"] = "en"
    hours: HoursFile = HoursFile(always=True)
    departments: tuple[DepartmentFile, ...] = ()
    policies: tuple[PolicyFile, ...] = ()
    fields: tuple[FieldFile, ...] = ()
    pipelines: tuple[PipelineFile, ...] = ()
    channels: tuple[ChannelFile, ...] = ()
    letterhead: LetterheadFile = LetterheadFile()

    def __post_init__(self) -> None:
        """Refuse a country that is none, and two things of one name."""
        if self.country.upper() not in SUPPORTED_REGIONS:
            raise ValueError(f"country is two letters, such as SE, not “{self.country}”")
        named = (self.departments, self.policies, self.fields, self.channels, self.pipelines)
        for names in ([each.name for each in kind] for kind in named):
            twice = next((name for name in names if names.count(name) > 1), None)
            if twice is not None:
                raise ValueError(f"the name “{twice}” stands twice: each needs its own")
        if len(set(self.lost_reasons)) < len(self.lost_reasons):
            raise ValueError("a reason in lost_reasons stands twice")
        if not is_currency(self.currency):
            raise ValueError(f"currency is three letters, such as SEK, not “{self.currency}”")
        self._require_channels()
        self._tell_fields_apart()

    def _require_channels(self) -> None:
        known = {each.name for each in self.channels}
        for pipeline in self.pipelines:
            odd = next((name for name in pipeline.opened_by if name not in known), None)
            if odd is not None:
                raise ValueError(
                    f"the pipeline “{pipeline.name}” is opened by “{odd}”, and no channel here has that name"
                )

    def _tell_fields_apart(self) -> None:
        owners: dict[str, str] = {}
        for field in self.fields:
            for label in (field.name, field.label, *field.aliases):
                owner = owners.setdefault(fields.fold(label), field.name)
                if owner != field.name:
                    raise ValueError(f"“{label}” means two fields: {owner} and {field.name}")


def seed(session: Session, file: CompanyFile) -> bool:
    """Fill an empty store; a store that has a company is left as it is. ValueError names what is wrong."""
    if session.get(Company, 1) is not None:
        return False
    session.add(Company(id=1, name=file.name, line=file.line, country=file.country.upper(), zone=file.zone,
                        currency=file.currency, help=file.help))  # fmt: skip
    with _named("hours"):
        set_hours(session, _hours(file.hours, file))
    departments = {each.name: _add_department(session, each, file) for each in file.departments}
    for position, policy in enumerate(file.policies):
        with _named(f"policies “{policy.name}”"):
            session.add(_policy(policy, position, departments))
    session.add_all(_field(field, position, file) for position, field in enumerate(file.fields))
    relations.add_first_kinds(session)
    letterheads.keep(session, file.letterhead)
    custom = [field.name for field in file.fields]
    for position, pipeline in enumerate(file.pipelines):
        with _named(f"pipelines “{pipeline.name}”"):
            add_pipeline(session, pipeline, position, custom)
    add_lost_reasons(session, file.lost_reasons)
    for channel in file.channels:
        with _named(f"channels “{channel.name}”"):
            add_channel(session, channel.name, channel.title, channel.kind, channel.settings)
    return True


def _field(field: FieldFile, position: int, whole: CompanyFile) -> CustomField:
    return CustomField(
        name=field.name, label=field.label, kind=field.kind, position=position, choices=list(field.choices),
        unit=field.unit or (whole.currency if field.kind == "money" else ""), aliases=list(field.aliases),
        see=[], edit=[],
    )  # fmt: skip


def _add_department(session: Session, file: DepartmentFile, whole: CompanyFile) -> int:
    with _named(f"departments “{file.name}”"):
        if file.distribution not in RULES:
            raise ValueError(f"distribution is one of {', '.join(RULES)}, not “{file.distribution}”")
        department = Department(name=file.name, distribution=file.distribution)
        session.add(department)
        session.flush()
        if file.hours is not None:
            set_hours(session, _hours(file.hours, whole), department_id=department.id)
    return department.id


def _hours(file: HoursFile, whole: CompanyFile) -> WorkingHours:
    zone = file.zone or whole.zone
    if file.always:
        return WorkingHours.always(zone)
    country, _, region = file.holidays.partition("-")
    exceptions = [SpecialDay.read(each.date, each.name, each.open) for each in file.exceptions]
    return WorkingHours.read(zone, file.week, country=country, subdivision=region, exceptions=exceptions)


def _policy(file: PolicyFile, position: int, departments: Mapping[str, int]) -> Policy:
    missing = [name for name in file.departments if name not in departments]
    if missing:
        raise ValueError(f"there is no department “{missing[0]}”; there are: {', '.join(departments)}")
    steps = [policies.step(each.when, each.tell) for each in file.steps]
    seconds, days = policies.within(file.within)
    return Policy(
        name=file.name, position=position, kinds=list(file.kinds), target=file.target,
        departments=[departments[name] for name in file.departments], seconds=seconds, days=days,
        steps=cast("list[dict[str, object]]", msgspec.to_builtins(steps)),
        unseen_seconds=policies.seconds(file.unseen),
    )  # fmt: skip


@contextmanager
def _named(where: str) -> Iterator[None]:
    """Say in a mistake's words where in the file it stands."""
    try:
        yield
    except (ValueError, msgspec.ValidationError) as error:
        raise ValueError(f"{where}: {error}") from None
