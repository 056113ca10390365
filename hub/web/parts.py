"""The smallest parts of a page, put together once for the same words: a list shows them a thousand times.

Templates find them in ui.html, beside the macros. Text from outside is escaped here; what is marked as safe is another
key than the same text that is not.
"""

from __future__ import annotations

from functools import lru_cache, partial

from markupsafe import Markup

from hub.languages import _, listener

KNOWN = 4096  # parts that are kept of each kind

_ICON = Markup('<svg class="icon" aria-hidden="true"><use href="{}#i-{}"/></svg>')
_AVATAR = Markup('<span class="avatar {}" aria-hidden="true"{}>{}</span>')
_IS = Markup(' data-is="{}"')
_CHIP = Markup('<span class="chip {}">{}{}</span>')
_STATE = Markup('<span class="state {}">{}</span>')
_STILL = Markup('<span class="clock" data-state="{}"><i></i><span>{}</span></span>')
_CHANGE = Markup(
    'method="post" action="{0}" hx-{1}="{0}" hx-target="#toasts" hx-swap="beforeend" hx-sync="drop"{2}'
)
_DRAFT = Markup(' data-draft="{}"')

kept = lru_cache(KNOWN, typed=True)


class Parts:
    """The parts, with the icons of this build: `sheet` is the address of their file."""

    def __init__(self, sheet: str) -> None:
        """Draw icons from there."""
        self.icon = partial(_icon, sheet)
        self.chip = partial(_chip, sheet)
        self.avatar, self.state, self.still, self.change = _avatar, _state, _still, _change


def said(text: str, /, **values: object) -> Markup:
    """Say a text of the catalogue in a page; values are escaped unless they are marked."""
    told = _said(listener().language, text)
    return told % values if values or "%" in told else told


@lru_cache(KNOWN)
def _said(_language: str, text: str) -> Markup:
    return Markup(_(text))  # noqa: S704 - the catalogue's own words


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
def _state(kind: str, words: str) -> Markup:
    return _STATE.format(kind, words)


@kept
def _still(state: str, words: str) -> Markup:
    return _STILL.format(state, words)


@kept
def _change(href: str, verb: str = "post", draft: str = "") -> Markup:
    """Give the attributes of a form that changes something, with scripts and without. What is typed is kept."""
    return _CHANGE.format(href, verb, _DRAFT.format(draft) if draft else "")
