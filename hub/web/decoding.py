"""From what a program sent to a struct: strict, and field by field, so that everything wrong is told at once.

msgspec stops at its first error, so each field is converted by itself first. Text with a NUL (PostgreSQL
keeps none) and numbers that do not fit into 64 bits are refused here, once for all endpoints.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import NoneType, UnionType
from typing import Annotated, TypeVar, Union, cast, get_args, get_origin

import msgspec
from multidict import MultiMapping

from hub.languages import _
from hub.shapes import convert
from hub.web.problems import Fault, Problem

S = TypeVar("S", bound=msgspec.Struct)

SMALLEST, LARGEST = -(2**63), 2**63 - 1
NUMBER = re.compile(r"-?[0-9]{1,19}")
TRUTH = {"true": True, "false": False}
PLACE = re.compile(r"\.([^.\[]+)|\[(\d+|\.\.\.)\]")


class Body(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a program sends as JSON."""


class Query(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a program asks for after the question mark. A field that is left out takes its default."""


def decode_body(raw: bytes, kind: type[S]) -> S:
    """Read JSON into a struct; 400 for what is no JSON, 422 with a list of faults for what does not fit."""
    try:
        value = _counted(msgspec.json.decode(raw))
        unkeepable = list(_unkeepable(value))
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise Problem(400, _("The body is no JSON that can be read: %(fault)s.", fault=error)) from None
    if not isinstance(value, dict):
        raise _unfit([Fault(detail=_("an object is expected"), pointer="")])
    faults = [*unkeepable, *_misfits(value, kind)]
    return _whole(value, kind, faults)


def decode_query(query: MultiMapping[str], kind: type[S]) -> S:
    """Read query parameters into a struct; 422 with a list of faults for what does not fit."""
    values: dict[str, object] = {}
    faults = []
    kinds = {item.encode_name: item.type for item in msgspec.structs.fields(kind)}
    for name in dict.fromkeys(query):
        try:
            values[name] = _parameter(query.getall(name), kinds.get(name, str))
        except ValueError as error:
            faults.append(Fault(detail=str(error), parameter=name))
    known = {name: value for name, value in values.items() if name in kinds}
    faults += [
        Fault(detail=_("this parameter is not known"), parameter=name) for name in values.keys() - kinds
    ]
    faults += [
        Fault(detail=fault.detail, parameter=fault.pointer[1:].partition("/")[0])
        for fault in _misfits(known, kind)
        if fault.pointer[1:] not in {told.parameter for told in faults}
    ]
    return _whole(values, kind, faults)


def _whole(values: Mapping[str, object], kind: type[S], faults: list[Fault]) -> S:
    if not faults:
        try:
            return convert(values, kind)
        except msgspec.ValidationError as error:
            faults = [_fault(error)]
    raise _unfit(faults)


def _unfit(faults: list[Fault]) -> Problem:
    first = faults[0]
    place = first.parameter or first.pointer
    words = f"{place}: {first.detail}" if place else first.detail
    return Problem(422, words, title=_("This does not fit"), errors=faults)


def _misfits(values: Mapping[str, object], kind: type[msgspec.Struct]) -> Iterator[Fault]:
    """Say what is wrong with each field by itself."""
    fields = {item.encode_name: item for item in msgspec.structs.fields(kind)}
    for name, item in fields.items():
        if name not in values:
            if item.required:
                yield Fault(detail=_("this is needed"), pointer=f"/{name}")
            continue
        try:
            convert(values[name], item.type)
        except msgspec.ValidationError as error:
            yield _fault(error, name)
    if kind.__struct_config__.forbid_unknown_fields:
        yield from (
            Fault(detail=_("this field is not known"), pointer=f"/{escape(name)}")
            for name in values.keys() - fields
        )


def _fault(error: msgspec.ValidationError, *under: str) -> Fault:
    """Turn “Expected `int`, got `str` - at `$.a[0]`” into words and a pointer."""
    words, _, place = str(error).partition(" - at `$")
    steps = [name or index for name, index in PLACE.findall(place.rstrip("`"))]
    pointer = "".join(f"/{escape(step)}" for step in (*under, *steps))
    return Fault(detail=words[:1].lower() + words[1:].replace("`", ""), pointer=pointer)


def _counted(value: object) -> object:
    """Write 4.0 as 4 everywhere: to JSON, and so to the description, it is a whole number."""
    if isinstance(value, dict):
        return {name: _counted(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_counted(inner) for inner in value]
    whole = isinstance(value, float) and value.is_integer() and SMALLEST <= value <= LARGEST
    return int(cast("float", value)) if whole else value


def _unkeepable(value: object, pointer: str = "") -> Iterator[Fault]:
    """Find text and numbers that no store keeps, wherever they are."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _unkeepable(name, pointer)
            yield from _unkeepable(inner, f"{pointer}/{escape(name)}")
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _unkeepable(inner, f"{pointer}/{index}")
    elif isinstance(value, str) and "\0" in value:
        yield Fault(detail=_("the text holds a NUL character, which cannot be kept"), pointer=pointer)
    elif isinstance(value, int) and not SMALLEST <= value <= LARGEST:
        yield Fault(detail=_("the number does not fit into 64 bits"), pointer=pointer)


def _parameter(given: list[str], kind: object) -> object:
    """Read one parameter as what its field is; ValueError says why not."""
    plain = plain_type(kind)
    if any("\0" in text or not _is_text(text) for text in given):
        raise ValueError(_("the text holds a character that cannot be kept"))
    if plain in {list, tuple, frozenset}:
        return given
    if len(given) > 1:
        raise ValueError(_("this is given more than once"))
    text = given[0]
    if plain is int:
        if not NUMBER.fullmatch(text) or not SMALLEST <= int(text) <= LARGEST:
            raise ValueError(_("a whole number is expected"))
        return int(text)
    if plain is bool:
        if text not in TRUTH:
            raise ValueError(_("true or false is expected"))
        return TRUTH[text]
    return text


def plain_type(kind: object) -> object:
    """Give the type inside `Annotated[…]` and `… | None`; of `list[…]` give `list`."""
    origin = get_origin(kind)
    if origin is Annotated:
        return plain_type(get_args(kind)[0])
    if origin in {Union, UnionType}:
        return plain_type(next(arm for arm in get_args(kind) if arm is not NoneType))
    return origin or kind


def _is_text(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def escape(step: object) -> str:
    """Write one step of a JSON pointer, RFC 6901."""
    return str(step).replace("~", "~0").replace("/", "~1")
