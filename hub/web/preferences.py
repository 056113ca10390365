"""Preferences: how I want the console. Everybody has this page, and it is about himself alone."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from zoneinfo import available_timezones

from aiohttp import web
from babel.dates import get_day_names

from hub.languages import LANGUAGES, N_, _, listener
from hub.preferences import ALWAYS, EVERY_DAY, OCCASIONS, THEMES, WAYS, Quiet, choose, is_time, zone_of
from hub.web.frame import COMPANY, Room, add_room
from hub.web.keys import CALLER, DB
from hub.web.pages import Toast, changed, form, is_fragment, page, render, see_other, viewer_of
from hub.web.problems import Problem

HERE = "/preferences"
UNREADABLE = 422
WAY_WORDS = {"page": N_("In the page"), "browser": N_("By the browser"), "sound": N_("With a sound")}
FAR_FROM_CITIES = ("Etc/", "SystemV/", "US/", "Brazil/", "Canada/", "Chile/", "Mexico/")

add_room(
    Room(
        href=HERE,
        name=N_("Preferences"),
        icon="person",
        order=1,
        within="/settings",
        about=N_("Your language and time zone, how it looks, what may ring and when"),
    )
)

Errors = Mapping[str, str]


@page("GET", HERE)
async def preferences(request: web.Request) -> web.StreamResponse:
    """Show what I chose."""
    return await _show(request)


@page("POST", HERE)
async def save(request: web.Request) -> web.StreamResponse:
    """Keep what I chose, or say what is wrong with it."""
    said = await form(request)
    errors = _faults(said)
    if errors:
        return await _show(request, said, errors)
    await request.app[DB].write(choose, viewer_of(request), **_read(said))
    return await changed(request, Toast(text=_("Kept: from now on it is so")), back=HERE)


@page("POST", "/preferences/theme")
async def theme(request: web.Request) -> web.StreamResponse:
    """Wear light or dark from now on."""
    chosen = (await form(request)).get("theme", "")
    if chosen not in THEMES:
        raise Problem(UNREADABLE, _("Choose light, dark, or as the system has it."))
    await request.app[DB].write(choose, viewer_of(request), theme=chosen)
    return _quietly(request)


@page("POST", "/preferences/letters")
async def letters(request: web.Request) -> web.StreamResponse:
    """Switch single letters as keys on or off."""
    wanted = bool((await form(request)).get("letters"))
    await request.app[DB].write(choose, viewer_of(request), letters=wanted)
    return _quietly(request)


def _quietly(request: web.Request) -> web.StreamResponse:
    """Answer without words: who pressed sees it."""
    return web.Response(status=204) if is_fragment(request) else see_other(HERE)


async def _show(
    request: web.Request, said: Mapping[str, str] | None = None, errors: Errors | None = None
) -> web.StreamResponse:
    kept = request[CALLER].preferences
    return await render(
        request, "preferences.html", status=UNREADABLE if errors else 200, title=_("Preferences"),
        kept=kept, quiet=_quiet_said(said) if said else kept.quiet, errors=errors or {},
        languages=[("", _("As the browser has it")), *LANGUAGES.items()],
        zones=[("", _("The company's, %(zone)s", zone=request.app[COMPANY]().zone.key)), *_zones()],
        always=ALWAYS, occasions=[(name, _(words)) for name, words in OCCASIONS.items()],
        ways=[(name, _(WAY_WORDS[name])) for name in WAYS], days=_days(),
    )  # fmt: skip


@cache
def _zones() -> list[tuple[str, str]]:
    """Give the zones that are called by a city."""
    names = (name for name in available_timezones() if "/" in name and not name.startswith(FAR_FROM_CITIES))
    return [(name, name.replace("_", " ")) for name in sorted(names)]


def _days() -> list[tuple[int, str]]:
    """Give the days of the week as the listener calls them."""
    names = get_day_names("abbreviated", context="stand-alone", locale=listener().locale)
    return [(day, names[day]) for day in EVERY_DAY]


def _faults(said: Mapping[str, str]) -> dict[str, str]:
    errors = {}
    if said.get("zone") and zone_of(said["zone"]) is None:
        errors["zone"] = _("There is no time zone of this name.")
    since, until = said.get("since", "").strip(), said.get("until", "").strip()
    if (since or until) and not (is_time(since) and is_time(until)):
        errors["quiet"] = _("Write both times as 22:00, or leave both empty.")
    return errors


def _read(said: Mapping[str, str]) -> dict[str, object]:
    language, density, worn = said.get("language", ""), said.get("density"), said.get("theme")
    return {
        "language": language if language in LANGUAGES else "",
        "zone": said.get("zone", ""),
        "theme": worn if worn in THEMES else "system",
        "density": "dense" if density == "dense" else "calm",
        "letters": bool(said.get("letters")),
        "softphone": bool(said.get("softphone")),
        "told": {each: tuple(way for way in WAYS if said.get(f"{each}-{way}")) for each in OCCASIONS},
        "quiet": _quiet_said(said) if said.get("since", "").strip() else None,
    }


def _quiet_said(said: Mapping[str, str]) -> Quiet:
    days = tuple(day for day in EVERY_DAY if said.get(f"day-{day}"))
    return Quiet(since=said.get("since", "").strip(), until=said.get("until", "").strip(), days=days)
