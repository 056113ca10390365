"""What looks like spam is set aside: nothing is made of it until somebody says that it is real.

The reader says what a request itself shows. What depends on others is asked here: whom people blocked, what they called
spam before, and how many come just now. Many alone is no reason: whose browser did a little work goes on (ADR 0051).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

import msgspec
from sqlalchemy.orm import Session

from crm import blocked, mending, rates, spam_likeness
from hub import proofs
from hub.checks import ALIKE, PROOF, SHOWS, Check
from hub.events import FormSubmitted
from hub.journal import Inbound, Outcome
from hub.said import said


class Verdict(msgspec.Struct, frozen=True):
    """What the rules said of a request, and whether it is set aside for that."""

    checks: Sequence[Check]
    aside: bool = False
    likeness: int | None = None

    @property
    def doubts(self) -> list[str]:
        """Give what speaks for spam, in words."""
        return [each.words for each in self.checks if each.against]

    def outcome(self) -> Outcome:
        """Give what becomes of an item that is set aside."""
        return Outcome(said("set aside, nothing made"), set_aside_why=_joined(self.doubts), checks=self.checks,
                       likeness=self.likeness)  # fmt: skip


def judge(session: Session, item: Inbound, event: FormSubmitted) -> Verdict:
    """Ask every rule about a request; what somebody released, or what became something before, is asked nothing.

    An order waits for nobody: it is paid for, or a shop believes so. What the rules say of it is noted (ADR 0048).
    """
    if _is_settled(item):
        return Verdict(item.checks or ())
    checks = [Check(SHOWS, words) for words in event.suspicion]
    if event.guard is None:
        return Verdict(checks, aside=bool(checks) and event.order is None)
    checks += blocked.checks(session, item, event)
    if not event.proven:
        checks += _rush(session, item, event)
    if not any(each.against for each in checks):
        checks += _alike(session, event)
    against = any(each.against for each in checks)
    aside = against and event.guard.sets_aside and event.order is None
    if aside and (words := rates.spoken(checks)) and rates.begin(session, item):
        mending.requests_wait(session, item.channel_id, words)
    return Verdict(checks, aside=aside, likeness=event.likeness if against else None)


def set_aside(item: Inbound, suspicion: Sequence[str]) -> Outcome | None:
    """Set an item aside for these reasons; None where there are none, or it was released or taken before."""
    return set_aside_by(item, [Check(SHOWS, words) for words in suspicion])


def set_aside_by(item: Inbound, checks: Sequence[Check]) -> Outcome | None:
    """Set an item aside for what these rules say; None where they say nothing, or it was released or taken before."""
    return Verdict(checks).outcome() if checks and not _is_settled(item) else None


def _alike(session: Session, event: FormSubmitted) -> list[Check]:
    """Say whether its text is nearly that of spam; looked at last, since it takes longest."""
    earlier = spam_likeness.like_spam(session, event.likeness) if event.likeness is not None else None
    if earlier is None:
        return []
    words = said("its text is nearly that of an earlier one that was called spam")
    return [Check(ALIKE, words, href=f"/journal/{earlier}")]


def _rush(session: Session, item: Inbound, event: FormSubmitted) -> list[Check]:
    """Say how many come just now, and whether this one's browser did its work: that outweighs the others."""
    many = rates.too_many(session, item, event.guard) if event.guard else []
    if not many:
        return []
    if event.proof and proofs.spend(session, event.proof, item.id, item.received_at):
        return [
            *(msgspec.structs.replace(each, against=False) for each in many),
            Check(PROOF, said("its browser did the work that machines avoid"), against=False),
        ]
    return [*many, Check(PROOF, said("its browser did no work for it"))]


def _is_settled(item: Inbound) -> bool:
    return item.released_at is not None or item.became_path is not None


def _joined(words: Sequence[str]) -> str:
    return reduce(lambda one, more: said("%(one)s; %(more)s", one=one, more=more), words)
