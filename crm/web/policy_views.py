"""Policies as their page shows them: the list, the one in the form, its versions, and a sample week."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import policy_preview, versions
from crm.derivation_words import promised
from crm.policies import ASSIGNEE, COMPANY, HEAD, TARGETS, Policy
from crm.policy_preview import proposal_of, written
from crm.setup import setup
from crm.web import policy_form
from crm.web.clocks import NAMES
from crm.web.moves import Shown
from crm.web.people import people_of
from crm.web.policy_form import KINDS, SIDES, UNITS, Filled
from crm.web.policy_kinds import LABELS, TOLD
from crm.web.sample_week import USUAL, Asked, Week, next_monday, week_of
from crm.web.version_rows import VersionRow, version_rows
from crm.web.zones import zone_of
from hub.languages import _
from hub.users import Viewer, active_users
from hub.web import moments
from hub.web.frame import has_role
from hub.web.problems import Problem


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """A policy in the list."""

    id: int
    name: str
    href: str
    current: bool
    target: str
    applies: str
    within: str
    open: int


class Chosen(msgspec.Struct, frozen=True, kw_only=True):
    """The policy in the form; `id` 0 is one that is being made."""

    id: int
    changed: str
    retired: bool
    first: bool
    version: VersionRow | None
    versions: Sequence[VersionRow]
    form: Filled
    may_change: bool


class Option(msgspec.Struct, frozen=True):
    """Something that can be chosen: who can be told, a kind, a department."""

    value: str
    name: str


class Samples(msgspec.Struct, frozen=True):
    """The requests of the sample week, and whose hours count in it ("" the company's)."""

    asked: Sequence[Asked] = tuple(Asked(day, minutes) for day, minutes in USUAL)
    department: str = ""


class PoliciesPage(msgspec.Struct, frozen=True, kw_only=True):
    """The values of policies.html."""

    policies: Sequence[Listed]
    retired: Sequence[Option]
    policy: Chosen | None
    may_change: bool
    whom: Sequence[Option]
    kinds: Sequence[Option]
    units: Sequence[Option]
    sides: Sequence[Option]
    departments: Sequence[Option]
    targets: Sequence[Option]
    days: Sequence[Option]
    samples: Samples
    errors: Mapping[str, str]
    preview: Shown


class Asking(NamedTuple):
    """What a page was asked for: one policy (0: a new one), one version of it."""

    policy_id: int | None = None
    version_id: int | None = None


class Outcome(NamedTuple):
    """What came of a form: what it moves or moved, or what is wrong with it."""

    form: Filled
    samples: Samples
    errors: Mapping[str, str]
    shown: Shown


def seen_policies(session: Session, viewer: Viewer) -> list[Policy]:
    """Give the policies in force that this viewer may see: a head those that cover his department."""
    return [each for each in setup(session).policies if _sees(viewer, each)]


def policy_for(session: Session, viewer: Viewer, policy_id: int) -> Policy:
    """Give a policy that this viewer may see, also a retired one; any other is not found."""
    policy = session.get(Policy, policy_id)
    if policy is None or not _sees(viewer, policy):
        raise Problem(404, _("There is no such policy."))
    return policy


def page_of(session: Session, viewer: Viewer, asking: Asking, found: Outcome | None) -> PoliciesPage:
    """Give the page with one policy in the form, as it is or was filled; the first unless one is named."""
    policies = seen_policies(session, viewer)
    may_change = has_role(viewer, "manager")
    chosen_id = asking.policy_id if asking.policy_id is not None else (policies[0].id if policies else None)
    chosen = _chosen(session, viewer, chosen_id, asking, found) if chosen_id is not None else None
    counts = policy_preview.count_open(session)
    samples = found.samples if found else Samples()
    form = chosen.form if chosen else Filled()
    return PoliciesPage(
        policies=[_listed(session, each, each.id == chosen_id, counts.get(each.id, 0)) for each in policies],
        retired=_retired(session) if may_change else [], policy=chosen, may_change=may_change,
        whom=_whom(session), kinds=_options(KINDS), units=_options(UNITS), sides=_options(SIDES),
        departments=[Option(str(each.id), each.name) for each in setup(session).departments.values()],
        targets=[Option(each, _(NAMES[each])) for each in TARGETS], days=_days(session), samples=samples,
        errors=found.errors if found else {},
        preview=found.shown if found else Shown(week=week_for(session, form, samples)),
    )  # fmt: skip


def week_for(session: Session, form: Filled, samples: Samples) -> Week | None:
    """Draw the sample week of a filled form; None as long as what it promises is no number."""
    promise = policy_form.amount(form.within, form.unit)
    if promise is None or not promise[0]:
        return None
    department = samples.department or next(iter(form.departments), "")
    known = department if department.isdigit() and int(department) in setup(session).departments else "0"
    hours = setup(session).working_hours(int(known) or None, None)
    return week_of(hours, next_monday(ZoneInfo(hours.zone)), samples.asked, promise)


def _sees(viewer: Viewer, policy: Policy) -> bool:
    return viewer.sees_all or not policy.departments or viewer.department_id in policy.departments


def _listed(session: Session, policy: Policy, current: bool, count: int) -> Listed:  # noqa: FBT001
    return Listed(
        id=policy.id, name=policy.name, href=f"/policies?policy={policy.id}", current=current,
        target=_(NAMES[policy.target]), applies=_applies(session, policy),
        within=promised(policy.seconds, policy.days), open=count,
    )  # fmt: skip


def _chosen(
    session: Session, viewer: Viewer, policy_id: int, asking: Asking, found: Outcome | None
) -> Chosen:  # fmt: skip
    if not policy_id:
        form = found.form if found else Filled()
        return Chosen(id=0, changed="", retired=False, first=True, version=None, versions=(), form=form,
                      may_change=True)  # fmt: skip
    policy = policy_for(session, viewer, policy_id)
    rows = version_rows(session, versions.POLICY, policy_id, LABELS,
                        lambda number: f"/policies?policy={policy_id}&version={number}")  # fmt: skip
    version = next((each for each in rows if each.id == asking.version_id and not each.current), None)
    order = setup(session).policies
    return Chosen(
        id=policy.id, changed=_changed(session, policy), retired=policy.retired_at is not None,
        first=bool(order) and order[0].id == policy.id, version=version, versions=rows,
        form=found.form if found else policy_form.filled(_content(session, policy, version)),
        may_change=has_role(viewer, "manager") and policy.retired_at is None,
    )  # fmt: skip


def _content(session: Session, policy: Policy, version: VersionRow | None) -> policy_preview.Proposal:
    kept = versions.version_of(session, versions.POLICY, policy.id, version.id) if version else None
    return proposal_of(kept.content if kept else written(policy))


def _changed(session: Session, policy: Policy) -> str:
    zone = zone_of(session)
    person = people_of(session, [policy.changed_by], zone).get(policy.changed_by or 0)
    at = moments.when(policy.changed_at, zone)
    return _("Changed %(at)s by %(name)s", at=at, name=person.name) if person else ""


def _applies(session: Session, policy: Policy) -> str:
    """Say which tasks get it: "Forms, Sales"."""
    departments = setup(session).departments
    kinds = [_(KINDS.get(kind, kind)) for kind in policy.kinds] or [_("All requests")]
    return ", ".join(
        [*kinds, *(departments[each].name for each in policy.departments if each in departments)]
    )


def _options(names: Mapping[str, str]) -> list[Option]:
    return [Option(value, _(name)) for value, name in names.items()]


def _whom(session: Session) -> list[Option]:
    parts = [Option(each, _(TOLD[each])) for each in (HEAD, COMPANY, ASSIGNEE)]
    return [*parts, *(Option(f"user:{user.id}", user.name) for user in active_users(session))]


def _retired(session: Session) -> list[Option]:
    gone = select(Policy).where(Policy.retired_at.is_not(None)).order_by(Policy.retired_at.desc()).limit(50)
    return [Option(f"/policies?policy={each.id}", each.name) for each in session.scalars(gone)]


def _days(session: Session) -> list[Option]:
    monday = next_monday(zone_of(session))
    days = [monday + timedelta(days=each) for each in range(7)]
    return [Option(str(number), moments.written(day, "EEEE").capitalize()) for number, day in enumerate(days)]
