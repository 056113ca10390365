"""How a PBX that tells of its calls is set up: whose its numbers and names are."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property
from typing import Annotated

from msgspec import Meta

from connectors.asterisk.plan import e164
from connectors.pairs import check_pairs, pairs
from hub.connector import Settings, WrongSetting
from hub.languages import N_, _


class FeedSettings(Settings, frozen=True, kw_only=True, dict=True):
    """Settings of such a PBX, in the order in which people read them."""

    country: Annotated[
        str,
        Meta(title=N_("Country"), description=N_("Two letters. By it numbers without a country are read.")),
    ] = "SE"
    telephones: Annotated[
        tuple[str, ...],
        Meta(
            title=N_("Whose telephone"),
            description=N_(
                "The extension of a colleague, for a name, a number or an id of the PBX: “Elin Sandgren = 101”, "
                "“+46 8 465 004 11 = 101”, “user 12 = 101”."
            ),
        ),
    ] = ()
    staff: Annotated[
        str,
        Meta(
            title=N_("Extensions"),
            description=N_("A pattern of what is an extension as the PBX writes it, without a line above."),
        ),
    ] = r"\d{2,5}"
    departments: Annotated[
        tuple[str, ...],
        Meta(
            title=N_("Departments"),
            description=N_("Whose calls those of a queue or to a number are: “support = Service”."),
        ),
    ] = ()
    ringing_minutes: Annotated[
        int,
        Meta(
            title=N_("Minutes that a call may ring"),
            description=N_("When nothing more is heard of it, it is taken for ended, nobody knows how."),
        ),
    ] = 30
    talking_minutes: Annotated[
        int,
        Meta(
            title=N_("Minutes that a call may last"),
            description=N_("The same for one that was answered."),
        ),
    ] = 240

    def __post_init__(self) -> None:
        """Refuse what could never work."""
        try:
            re.compile(self.staff)
        except re.error as error:
            raise WrongSetting("staff", _("This is no pattern: %(why)s", why=str(error))) from None
        check_pairs(departments=self.departments, telephones=self.telephones)
        for setting, minutes in (
            ("ringing_minutes", self.ringing_minutes), ("talking_minutes", self.talking_minutes),
        ):  # fmt: skip
            if minutes < 1:
                raise WrongSetting(setting, _("It needs a minute at least."))

    def number(self, written: str) -> str | None:
        """Read a number as E.164; None where it is none."""
        return e164(written, self.country.upper())

    def extension(self, written: str) -> str:
        """Give the extension of a name, number or id; "" where nobody's is known."""
        known = self._found(self._telephones, written)
        return known or (written if re.fullmatch(self.staff, written) else "")

    def extension_of_user(self, number: str) -> str:
        """Give the extension of a user by his number, which is none itself."""
        return self._telephones.get(f"user {number}", "") if number else ""

    def department_of(self, *named: str) -> str:
        """Give the department of a queue or a dialled number, "" where nothing says so."""
        return next(filter(None, (self._found(self._departments, each) for each in named)), "")

    def _found(self, known: Mapping[str, str], written: str) -> str:
        return known.get(_folded(written)) or known.get(self.number(written) or "") or ""

    @cached_property
    def _telephones(self) -> Mapping[str, str]:
        return self._by_name(self.telephones)

    @cached_property
    def _departments(self) -> Mapping[str, str]:
        return self._by_name(self.departments)

    def _by_name(self, lines: tuple[str, ...]) -> Mapping[str, str]:
        """Give what lines say of names, and of numbers however they are written."""
        known = {_folded(name): value for name, value in pairs(lines).items()}
        return known | {number: value for name, value in known.items() if (number := self.number(name))}


def _folded(name: str) -> str:
    return " ".join(name.casefold().split())
