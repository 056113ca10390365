"""Mail addresses as identities: what a person typed or a letter's header says becomes one stored spelling.

The stored value is the whole address in small letters. RFC 5321 lets a server tell Anna@ from anna@, but
none that matters does, and people type both. A tag (anna+windows@) stays: to some servers it is a mailbox of
its own. Nothing here raises or asks the network, and only the beginning of a text is looked at.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING
from urllib.parse import unquote

import email_validator
import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator

# A company's own network may well be called .local, and .test is what trials and demonstrations use.
email_validator.SPECIAL_USE_DOMAIN_NAMES[:] = [
    name for name in email_validator.SPECIAL_USE_DOMAIN_NAMES if name not in {"local", "test"}
]

ABOUT = "about"  # in the info of a table: in which column stands the address, or number, that a row is about
LONGEST_TEXT = 500
MOST_ATTEMPTS = 8
"""Pieces of one text that are tried as an address."""

_ALONE = re.compile(
    r"(?P<name>[^<>:;\\\x00-\x1f]*)<(?P<boxed>[^<>]*)>|mailto:(?P<link>[^?]*)|(?P<bare>[^<>]*)", re.IGNORECASE
)
_BRACKETED = re.compile(r"<([^<>]*@[^<>]*)>")
_TOKEN = re.compile(r"""[^\s<>,;:/()\[\]"]+@[^\s<>,;:/()\[\]"]+""")
_AROUND_AT = re.compile(r"\s*@\s*")
_MAILTO = re.compile(r"\s*mailto:([^?]*)", re.IGNORECASE)
_BEFORE = " \t\r\n'([{"
_AFTER = " \t\r\n.,;:!?'\")]}"

_FAMILIES = """
aol gmx googlemail hotmail icloud live msn outlook proton protonmail rocketmail yahoo yandex ymail
"""
_DOMAINS = """
gmail.com me.com mac.com passport.com pm.me fastmail.com fastmail.fm hey.com hushmail.com zoho.com
mail.com email.com usa.com tutanota.com tutanota.de tuta.io tuta.com mailbox.org posteo.de posteo.net
runbox.com mail.ru bk.ru inbox.ru list.ru internet.ru xmail.ru ya.ru rambler.ru lenta.ru ro.ru
autorambler.ru myrambler.ru narod.ru ukr.net i.ua meta.ua bigmir.net tut.by mail.kz telia.com comhem.se
tele2.se bredband.net bredband2.com spray.se swipnet.se home.se passagen.se glocalnet.net ownit.nu
bahnhof.se online.no broadpark.no start.no getmail.no mail.dk jubii.dk ofir.dk stofanet.dk kolumbus.fi
elisanet.fi luukku.com suomi24.fi pp.inet.fi saunalahti.fi hot.ee mail.ee inbox.lv inbox.lt web.de
t-online.de freenet.de arcor.de online.de bluewin.ch hispeed.ch sunrise.ch chello.at aon.at a1.net
orange.fr wanadoo.fr free.fr laposte.net sfr.fr neuf.fr bbox.fr skynet.be telenet.be proximus.be ziggo.nl
kpnmail.nl planet.nl xs4all.nl hetnet.nl home.nl libero.it virgilio.it tiscali.it alice.it tin.it
telefonica.net terra.es sapo.pt wp.pl o2.pl onet.pl interia.pl op.pl poczta.fm seznam.cz email.cz
centrum.cz centrum.sk azet.sk freemail.hu citromail.hu abv.bg mail.bg btinternet.com btopenworld.com
sky.com virginmedia.com ntlworld.com talktalk.net blueyonder.co.uk eircom.net comcast.net verizon.net
att.net sbcglobal.net bellsouth.net cox.net charter.net earthlink.net juno.com shaw.ca rogers.com
sympatico.ca bigpond.com optusnet.com.au xtra.co.nz uol.com.br bol.com.br terra.com.br ig.com.br
prodigy.net.mx qq.com 163.com 126.com sina.com foxmail.com naver.com daum.net hanmail.net rediffmail.com
"""
_SHARED_FAMILIES = frozenset(_FAMILIES.split())
"""Names under which a provider has an address in many countries: live.se, yahoo.co.uk, yandex.kz."""
_SHARED_DOMAINS = frozenset(_DOMAINS.split())


class Address(msgspec.Struct, frozen=True):
    """A mail address as it was understood: the stored `handle`, the `name` beside it or "", the text."""

    handle: str
    name: str
    written: str


def read(text: str) -> Address | None:
    """Read the first mail address in a text: bare, in a sentence, "Anna <anna@berg.se>" or a mailto: link."""
    plain = _plain(text)
    if "@" not in plain and not _MAILTO.match(plain):
        return None
    for attempt, (written, name) in enumerate(_pieces(plain)):
        if attempt == MOST_ATTEMPTS:
            break
        if value := _value(written):
            return Address(value, name, written)
    return None


def alone(text: str) -> Address | None:
    """Read a text that is one address and nothing else: bare, mailto:, <anna@berg.se> or Anna <anna@berg.se>.

    What is left over may be the half of a mistyped address, of which the other half is somebody else's.
    """
    found = _ALONE.fullmatch(_visible(text).strip()) if len(text) <= LONGEST_TEXT else None
    if found is None:
        return None
    link, name = found["link"], (found["name"] or "").strip(" \"',")
    written = unquote(link) if link is not None else (found["boxed"] or found["bare"] or "").strip()
    value = _value(written)
    if not value or ("@" in name and _value(name) != value):
        return None
    return Address(value, "" if "@" in name else name, written)


def domain(handle: str) -> str:
    """Give what stands behind the @ of a handle; "" if there is none."""
    return handle.rpartition("@")[2] if "@" in handle else ""


def is_shared_domain(domain: str) -> bool:
    """Tell whether a domain belongs to a mail provider, so that two people in it need not be colleagues."""
    name = domain.lower().rstrip(".")
    family, _, country = name.partition(".")
    # "yahoo.co.uk" is the provider, "live.example.com" is somebody's.
    of_family = family in _SHARED_FAMILIES and all(len(part) <= len("com") for part in country.split("."))
    return name in _SHARED_DOMAINS or of_family


def _plain(text: str) -> str:
    """Cut a text at a space, and drop marks that nobody sees and spaces around the @."""
    short = text[:LONGEST_TEXT]
    if len(text) > LONGEST_TEXT:
        # An address that was cut in the middle would be somebody else's.
        short = short.rpartition(" ")[0]
    return _AROUND_AT.sub("@", _visible(short))


def _visible(text: str) -> str:
    if text.isascii():
        return text
    folded = unicodedata.normalize("NFKC", text)
    return "".join(character for character in folded if unicodedata.category(character) != "Cf")


def _pieces(plain: str) -> Iterator[tuple[str, str]]:
    """Give what may be the address, with the name beside it, the likeliest first."""
    for bracketed in _BRACKETED.finditer(plain):
        name = plain[: bracketed.start()].strip(" \t\r\n\"',;")
        yield _trimmed(bracketed[1]), "" if "@" in name else name
    yield _trimmed(plain), ""
    yield _trimmed(plain).lstrip('"'), ""
    for token in _TOKEN.finditer(plain):
        yield _trimmed(token[0]), ""


def _trimmed(piece: str) -> str:
    """Take off the link's wrapping and the punctuation of the sentence around it."""
    link = _MAILTO.match(piece)
    return (unquote(link[1]) if link else piece).lstrip(_BEFORE).rstrip(_AFTER)


def _value(written: str) -> str:
    """Give the stored value, "" for what is no address."""
    try:
        checked = email_validator.validate_email(
            written, check_deliverability=False, allow_quoted_local=True, allow_smtputf8=True
        )
    except email_validator.EmailNotValidError:
        return ""
    return unicodedata.normalize("NFC", checked.normalized.lower())
