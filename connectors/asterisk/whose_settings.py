"""Where an Asterisk is, who we are there, and whose its telephones and numbers are."""

from __future__ import annotations

import re
import ssl
from pathlib import Path
from typing import Annotated

from msgspec import Meta

from connectors.asterisk.link import Address
from connectors.asterisk.plan import Plan, country_of, e164
from connectors.pairs import check_pairs, pairs
from connectors.trust import trusted
from hub.connector import Secret, Settings, WrongSetting
from hub.languages import N_, _

PORT = 5038
WHOSE = N_("Numbers and departments")
"""The part of the form in which some of these settings stand."""


class WhoseSettings(Settings, frozen=True, kw_only=True):
    """The settings by which a PBX is found and what happens on it is somebody's."""

    host: Annotated[str, Meta(title=N_("Host"), description=N_("Where the PBX is."))] = "127.0.0.1"
    port: Annotated[
        int, Meta(title=N_("Port"), description=N_("Where its manager interface (AMI) listens."))
    ] = PORT
    tls: Annotated[
        bool, Meta(title=N_("Encrypted"), description=N_("Needed as soon as it is another machine."))
    ] = False
    tls_ca: Annotated[
        str,
        Meta(
            title=N_("File with its certificate"),
            description=N_(
                "A path, where the PBX has a certificate of its own making; else those of this machine hold."
            ),
        ),
    ] = ""
    user: Annotated[str, Meta(title=N_("User"), description=N_("As in the PBX's manager.conf."))] = "ringback"
    secret: Annotated[Secret, Meta(title=N_("Secret"), description=N_("The one of that user."))] = ""
    secret_file: Annotated[
        str, Meta(title=N_("File with the secret"), description=N_("A path, in place of the secret itself."))
    ] = ""
    country: Annotated[
        str,
        Meta(title=N_("Country"), description=N_("Two letters. By it numbers without a country are read.")),
    ] = "SE"
    staff: Annotated[
        str,
        Meta(
            title=N_("Staff's telephones"),
            description=N_("A pattern of devices; what its last group finds is the extension."),
        ),
    ] = r"PJSIP/(\d+)"
    trunks: Annotated[
        tuple[str, ...],
        Meta(
            title=N_("Trunks"),
            description=N_("With the country of its numbers where it is another: “london = GB”."),
            extra={"group": WHOSE},
        ),
    ] = ()
    inside: Annotated[
        tuple[str, ...],
        Meta(
            title=N_("Numbers inside"),
            description=N_("Calls with them are calls between colleagues."),
            extra={"group": WHOSE},
        ),
    ] = ()
    departments: Annotated[
        tuple[str, ...],
        Meta(
            title=N_("Departments"),
            description=N_("Whose calls those of a queue or to a number are: “support = Service”."),
            extra={"group": WHOSE},
        ),
    ] = ()
    callers: Annotated[
        tuple[str, ...],
        Meta(
            title=N_("Shown to customers"),
            description=N_(
                "The number by which a click calls, for a department, a country of theirs, or both: "
                "“Service = +46 8 465 004 04”, “GB = +44 20 7946 0000”, “Service GB = …”."
            ),
            extra={"group": WHOSE},
        ),
    ] = ()

    def __post_init__(self) -> None:
        """Refuse what could never work."""
        try:
            pattern = re.compile(self.staff)
        except re.error as error:
            raise WrongSetting("staff", _("This is no pattern: %(why)s", why=str(error))) from None
        if not pattern.groups:
            raise WrongSetting("staff", _("The pattern needs a group (…) that finds the extension."))
        check_pairs(departments=self.departments, callers=self.callers)
        for number in pairs(self.callers).values():
            if e164(number, self.country.upper()) is None:
                raise WrongSetting("callers", _("“%(number)s” is no telephone number.", number=number))

    @property
    def address(self) -> Address:
        """Give where the PBX is and who we are there; OSError where a file of ours cannot be read."""
        secret = (
            Path(self.secret_file).read_text(encoding="utf-8").strip() if self.secret_file else self.secret
        )
        return Address(self.host, self.port, self.user, secret, self._trust)

    @property
    def _trust(self) -> ssl.SSLContext | None:
        if not self.tls:
            return None
        return ssl.create_default_context(cafile=self.tls_ca) if self.tls_ca else trusted()

    @property
    def plan(self) -> Plan:
        """Give what is ours on this PBX."""
        trunks = {name: country for name, country in pairs(self.trunks).items() if country}
        return Plan(staff=self.staff, country=self.country, trunks=trunks, inside=frozenset(self.inside))

    def department_of(self, queue: str, dialled: str) -> str:
        """Give the department of a queue or of a dialled number, "" where nothing says so."""
        known = pairs(self.departments)
        number = e164(dialled, self.country.upper())
        return known.get(queue) or known.get(dialled) or known.get(number or "") or ""

    def caller_for(self, department: str, number: str) -> str:
        """Give the number that a customer is shown, as E.164; "" where the dial plan's own holds.

        It is that of department and country together, else that of either.
        """
        known, abroad = pairs(self.callers), country_of(number)
        found = known.get(f"{department} {abroad}") or known.get(department) or known.get(abroad) or ""
        return e164(found, self.country.upper()) or ""
