"""The manual of a connector: its settings as people read and fill them in.

It is read from the connector's own `Settings`, so that a new setting stands in the console as soon as it is there.
"""

from __future__ import annotations

import types
from collections.abc import Iterator, Mapping
from typing import Annotated, Literal, Union, cast, get_args, get_origin

import msgspec

from hub.connector import Settings, WrongSetting
from hub.languages import _
from hub.shapes import convert

Kind = Literal["text", "yesno", "number", "choice", "lines", "secret", "other"]
Values = dict[str, object]

FORGET = "forget "  # before the name of a secret: it is to be kept no more
LONG = 60  # letters from which on a text gets more than a line


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """One setting. `title` and `about` are texts of the catalogue; `place` is the page where it is changed.

    One `by_command` is changed on the command line alone, such as which program is run. `group` is the part of the
    form in which it stands, a text of the catalogue, "" for the first; `words` says what a choice is called, where that
    is not its value.
    """

    name: str
    title: str
    about: str
    kind: Kind
    type: object
    default: object
    choices: tuple[str, ...] = ()
    place: str = ""
    by_command: bool = False
    group: str = ""
    words: Mapping[str, str] = {}


def manual(kind: type[Settings]) -> list[Setting]:
    """Give the settings of a connector, in order."""
    return [_setting(field) for field in msgspec.structs.fields(kind)]


def shown(setting: Setting, values: Mapping[str, object]) -> object:
    """Give a value as it stands in a form; a secret is never among what is shown."""
    value = values.get(setting.name, setting.default)
    if setting.kind == "secret":
        return ""
    if setting.kind == "lines":
        return "\n".join(str(each) for each in cast("list[object]", value))
    if setting.kind == "number":
        return f"{value:g}"
    return msgspec.json.encode(value).decode() if setting.kind == "other" else value


def read(settings: type[Settings], typed: Mapping[str, str], before: Values) -> tuple[Values, dict[str, str]]:
    """Read a filled form: the values, and by setting what is wrong. What stands elsewhere stays as it was."""
    values, errors = dict(before), {}
    for setting in manual(settings):
        if setting.place or setting.by_command:
            continue
        try:
            forgets = setting.kind == "secret" and f"{FORGET}{setting.name}" in typed
            value = setting.default if forgets else _read(setting, typed.get(setting.name), before)
            values[setting.name] = msgspec.to_builtins(convert(value, setting.type))
        except msgspec.ValidationError as error:
            errors[setting.name] = _words(error)
        except ValueError as error:
            errors[setting.name] = str(error)
    return values, errors or check(settings, values)


def check(settings: type[Settings], values: Values) -> dict[str, str]:
    """Look at all values together; give what is wrong by setting ("" for the whole)."""
    try:
        convert(values, settings)
    except msgspec.ValidationError as error:
        cause = error.__cause__
        return {cause.setting if isinstance(cause, WrongSetting) else "": _words(error)}
    return {}


def _setting(field: msgspec.structs.FieldInfo) -> Setting:
    plain, metas = _plain(field.type)
    extra = {key: value for meta in metas for key, value in (meta.extra or {}).items()}
    kind, choices = _kind(plain)
    words = extra.get("choices", {})
    if words:
        kind, choices = "choice", tuple(words)
    default = field.default if field.default is not msgspec.NODEFAULT else ""
    if field.default_factory is not msgspec.NODEFAULT:
        default = field.default_factory()
    return Setting(
        name=field.name,
        title=next((meta.title for meta in metas if meta.title), field.name),
        about=next((meta.description for meta in metas if meta.description), ""),
        kind="secret" if extra.get("secret") else kind,
        type=field.type,
        default=msgspec.to_builtins(default),
        choices=choices,
        place=str(extra.get("place", "")),
        by_command=bool(extra.get("by_command")),
        group=str(extra.get("group", "")),
        words=words,
    )


def _plain(annotation: object) -> tuple[object, list[msgspec.Meta]]:
    """Give a type without its annotations, and those annotations, the outer ones first."""
    metas: list[msgspec.Meta] = []
    while get_origin(annotation) is Annotated:
        annotation, *notes = get_args(annotation)
        metas += [note for note in notes if isinstance(note, msgspec.Meta)]
    return annotation, metas


def _kind(plain: object) -> tuple[Kind, tuple[str, ...]]:
    simple: Mapping[object, Kind] = {str: "text", bool: "yesno", int: "number", float: "number"}
    if plain in simple:
        return simple[plain], ()
    origin, inner = get_origin(plain), get_args(plain)
    if origin is Literal:
        return "choice", tuple(str(each) for each in inner)
    if origin in {tuple, list} and inner and inner[0] is str:
        return "lines", ()
    if origin in {Union, types.UnionType} and str in inner:
        return "text", ()
    return "other", ()


def _read(setting: Setting, text: str | None, before: Values) -> object:
    if setting.kind == "yesno":
        return text is not None
    if text is None or (setting.kind == "secret" and not text):
        return before.get(setting.name, setting.default)
    if setting.kind == "lines":
        return list(_lines(text))
    if setting.kind == "number":
        return _number(setting, text.strip())
    return msgspec.json.decode(text) if setting.kind == "other" else text.replace("\r\n", "\n").strip()


def _lines(text: str) -> Iterator[str]:
    return (line.strip() for line in text.splitlines() if line.strip())


def _number(setting: Setting, text: str) -> object:
    if not text:
        return setting.default
    whole = _plain(setting.type)[0] is int
    try:
        return int(text) if whole else float(text.replace(",", "."))
    except ValueError:
        words = _("Write a whole number.") if whole else _("Write a number, such as 2 or 0.5.")
        raise ValueError(words) from None


def _words(error: msgspec.ValidationError) -> str:
    """Say what is wrong without the validator's place."""
    return str(error).partition(" - at `")[0]
