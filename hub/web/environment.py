"""The templates' environment: where templates are, what each of them can count on."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from types import CodeType
from typing import cast
from zoneinfo import ZoneInfo

import msgspec
from babel.numbers import format_decimal
from jinja2 import BytecodeCache, Environment, FileSystemLoader
from jinja2.bccache import Bucket
from jinja2.meta import find_referenced_templates

from hub.languages import _, catalogue, listener
from hub.web import moments
from hub.web.frame import Company
from hub.web.parts import Parts, dialling, said

HERE = Path(__file__).parent
STATIC = HERE / "static"


class Compiled(BytecodeCache):
    """Compiled templates of this process, so that a second hub in it (a test has many) compiles none again."""

    def __init__(self) -> None:
        """Begin with none."""
        self._known: dict[str, CodeType | None] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give what was compiled from the same source."""
        bucket.code = self._known.get(f"{bucket.key} {bucket.checksum}")

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what was compiled."""
        self._known[f"{bucket.key} {bucket.checksum}"] = bucket.code


COMPILED = Compiled()


def environment(folders: Sequence[Path], company: Callable[[], Company]) -> Environment:
    """Build it over the hub's templates and these folders; times are shown in the reader's zone, else the company's."""
    env = Environment(
        loader=FileSystemLoader([HERE / "templates", *folders]),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        bytecode_cache=COMPILED,
        extensions=["jinja2.ext.i18n"],
    )
    env.install_gettext_callables(_, _ngettext, newstyle=True)  # type: ignore[attr-defined]  # by the extension
    address = partial(_address, _manifest())

    def zone() -> ZoneInfo:
        return listener().zone or company().zone

    env.globals["_"] = said
    env.globals["asset"] = address
    env.globals["components"] = Parts(address("icons.svg"), zone)
    env.globals["language"] = lambda: listener().language
    env.globals["numbers_in"] = lambda *texts: _numbers(company(), texts)
    env.globals["zone"] = lambda: zone().key
    env.filters["when"] = lambda moment: moments.when(moment, zone())
    env.filters["full"] = lambda moment: moments.full(moment, zone())
    env.filters["iso"] = moments.iso
    env.filters["lasts"] = moments.lasts
    env.filters["struct"] = msgspec.to_builtins
    env.filters["number"] = lambda number: format_decimal(number, locale=listener().locale)
    # A template that imports them itself has them looked up again, dozens of times a page.
    env.globals["ui"] = env.get_template("ui.html").module
    return env


def compile_whole(env: Environment, name: str) -> None:
    """Compile a template and all that it includes: who is first shown one would wait hundredths of a second for it."""
    waiting, known = [name], {name}
    while waiting:
        each = waiting.pop()
        env.get_template(each)
        source = cast("FileSystemLoader", env.loader).get_source(env, each)[0]
        included = {other for other in find_referenced_templates(env.parse(source)) if other} - known
        known |= included
        waiting += included


def _numbers(company: Company, texts: Sequence[str]) -> Mapping[str, str]:
    """Give the telephone numbers in texts, for who has a telephone here: E.164, and as people here write it."""
    return (
        {number: shown for text in texts for number, shown in company.numbers(text)} if dialling.get() else {}
    )


def _ngettext(one: str, many: str, number: int) -> str:
    """Give the form for a number; Jinja puts the values in."""
    return catalogue(listener().language).ngettext(one, many, number)


def _manifest() -> dict[str, str]:
    """Read which built file stands for a plain name; nothing is built yet in a fresh checkout."""
    try:
        names: dict[str, str] = json.loads((STATIC / "manifest.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    return names


def _address(manifest: dict[str, str], name: str) -> str:
    return f"/static/{manifest.get(name, name)}"
