"""Entries of the audit as people read them: names for ids, labels for fields, words for values."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy.orm import Session

from hub.audit import EXPORTED, FAILED, MADE, READ, REMOVED, SIGNED_IN, SIGNED_OUT, Entry
from hub.languages import _
from hub.users import Viewer
from hub.web import moments
from hub.web.audit_kinds import LABELS, REFERENCES, Kind, kind_of

ICONS = {MADE: "plus", REMOVED: "close", READ: "eye", EXPORTED: "doc", SIGNED_IN: "person", SIGNED_OUT: "person",
         FAILED: "warn"}  # fmt: skip
LONGEST = 200

Names = Mapping[str, Mapping[int, str]]


class Change(msgspec.Struct, frozen=True):
    """One field, before and after; `hidden`: not for these eyes."""

    label: str
    before: str
    after: str
    hidden: bool = False


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """One entry. `href` opens the record, `history` everything that was done to it; `names`: it says of what it is."""

    id: int
    at: datetime
    who: str
    who_href: str
    verb: str
    icon: str
    kind: str
    record: str
    names: bool
    href: str
    history: str
    words: str
    changes: Sequence[Change]


def shown(session: Session, viewer: Viewer, entries: Sequence[Entry], zone: ZoneInfo) -> list[Shown]:
    """Show entries, all names of a kind in one question."""
    names = _names(session, entries)
    labels = {key: kind_of(key).labels(session, viewer) for key in {entry.kind for entry in entries}}
    hidden = {key: kind_of(key).hidden(session, viewer) for key in labels}
    return [_shown(each, names, labels[each.kind], hidden[each.kind], zone) for each in entries]


def in_words(value: object, zone: ZoneInfo) -> str:
    """Write a value of JSON for the eye."""
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, list):
        return ", ".join(in_words(each, zone) for each in value)
    if isinstance(value, dict):
        if "value" in value:
            return in_words(value["value"], zone)
        return ", ".join(f"{key}: {in_words(each, zone)}" for key, each in value.items())
    return _cut(_moment(str(value), zone))


def _shown(
    entry: Entry, names: Names, labels: Mapping[str, str], hidden: Collection[str], zone: ZoneInfo
) -> Shown:
    kind = kind_of(entry.kind)
    record = names.get(entry.kind, {}).get(entry.record_id, "")
    known = bool(record) or (entry.record_id and not kind.href)
    himself = (
        entry.kind == "user" and entry.record_id == entry.user_id and entry.verb in {SIGNED_IN, SIGNED_OUT}
    )
    return Shown(
        id=entry.id, at=entry.at, who=_(entry.who) if entry.user_id is None else entry.who,
        who_href=f"/people/{entry.user_id}" if entry.user_id else "",
        verb=_(entry.verb), icon=ICONS.get(entry.verb, "note"), kind=_(kind.name),
        names=not himself and (entry.record_id > 0 or not entry.words),
        record=record or (_("No. %(id)s", id=entry.record_id) if entry.record_id else ""),
        href=kind.href.format(id=entry.record_id) if known and entry.record_id else "",
        history=f"/audit/{entry.kind}/{entry.record_id}" if entry.record_id else "",
        words=entry.words,
        changes=[
            _change(kind, field, pair, names, labels, zone, hidden=field in hidden)
            for field, pair in entry.changes.items()
        ],
    )  # fmt: skip


def _change(
    kind: Kind, field: str, pair: Sequence[object], names: Names, labels: Mapping[str, str], zone: ZoneInfo, *,
    hidden: bool,
) -> Change:  # fmt: skip
    label = labels.get(field) or _(LABELS.get(field, "")) or field.replace("_", " ").capitalize()
    if hidden:
        return Change(label, "", "", hidden=True)
    before, after = (_said(kind, field, value, names, zone) for value in (*pair, None, None)[:2])
    return Change(label, before, after)


def _said(kind: Kind, field: str, value: object, names: Names, zone: ZoneInfo) -> str:
    reference = REFERENCES.get(field)
    if reference and isinstance(value, int):
        return names.get(reference, {}).get(value) or _("No. %(id)s", id=value)
    if value is not None and (told := kind.show(field, value)) is not None:
        return _cut(told)
    return in_words(value, zone)


def _names(session: Session, entries: Sequence[Entry]) -> Names:
    wanted: defaultdict[str, set[int]] = defaultdict(set)
    for entry in entries:
        wanted[entry.kind].add(entry.record_id)
        for field, pair in entry.changes.items():
            if reference := REFERENCES.get(field):
                wanted[reference].update(value for value in pair if isinstance(value, int))
    return {key: kind_of(key).names(session, ids - {0}) for key, ids in wanted.items()}


def _moment(text: str, zone: ZoneInfo) -> str:
    """Write a moment or a day of JSON as days are written; any other text stays."""
    if not text[:4].isdecimal() or text[4:5] != "-":
        return text
    try:
        if len(text) == len("2026-11-23"):
            return moments.written(date.fromisoformat(text), "d MMM y")
        at = datetime.fromisoformat(text)
        return moments.when(at, zone) if at.tzinfo else f"{moments.written(at, 'd MMM y')} {at:%H:%M}"
    except ValueError:
        return text


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
