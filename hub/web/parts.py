"""The smallest parts of a page, put together once for the same words: a list shows them a thousand times.

Templates find them in ui.html, beside the macros. Text from outside is escaped here; what is marked as safe is another
key than the same text that is not.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from datetime import date, datetime
from functools import lru_cache, partial
from zoneinfo import ZoneInfo

from markupsafe import Markup, escape

from hub.clock import now
from hub.languages import _, listener
from hub.web import moments

KNOWN = 4096  # parts that are kept of each kind

_ICON = Markup('<svg class="icon" aria-hidden="true"><use href="{}#i-{}"/></svg>')
_AVATAR = Markup('<span class="avatar {}" aria-hidden="true"{}>{}</span>')
_IS = Markup(' data-is="{}"')
_CHIP = Markup('<span class="chip {}">{}{}</span>')
_STATE = Markup('<span class="state {}">{}</span>')
_STILL = Markup('<span class="clock" data-state="{}"><i></i><span>{}</span></span>')
_CHANGE = Markup('method="post" action="{0}" hx-{1}="{0}" hx-target="#toasts" hx-swap="beforeend"{2}')
_MOMENT = Markup('<time datetime="{}" title="{}">{}</time>')
_DRAFT = Markup(' data-draft="{}"')
_NUMBER = Markup('<a class="plain" href="tel:{}">{}</a>')
_CALL = Markup(
    '<button class="btn quiet square call" form="dial" name="number" value="{0}" data-key="c" aria-label="{1}"'
    ' title="{1}">{2}</button>'
)

# Whether who looks has a telephone that can be rung for him.
dialling: ContextVar[bool] = ContextVar("dialling", default=False)

kept = lru_cache(KNOWN, typed=True)


class Parts:
    """The parts, with the icons of this build and times as they are where they are read.

    `sheet` is the address of the icons' file, `zone` gives the reader's zone.
    """

    def __init__(self, sheet: str, zone: Callable[[], ZoneInfo]) -> None:
        """Draw icons from there, and tell times as they are there."""
        self._zone = zone
        self.icon = partial(_icon, sheet)
        self.chip = partial(_chip, sheet)
        self.call = partial(_call_button, sheet)
        self.number = partial(_number, sheet)
        self.avatar, self.state, self.still, self.change = _avatar, _state, _still, _change

    def moment(self, at: datetime | str | None) -> Markup:
        """Write a time in few words, in full, and for programs."""
        zone = self._zone()
        return _moment(at, now().astimezone(zone).date(), zone, listener().language)


def said(text: str, /, **values: object) -> Markup:
    """Say a text of the catalogue in a page; values are escaped unless they are marked."""
    told = _said(listener().language, text)
    return told % values if values or "%" in told else told


@lru_cache(KNOWN)
def _said(_language: str, text: str) -> Markup:
    return Markup(_(text))  # noqa: S704 - the catalogue's own words


def _number(sheet: str, handle: str, shown: str) -> Markup:
    """Write a number, E.164 as people write it: a link for the browser's own way to call, and the button for ours."""
    if not handle:
        return escape(shown)
    return _NUMBER.format(handle, shown) + _call_button(sheet, handle, shown)


def _call_button(sheet: str, handle: str, shown: str) -> Markup:
    """Give the button that has the own telephone ring, and then this number; nothing for who has no telephone."""
    if not handle or not dialling.get():
        return Markup("")
    return _call(sheet, listener().language, handle, shown)


@kept
def _call(sheet: str, _language: str, handle: str, shown: str) -> Markup:
    return _CALL.format(handle, _("Call %(number)s", number=shown), _icon(sheet, "phone-out"))


@kept
def _icon(sheet: str, name: str) -> Markup:
    return _ICON.format(sheet, name)


@kept
def _avatar(initials: str, among: str = "", presence: str = "") -> Markup:
    return _AVATAR.format(among, _IS.format(presence) if presence else "", initials)


@kept
def _chip(sheet: str, words: str, among: str = "", icon_name: str = "") -> Markup:
    return _CHIP.format(among, _icon(sheet, icon_name) if icon_name else "", words)


@kept
def _moment(at: datetime | str | None, _today: date, zone: ZoneInfo, _language: str) -> Markup:
    """Write a time, as it is told on this day."""
    return _MOMENT.format(moments.iso(at), moments.full(at, zone), moments.when(at, zone))


@kept
def _state(kind: str, words: str) -> Markup:
    return _STATE.format(kind, words)


@kept
def _still(state: str, words: str) -> Markup:
    return _STILL.format(state, words)


@kept
def _change(href: str, verb: str = "post", draft: str = "") -> Markup:
    """Give the attributes of a form that changes something, with scripts and without. What is typed is kept."""
    return _CHANGE.format(href, verb, _DRAFT.format(draft) if draft else "")
