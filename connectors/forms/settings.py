"""How a form channel is set up."""

from __future__ import annotations

import re
import string
from collections.abc import Mapping
from typing import Annotated
from urllib.parse import urlsplit

from msgspec import Meta, structs

# Said here as well: a setting of the map is one of them.
from connectors.forms.answers import MEANINGS as MEANINGS  # noqa: PLC0414
from connectors.forms.answers import OWN as OWN  # noqa: PLC0414
from connectors.forms.answers import SAID as SAID  # noqa: PLC0414
from connectors.forms.answers import Meaning as Meaning  # noqa: PLC0414
from connectors.forms.page import USUAL_FIELDS, FormField
from connectors.forms.senders import ALL, SHOPIFY, WOOCOMMERCE
from hub.connector import Secret, Settings, WrongSetting
from hub.languages import N_, _

ANY = "any"
SENDERS: Mapping[str, str] = {ANY: N_("Anybody")} | {sender.name: sender.title for sender in ALL}
PROOF = N_("Who sends, and how it is proven")

ASKED = N_("Catching up")
SHOPS: Mapping[str, str] = {"": N_("No")} | {sender.name: sender.title for sender in (WOOCOMMERCE, SHOPIFY)}

# Keys travel over TLS, or within this machine.
_SHOP = re.compile(
    r"(https://[^\s/?#@\"'<>\\]{3,200}|http://(127\.0\.0\.1|localhost)(:\d{1,5})?)(/[^\s?#\"'<>\\]{0,200})?"
)
_VERSION = re.compile(r"20\d\d-(0[1-9]|1[0-2])|unstable")
_ORIGIN = re.compile(r"https?://[a-z0-9.-]+(:\d{1,5})?|https?://\[[0-9a-f:.]+\](:\d{1,5})?")
_PLACEHOLDERS = {"name", "phone", "email", "company", "subject", "form"}
_ADDRESS = re.compile(r"https?://[^\s\"'<>\\;,]{3,2000}")


