"""Settings that are lines of “name = value”."""

from __future__ import annotations

from collections.abc import Sequence

from hub.connector import WrongSetting
from hub.languages import _


def pairs(lines: Sequence[str]) -> dict[str, str]:
    """Read such lines; a name alone has ""."""
    split = (line.partition("=") for line in lines)
    return {name.strip(): value.strip() for name, _sign, value in split if name.strip()}


def check_pairs(**settings: Sequence[str]) -> None:
    """Refuse a line that gives no value."""
    for setting, lines in settings.items():
        wrong = next((line for line in lines if "=" not in line), None)
        if wrong is not None:
            raise WrongSetting(setting, _("“%(line)s” has no “=”.", line=wrong))
