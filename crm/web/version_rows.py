"""The versions of a policy or a calendar as a list: who made it, when, and what became different."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import cast

import msgspec
from babel.lists import format_list
from sqlalchemy.orm import Session

from crm import versions
from hub import audit
from hub.languages import _, listener


class VersionRow(msgspec.Struct, frozen=True, kw_only=True):
    """One version; `href` shows it, `current` says that it is in force."""

    id: int
    at: datetime
    who: str
    words: str
    href: str
    current: bool


def version_rows(
    session: Session, kind: str, record_id: int, fields: Mapping[str, str], href: Callable[[int], str]
) -> list[VersionRow]:
    """Give the versions of a record, newest first; `fields` are what its parts are called (N_)."""
    found = versions.versions_of(session, kind, record_id)
    before = [*found[1:], None][: len(found)]
    return [
        VersionRow(
            id=each.id,
            at=each.at,
            who=each.who or _("as it was set up"),
            words=_different(_flat(other.content), _flat(each.content), fields) if other else "",
            href=href(each.id),
            current=number == 0,
        )
        for number, (each, other) in enumerate(zip(found, before, strict=True))
    ]


def _flat(content: Mapping[str, object]) -> Mapping[str, object]:
    """Give the fields of a version; those of hours lie one level deeper."""
    return cast("Mapping[str, object]", content["hours"] or {}) if "hours" in content else content


def _different(
    before: Mapping[str, object], after: Mapping[str, object], fields: Mapping[str, str]
) -> str:  # fmt: skip
    changed = audit.differences(before, after)
    order = [*(each for each in fields if each in changed), *(each for each in changed if each not in fields)]
    # A database may turn them round, and one thing may be kept in two fields.
    names: Sequence[str] = [*dict.fromkeys(_(fields.get(each, each)) for each in order)]
    return format_list(names, locale=listener().locale) if names else ""
