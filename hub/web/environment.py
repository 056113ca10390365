"""The templates' environment: where templates are, what each of them can count on."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from jinja2 import Environment, FileSystemLoader

from hub.web import moments
from hub.web.frame import Company

HERE = Path(__file__).parent
STATIC = HERE / "static"


def environment(folders: Sequence[Path], company: Callable[[], Company]) -> Environment:
    """Build it over the hub's templates and these folders; times are shown in the company's zone."""
    env = Environment(
        loader=FileSystemLoader([HERE / "templates", *folders]),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    env.install_null_translations(newstyle=True)  # type: ignore[attr-defined]  # the extension adds it
    env.globals["asset"] = partial(_address, _manifest())
    env.filters["when"] = lambda moment: moments.when(moment, company().zone)
    env.filters["full"] = lambda moment: moments.full(moment, company().zone)
    env.filters["iso"] = moments.iso
    return env


def _manifest() -> dict[str, str]:
    """Read which built file stands for a plain name; nothing is built yet in a fresh checkout."""
    try:
        names: dict[str, str] = json.loads((STATIC / "manifest.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    return names


def _address(manifest: dict[str, str], name: str) -> str:
    return f"/static/{manifest.get(name, name)}"
