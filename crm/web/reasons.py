"""What speaks for two contacts being one, in words."""

from __future__ import annotations

from collections.abc import Sequence

from crm import numbers
from crm.likeness import WEIGHTS, Reason, folded
from hub.languages import N_, _

# With the values of both where they differ, so that a person can judge.
WORDS = {
    "asked": N_("A request came by a number or address of both"),
    "number": N_("Same number written differently: %(one)s, %(other)s"),
    "near-number": N_("One digit apart: %(one)s, %(other)s"),
    "mailbox": N_("Same mailbox written differently"),
    "near-mail": N_("Nearly the same address: %(one)s, %(other)s"),
    "mail-name": N_("Same name in both addresses"),
    "name": N_("Same name"),
    "near-name": N_("Nearly the same name"),
    "common-name": N_("Same name, which others have too"),
    "organisation": N_("Same company"),
    "domain": N_("Addresses at the same company: %(one)s"),
}
CERTAIN, LIKELY = 0.85, 0.7


def told(reasons: Sequence[Reason], country: str) -> list[str]:
    """Say each reason, the strongest first."""
    ordered = sorted(reasons, key=lambda each: -WEIGHTS[each.kind])
    return [
        _(WORDS[_kind(each)], one=_seen(each.one, country), other=_seen(each.other, country))
        for each in ordered
    ]


def sureness(score: float) -> str:
    """Say how sure it is."""
    if score >= CERTAIN:
        return _("Very likely")
    return _("Likely") if score >= LIKELY else _("Perhaps")


def _kind(reason: Reason) -> str:
    is_common = reason.kind == "near-name" and folded(reason.one) == folded(reason.other)
    return "common-name" if is_common else reason.kind


def _seen(value: str, country: str) -> str:
    return numbers.display(value, country) if value.startswith("+") else value
