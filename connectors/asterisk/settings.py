"""How an Asterisk is set up: where it is, who we are there, and what is ours on it."""

from __future__ import annotations

import re
import ssl
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from msgspec import Meta

from connectors.asterisk import browsers
from connectors.asterisk.chronicle import Chronicle
from connectors.asterisk.chronicle_table import address_of
from connectors.asterisk.link import Address
from connectors.asterisk.plan import Plan, Who, country_of, e164
from connectors.asterisk.shelf import Shelf
from connectors.pairs import check_pairs, pairs
from connectors.trust import trusted
from hub.connector import Secret, Settings, WrongSetting
from hub.exchange import Relay
from hub.languages import N_, _

PORT = 5038
WHOSE, CALLING = N_("Numbers and departments"), N_("Calling by a click")
SOFTPHONES, RECORDINGS, RECORDS = N_("Softphones"), N_("Recordings"), N_("Records of calls")
"""The parts of the form in which these settings stand."""


class AsteriskSettings(Settings, frozen=True, kw_only=True):
    """Settings of a PBX, in the order in which people read them."""

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
    dial: Annotated[
        str,
        Meta(
            title=N_("How a telephone is rung"),
            description=N_("For a call by a click; {extension} is the colleague's."),
            extra={"group": CALLING},
        ),
    ] = "PJSIP/{extension}"
    context: Annotated[
        str,
        Meta(
            title=N_("Dial plan"),
            description=N_("The context by which a click dials out."),
            extra={"group": CALLING},
        ),
    ] = "ringback-dial"
    transfer: Annotated[
        str,
        Meta(
            title=N_("Dial plan of transfers"),
            description=N_("The context by which a call is handed on to a colleague."),
            extra={"group": CALLING},
        ),
    ] = "ringback-transfer"
    listen: Annotated[
        str,
        Meta(
            title=N_("Dial plan of listening"),
            description=N_("The context by which a supervisor hears a call."),
            extra={"group": CALLING},
        ),
    ] = "ringback-listen"
    webrtc: Annotated[
        str,
        Meta(
            title=N_("Softphones"),
            description=N_(
                "The PBX's websocket, by which browsers are telephones: “wss://pbx.example:8089/ws”."
            ),
            extra={"group": SOFTPHONES},
        ),
    ] = ""
    ice_servers: Annotated[
        tuple[str, ...],
        Meta(
            title=N_("STUN and TURN"),
            description=N_(
                "For softphones in other networks, one in a line: “stun:turn.example:3478”, "
                "“turn:turn.example:3478?transport=udp”."
            ),
            extra={"group": SOFTPHONES},
        ),
    ] = ()
    turn_user: Annotated[
        str,
        Meta(
            title=N_("User for TURN"),
            description=N_("By whom softphones are known there."),
            extra={"group": SOFTPHONES},
        ),
    ] = ""
    turn_secret: Annotated[
        Secret,
        Meta(
            title=N_("Secret for TURN"),
            description=N_("The one of that user; softphones are given it."),
            extra={"group": SOFTPHONES},
        ),
    ] = ""
    recordings: Annotated[
        str,
        Meta(
            title=N_("Recordings"),
            description=N_("A folder that this hub sees, or an address (https://…), where they lie."),
            extra={"group": RECORDINGS},
        ),
    ] = ""
    recorded_in: Annotated[
        str,
        Meta(
            title=N_("Recordings on the PBX"),
            description=N_("The folder on the PBX for which that stands."),
            extra={"group": RECORDINGS},
        ),
    ] = "/var/spool/asterisk/monitor"
    recordings_user: Annotated[
        str,
        Meta(
            title=N_("User for recordings"),
            description=N_("Where that address asks for one."),
            extra={"group": RECORDINGS},
        ),
    ] = ""
    recordings_secret: Annotated[
        Secret,
        Meta(
            title=N_("Secret for recordings"),
            description=N_("The one of that user."),
            extra={"group": RECORDINGS},
        ),
    ] = ""

    cel_file: Annotated[
        str,
        Meta(
            title=N_("Records of calls, a file"),
            description=N_("Where the PBX writes them (CEL): read for what happened while nobody listened."),
            extra={"group": RECORDS},
        ),
    ] = ""
    cel_database: Annotated[
        Secret,
        Meta(
            title=N_("Records of calls, a database"),
            description=N_("In place of a file: “postgresql://user:word@pbx.example/asterisk”."),
            extra={"group": RECORDS},
        ),
    ] = ""
    cel_table: Annotated[
        str,
        Meta(
            title=N_("Table of the records"),
            description=N_("Its name in that database."),
            extra={"group": RECORDS},
        ),
    ] = "cel"
    cdr_file: Annotated[
        str,
        Meta(
            title=N_("Sums of calls, a file"),
            description=N_(
                "In place of records, where the PBX writes only what became of each call (CDR), such as "
                "/var/log/asterisk/cdr-csv/Master.csv."
            ),
        ),
    ] = ""
    cdr_database: Annotated[
        Secret,
        Meta(title=N_("Sums of calls, a database"), description=N_("In place of that file: its address.")),
    ] = ""
    cdr_table: Annotated[
        str, Meta(title=N_("Table of the sums"), description=N_("Its name in that database."))
    ] = "cdr"

    def __post_init__(self) -> None:
        """Refuse what could never work."""
        try:
            pattern = re.compile(self.staff)
        except re.error as error:
            raise WrongSetting("staff", _("This is no pattern: %(why)s", why=str(error))) from None
        if not pattern.groups:
            raise WrongSetting("staff", _("The pattern needs a group (…) that finds the extension."))
        if "{extension}" not in self.dial:
            raise WrongSetting("dial", _("It must say where {extension} stands."))
        browsers.check(self.webrtc, self.relays)
        _refuse_records(cel_file=self.cel_file, cel_database=self.cel_database, cdr_file=self.cdr_file,
                        cdr_database=self.cdr_database)  # fmt: skip
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
    def relays(self) -> Sequence[Relay]:
        """Give what helps the sound of browsers through networks; TURN alone asks who one is."""
        return browsers.relays(self.ice_servers, self.turn_user, self.turn_secret)

    @property
    def shelf(self) -> Shelf:
        """Give where recordings lie."""
        return Shelf(self.recordings, self.recorded_in, self.recordings_user, self.recordings_secret)

    @property
    def chronicle(self) -> Chronicle:
        """Give where the PBX writes down what happens."""
        if self.cdr_file or self.cdr_database:
            return Chronicle(self.cdr_file, self.cdr_database, self.cdr_table, "cdr")
        return Chronicle(self.cel_file, self.cel_database, self.cel_table)

    @property
    def plan(self) -> Plan:
        """Give what is ours on this PBX."""
        trunks = {name: country for name, country in pairs(self.trunks).items() if country}
        return Plan(staff=self.staff, country=self.country, trunks=trunks, inside=frozenset(self.inside))

    def rings(self, extension: str) -> bool:
        """Tell whether a telephone, as it is rung, is one of staff's; where the dial plan finds it, it may be."""
        rung = [self.plan.who(each) for each in self.dial.format(extension=extension).split("&")]
        return any(who.kind == "nobody" or who == Who("staff", extension) for who in rung)

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


def _refuse_records(**places: str) -> None:
    named = [setting for setting, place in places.items() if place]
    if len(named) > 1:
        raise WrongSetting(named[1], _("Name one place, a file or a database: the hub reads one of them."))
    try:
        for setting in named:
            if setting.endswith("_database"):
                address_of(places[setting])
    except ValueError:
        words = _("It is an address like postgresql://user:word@pbx.example/asterisk.")
        raise WrongSetting(named[0], words) from None
