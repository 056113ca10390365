"""One thing that must hold before a campaign may begin."""

from __future__ import annotations

import msgspec

from hub.said import Said


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """One thing, whether it holds, and what to do where it does not; `href` is where, `note` what is still to say."""

    name: Said
    holds: bool
    words: Said | str = ""
    href: str = ""
    note: Said | str = ""