class FormSettings(Settings, frozen=True, kw_only=True):
    """Settings of a form, in the order in which people read them."""

    title: Annotated[
        str,
        Meta(title=N_("Heading"), description=N_("Stands above the form.")),
    ] = N_("Write to us")
    intro: Annotated[
        str, Meta(title=N_("Introduction"), description=N_("The paragraph under the heading."))
    ] = ""
    thanks: Annotated[
        str, Meta(title=N_("Words of thanks"), description=N_("What a visitor reads after sending."))
    ] = N_("Thank you. We have your request and will ring you back.")
    thanks_address: Annotated[
        str,
        Meta(
            title=N_("Page of thanks"),
            description=N_(
                "Where a visitor goes after sending, instead of our words: an address of your own."
            ),
        ),
    ] = ""
    fields: Annotated[
        tuple[FormField, ...],
        Meta(
            title=N_("Questions"),
            description=N_("What the form asks, in order."),
            extra={"place": "/form-builder/{id}"},
        ),
    ] = USUAL_FIELDS
    map: Annotated[
        Mapping[str, str],
        Meta(
            title=N_("Field map"),
            description=N_(
                "What a sender's field means where its name does not say so. It wins over every guess."
            ),
            extra={"place": "/form-builder/{id}/map"},
        ),
    ] = {}
    origins: Annotated[
        tuple[str, ...],
        Meta(
            title=N_("Sites"),
            description=N_(
                "Who may post by script, frame the page and be where “_next” leads, such as "
                "https://klarruta.example. “*” lets every site post, and leads nowhere."
            ),
        ),
    ] = ()
    min_seconds: Annotated[
        float,
        Meta(
            title=N_("Seconds that a person needs"),
            description=N_("Whoever is faster is a machine. 0 switches this off."),
        ),
    ] = 2.0
    per_network: Annotated[
        int,
        Meta(
            ge=0,
            le=100_000,
            title=N_("Requests from one network"),
            description=N_(
                "How many within ten minutes are usual. Of what comes beyond that only those go on whose browser did a "
                "little work for it, or that are signed; the others wait among what was set aside. 0: any number."
            ),
        ),
    ] = 10
    per_channel: Annotated[
        int,
        Meta(
            ge=0,
            le=100_000,
            title=N_("Requests by this form"),
            description=N_("The same for all networks together. 0: any number."),
        ),
    ] = 60
    department: Annotated[
        str,
        Meta(
            title=N_("Department"),
            description=N_("Whose task it becomes. Empty leaves that to the company's rules."),
        ),
    ] = ""
    task_title: Annotated[
        str,
        Meta(
            title=N_("Title of the task"),
            description=N_(
                "{name}, {phone}, {email}, {company}, {subject} and {form} are filled in. "
                "Empty: it is called “Answer {name}”."
            ),
        ),
    ] = ""
    quarantine: Annotated[
        bool,
        Meta(
            title=N_("Set aside what looks like spam"),
            description=N_("Otherwise it becomes a card like any other, and a remark says why it looks odd."),
        ),
    ] = True
    sender: Annotated[
        str,
        Meta(
            title=N_("Sender"),
            description=N_(
                "“Anybody” recognises each post by its headers and its shape; what nobody knows is read as plain "
                "HTML. Choose one, and everything is read as its posts."
            ),
            extra={"group": PROOF, "choices": SENDERS},
        ),
    ] = ANY
    secret: Annotated[
        Secret,
        Meta(
            title=N_("Secret"),
            description=N_(
                "What the sender signs with, or sends along. A post that is not proven by it is refused, and set aside "
                "for a day. With “Anybody”, what nobody signs is taken as before: choose the sender to let nothing "
                "else in. Empty: everything is taken."
            ),
            extra={"group": PROOF},
        ),
    ] = ""
    earlier_secret: Annotated[
        Secret,
        Meta(
            title=N_("Secret before that"),
            description=N_("Holds as well, until every sender has the new one."),
            extra={"group": PROOF},
        ),
    ] = ""

    catch_up: Annotated[
        str,
        Meta(
            title=N_("Ask the shop as well"),
            description=N_(
                "Every few minutes, and at the start: what changed meanwhile. WooCommerce sends nothing a second time, "
                "so an order that came while nobody listened is found by this alone."
            ),
            extra={"group": ASKED, "choices": SHOPS},
        ),
    ] = ""
    shop_address: Annotated[
        str,
        Meta(
            title=N_("Address of the shop"),
            description=N_("Such as https://shop.klarruta.example, or https://klarruta.myshopify.com."),
            extra={"group": ASKED},
        ),
    ] = ""
    shop_key: Annotated[
        Secret,
        Meta(
            title=N_("Key"),
            description=N_(
                "WooCommerce: the consumer key, which may read. Shopify: the Admin API access token."
            ),
            extra={"group": ASKED},
        ),
    ] = ""
    shop_secret: Annotated[
        Secret,
        Meta(title=N_("Secret of the key"), description=N_("WooCommerce: the consumer secret. Shopify has none."),
             extra={"group": ASKED}),
    ] = ""  # fmt: skip
    shop_version: Annotated[
        str,
        Meta(title=N_("Version of Shopify's API"), description=N_("Each is good for a year or so."),
             extra={"group": ASKED}),
    ] = "2026-07"  # fmt: skip

    def __post_init__(self) -> None:
        """Refuse what could never work."""
        self._check_shop()
        self._check_fields()
        self._check_map()
        self._check_sites()
        self._check_task_title()
        if self.sender not in SENDERS:
            known = ", ".join(SENDERS)
            words = _("There is no sender “%(name)s”; there are: %(known)s", name=self.sender, known=known)
            raise WrongSetting("sender", words)

    def told(self) -> FormSettings:
        """Give it with what nobody wrote otherwise said to whoever listens."""
        fields = self.fields
        if fields == USUAL_FIELDS:
            fields = tuple(structs.replace(each, label=_(each.label)) for each in fields)
        return structs.replace(
            self, fields=fields,
            title=_(self.title) if self.title == _USUAL.title else self.title, thanks=self.told_thanks(),
        )  # fmt: skip

    def told_thanks(self) -> str:
        """Give the words of thanks alone: every sender's answer may hold them."""
        return _(self.thanks) if self.thanks == _USUAL.thanks else self.thanks

    def _check_shop(self) -> None:
        if self.catch_up not in SHOPS:
            raise WrongSetting(
                "catch_up", _("There is no shop “%(name)s” that can be asked", name=self.catch_up)
            )
        if not _VERSION.fullmatch(self.shop_version):
            raise WrongSetting("shop_version", _("A version is written like 2026-07"))
        if not self.catch_up:
            return
        if not _SHOP.fullmatch(self.shop_address):
            words = _("Write the shop's address, beginning with https://: its key is sent there")
            raise WrongSetting("shop_address", words)
        if not (self.shop_key.isascii() and self.shop_key.isprintable() and self.shop_key):
            raise WrongSetting("shop_key", _("Without a key the shop gives nothing"))

    def _check_fields(self) -> None:
        names = [field.name for field in self.fields]
        for name in names:
            if names.count(name) > 1:
                raise WrongSetting("fields", _("Two fields are called “%(name)s”", name=name))

    def _check_map(self) -> None:
        for label, meaning in self.map.items():
            if meaning not in MEANINGS and not meaning.startswith(OWN):
                words = _("“%(label)s” cannot mean “%(meaning)s”", label=label, meaning=meaning)
                raise WrongSetting("map", words)

    def _check_sites(self) -> None:
        for origin in self.origins:
            if origin != "*" and not _ORIGIN.fullmatch(origin):
                raise WrongSetting("origins", _(
                    "An origin is scheme and host, such as https://klarruta.example, not “%(origin)s”", origin=origin
                ))  # fmt: skip
        if self.thanks_address and not _ADDRESS.fullmatch(self.thanks_address):
            words = _("Write the whole address of the page, beginning with https://")
            raise WrongSetting("thanks_address", words)

    def _check_task_title(self) -> None:
        try:
            parts = list(string.Formatter().parse(self.task_title))
        except ValueError as error:
            raise WrongSetting("task_title", str(error)) from None
        if any(width or conversion for _text, _name, width, conversion in parts):
            words = _("It takes {name} and its like as they are, without “:” or “!”")
            raise WrongSetting("task_title", words)
        used = {name for _text, name, _width, _conversion in parts if name is not None}
        if unknown := sorted(used - _PLACEHOLDERS):
            words = _("It knows {name} and its like, but not {%(unknown)s}", unknown=unknown[0])
            raise WrongSetting("task_title", words)


_USUAL = FormSettings()


def site_of(address: str) -> str:
    """Give the origin of an address, "" where there is none."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""
