"""Policies are made, retired and put in order: the first that covers a request makes its promise."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm import versions
from crm.policies import Policy
from crm.policy_preview import Proposal, write, written
from hub import audit
from hub.clock import now
from hub.users import Viewer


def make(session: Session, viewer: Viewer, proposal: Proposal) -> Policy:
    """Make a policy. It comes first: who makes a new one means it to count, also beside a more general one."""
    first = session.scalar(select(func.min(Policy.position))) or 0
    policy = Policy(position=first - 1)
    write(policy, proposal, viewer)
    session.add(policy)
    session.flush()
    versions.keep(session, viewer, versions.POLICY, policy.id, None, written(policy))
    audit.record(session, viewer, audit.MADE, "policy", policy.id, words=policy.name)
    return policy


def retire(session: Session, viewer: Viewer, policy: Policy) -> None:
    """Have a policy promise nothing any more; what it promised stays promised."""
    if policy.retired_at is None:
        policy.retired_at, policy.changed_at, policy.changed_by = now(), now(), viewer.user_id
        audit.record(session, viewer, audit.REMOVED, "policy", policy.id, words=policy.name)


def revive(session: Session, viewer: Viewer, policy: Policy) -> None:
    """Have a policy promise again, in its old place."""
    if policy.retired_at is not None:
        policy.retired_at, policy.changed_at, policy.changed_by = None, now(), viewer.user_id
        audit.record(session, viewer, audit.MADE, "policy", policy.id, words=policy.name)


def sooner(session: Session, viewer: Viewer, policy: Policy) -> None:
    """Ask a policy before the one that is asked before it now."""
    order = list(session.scalars(
        select(Policy).where(Policy.retired_at.is_(None)).order_by(Policy.position, Policy.id)
    ))  # fmt: skip
    place = order.index(policy)
    if place == 0:
        return
    order[place - 1], order[place] = policy, order[place - 1]
    for position, each in enumerate(order):
        each.position = position
    pair = (place + 1, place)
    audit.record(session, viewer, audit.CHANGED, "policy", policy.id, changes={"position": pair})


def name_taken(session: Session, name: str, policy_id: int | None) -> bool:
    """Tell whether another policy is called so, also one that was retired."""
    other = select(Policy.id).where(Policy.name == name, Policy.id.is_distinct_from(policy_id))
    return session.scalar(other) is not None
