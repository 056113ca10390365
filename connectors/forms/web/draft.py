"""A form as it is being made: its words and its questions in order, before anything is saved.

The draft lives in the page: each press of a button sends it whole and gets it back changed, so that it works
without scripts as well. Only Save writes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from connectors.forms.page import FormField, Kind
from connectors.forms.settings import FormSettings
from hub.languages import N_, _
from hub.shapes import convert

MOST_ROWS = 60
TEXT = 2000

# What each kind of question is called, with its icon.
KINDS: Mapping[Kind, tuple[str, str]] = {
    "text": (N_("Short text"), "note"),
    "longtext": (N_("Long text"), "doc"),
    "tel": (N_("Phone"), "phone"),
    "email": (N_("Mail"), "mail"),
    "choice": (N_("Choice"), "board"),
    "yesno": (N_("Yes or no"), "check"),
    "number": (N_("Number"), "chart"),
    "money": (N_("Sum of money"), "tag"),
    "date": (N_("Date"), "calendar"),
    "file": (N_("File"), "clip"),
    "link": (N_("Link"), "link"),
}


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One question. `key` tells the rows of a page apart; `choices` are lines."""

    key: str
    name: str = ""
    label: str = ""
    kind: Kind = "text"
    required: bool = False
    choices: str = ""
    hint: str = ""
    fresh: bool = False


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """A form as it is being made."""

    title: str
    intro: str
    thanks: str
    thanks_address: str
    rows: Sequence[Row]


def draft_of(settings: FormSettings) -> Draft:
    """Give a form as it is saved."""
    rows = [
        Row(key=str(number), name=field.name, label=field.label, kind=field.kind, required=field.required,
            choices="\n".join(field.choices), hint=field.hint)
        for number, field in enumerate(settings.fields)
    ]  # fmt: skip
    return Draft(title=settings.title, intro=settings.intro, thanks=settings.thanks,
                 thanks_address=settings.thanks_address, rows=rows)  # fmt: skip


def typed(fields: Mapping[str, str], keys: Sequence[str]) -> Draft:
    """Give a form as it stands in the page; `keys` are its rows in order."""
    rows = [_typed_row(fields, key) for key in dict.fromkeys(keys[:MOST_ROWS])]
    words = {name: _text(fields, name) for name in ("title", "intro", "thanks", "thanks_address")}
    return Draft(rows=rows, **words)


def act(draft: Draft, deed: str, at: str = "") -> Draft:
    """Move, remove or add a question: `up:3`, `down:3`, `remove:3`, `add:tel` (at a place, or at the end)."""
    verb, _colon, what = deed.partition(":")
    rows = list(draft.rows)
    place = next((place for place, row in enumerate(rows) if row.key == what), None)
    if verb == "add" and what in KINDS and len(rows) < MOST_ROWS:
        new = _new(what, rows)
        rows.insert(int(at) if at.isdigit() and len(at) < 4 else len(rows), new)  # noqa: PLR2004 - of 60 rows
    elif place is not None and verb == "remove":
        rows.pop(place)
    elif place is not None and verb in {"up", "down"}:
        row = rows.pop(place)
        rows.insert(max(0, place - 1) if verb == "up" else place + 1, row)
    return msgspec.structs.replace(draft, rows=rows)


def values_of(draft: Draft) -> tuple[dict[str, object], dict[str, str]]:
    """Give the settings that a draft stands for, or what is wrong by row (`label-3`) and word (`title`)."""
    errors = {} if draft.title else {"title": _("Say what stands above the form.")}
    names: set[str] = set()
    fields = []
    for row in draft.rows:
        wrong = _wrong(row, names)
        names.add(_name(row))
        if wrong:
            errors[f"{wrong[0]}-{row.key}"] = wrong[1]
        else:
            fields.append(msgspec.to_builtins(_field(row)))
    values: dict[str, object] = {
        "title": draft.title, "intro": draft.intro, "thanks": draft.thanks,
        "thanks_address": draft.thanks_address, "fields": fields,
    }  # fmt: skip
    return values, errors


def asked(draft: Draft) -> list[FormField]:
    """Give the questions for a preview; one that is not finished is shown as far as it is."""
    return [_field(row) for row in draft.rows if row.label or row.name]


def _wrong(row: Row, names: set[str]) -> tuple[str, str] | None:
    name = _name(row)
    if not name:
        return "label", _("Write what you ask.")
    if name.startswith("_"):
        return "name", _("A name may not begin with an underscore.")
    if name in names:
        return "label", _("Another question is called the same.")
    if row.kind == "choice" and not _choices(row):
        return "choices", _("Write the answers to choose from, one in a line.")
    return None


def _field(row: Row) -> FormField:
    choices = _choices(row) or ((_("…"),) if row.kind == "choice" else ())
    return FormField(name=_name(row).lstrip("_") or row.key, label=row.label, kind=row.kind, required=row.required,
                     choices=choices, hint=row.hint)  # fmt: skip


def _name(row: Row) -> str:
    """Give the input's name, which stands on the card: the question itself unless it is called otherwise."""
    return row.name or row.label


def _choices(row: Row) -> tuple[str, ...]:
    return tuple(dict.fromkeys(line.strip() for line in row.choices.splitlines() if line.strip()))


def _new(kind: str, rows: Sequence[Row]) -> Row:
    key = str(max((int(row.key) for row in rows if row.key.isdigit()), default=-1) + 1)
    known = convert(kind, Kind)
    name = {"tel": "phone", "email": "email"}.get(kind, "")
    taken = {_name(row) for row in rows}
    return Row(key=key, kind=known, label=_(KINDS[known][0]), name="" if name in taken else name, fresh=True)


def _typed_row(fields: Mapping[str, str], key: str) -> Row:
    kind = fields.get(f"kind-{key}", "text")
    return Row(
        key=key,
        name=_text(fields, f"name-{key}"),
        label=_text(fields, f"label-{key}"),
        kind=convert(kind, Kind) if kind in KINDS else "text",
        required=f"required-{key}" in fields,
        choices=_text(fields, f"choices-{key}"),
        hint=_text(fields, f"hint-{key}"),
    )


def _text(fields: Mapping[str, str], name: str) -> str:
    return fields.get(name, "").replace("\r\n", "\n").strip()[:TEXT]
