"""How this hub is set up: one TOML file, typed. A typo stops the start with file, key and a suggestion.

What the company is (departments, hours, policies, forms) is another file, company.toml, read once to fill an
empty store; from then on the store is the truth.
"""

from __future__ import annotations

import difflib
import os
import re
import tomllib
from pathlib import Path
from typing import Literal, TypeVar
from urllib.parse import urlsplit

import msgspec

from hub.shapes import convert

S = TypeVar("S", bound=msgspec.Struct)


class SettingsError(Exception):
    """A file cannot be used; the message names file, key and what to do."""


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """ringback.toml.

    `url` is the address under which people and websites reach the hub; empty: as the browser asked.
    `behind_proxy` trusts X-Forwarded-For and X-Forwarded-Proto of a reverse proxy on this machine.
    `largest_body` is the largest request in bytes that intake accepts.
    `body_seconds` is how long a sender may take to send it.
    `journal_days` is how long raw items are kept once they are closed.
    `session_days` is how long a sign-in lasts without being used.
    `transcribe` is a program and its arguments that writes down what is said in a recording; `{file}` is the recording.
    `transcribe_seconds` is how long it may take.
    `log_level` is debug, info, warning or error.
    """

    url: str = ""
    behind_proxy: bool = False
    largest_body: int = 32 * 1024 * 1024
    body_seconds: float = 60
    journal_days: int = 180
    session_days: int = 30
    transcribe: tuple[str, ...] = ()
    transcribe_seconds: float = 1800
    log_level: Literal["debug", "info", "warning", "error"] = "info"


DEFAULTS = Path(__file__).parent / "defaults"
CHECKOUT = Path(__file__).parent.parent / "config"


def default_file(name: str) -> Path:
    """Say where a file of config/ is: beside the code in a checkout, inside the package once installed."""
    checkout = CHECKOUT / name
    return checkout if checkout.exists() else DEFAULTS / name


def database_url() -> str | None:
    """Give `postgresql://…` from RINGBACK_DATABASE; None is SQLite in the data folder."""
    url = os.environ.get("RINGBACK_DATABASE", "").strip()
    if url and not url.startswith(("postgresql://", "postgres://")):
        raise SettingsError(
            f"RINGBACK_DATABASE: “{url.partition(':')[0]}” is no database we know; "
            "write postgresql://user:password@host/name, or leave it out for SQLite"
        )
    try:
        _ = urlsplit(url).port
    except ValueError as error:
        raise SettingsError(f"RINGBACK_DATABASE: {error}") from None
    return url or None


def load(path: Path, kind: type[S]) -> S:
    """Read a TOML file into a struct, or raise SettingsError."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SettingsError(f"{path}: there is no such file") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: {error}") from None
    try:
        return convert(content, kind)
    except msgspec.ValidationError as error:
        raise SettingsError(f"{path}: {explain(str(error), kind)}") from None


def explain(words: str, kind: type[msgspec.Struct]) -> str:
    """Turn a validator's words into ours: the key, what is wrong, and the nearest known name."""
    unknown = re.search(r"unknown field `([^`]+)`", words)
    place = re.search(r"at `\$\.?([^`]*)`", words)
    key = place.group(1) if place else ""
    if unknown:
        name = unknown.group(1)
        near = difflib.get_close_matches(name, _known(kind), n=1)
        advice = f"did you mean “{near[0]}”?" if near else "take it out"
        return f"{'.'.join(filter(None, (key, name)))}: this key is not known; {advice}"
    told = words.partition(" - at ")[0]
    return f"{key}: {told[:1].lower()}{told[1:]}" if key else told


def _known(kind: type[msgspec.Struct]) -> list[str]:
    """Give every key of a struct and of the structs inside it."""
    names: list[str] = []
    waiting, seen = [kind], set()
    while waiting:
        struct = waiting.pop()
        if struct in seen:
            continue
        seen.add(struct)
        for item in msgspec.structs.fields(struct):
            names.append(item.encode_name)
            waiting += [inner for inner in _inside(item.type) if isinstance(inner, type)]
    return names


def _inside(annotation: object) -> list[type[msgspec.Struct]]:
    """Find the structs in an annotation such as `tuple[Policy, ...]`."""
    if isinstance(annotation, type) and issubclass(annotation, msgspec.Struct):
        return [annotation]
    return [found for part in getattr(annotation, "__args__", ()) for found in _inside(part)]
