"""What the settings of messengers have in common: secrets that may lie in a file, and addresses."""

from __future__ import annotations

from pathlib import Path

from yarl import URL

from hub.connector import Unavailable, WrongSetting
from hub.languages import _
from hub.said import said


def secret_of(written: str, file: str) -> str:
    """Give a secret, or what stands in the file in its place; "" where there is none or it cannot be read."""
    try:
        return Path(file).read_text(encoding="utf-8").strip() if file else written
    except (OSError, UnicodeError):
        return ""


def needed(secret: str) -> str:
    """Give a token; Unavailable where there is none."""
    if not secret:
        raise Unavailable(said("The channel's token is not said, or its file cannot be read."))
    return secret


def check_address(setting: str, address: str, *, plain: bool = False) -> None:
    """Refuse what is no address of the web; only an encrypted one will do, unless a `plain` one may."""
    try:
        url = URL(address)
        good = bool(url.host) and url.scheme in ({"https", "http"} if plain else {"https"})
    except ValueError:
        good = False
    if address and not good:
        words = _("This is no address of the web.") if plain else _("This is no address with https://.")
        raise WrongSetting(setting, words)
