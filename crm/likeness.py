"""How alike two contacts are, and what speaks for it.

Nobody is compared with everybody: each contact has keys (its company, pieces of its number, the beginning of its
name …), and only who shares one that is rare enough is looked at. A name alone is little, two different names
speak against a number that is merely similar.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

import msgspec
from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

from crm.contacts import MAIL, PHONE

ENOUGH = 0.5
ALIKE = 86.0  # of 100: names with a slip of the pen
OTHERWISE = 78.0  # of 100: names of two people
DIGITS = 8  # at the end of a number, beyond what stands for country and area
LONG = 5  # letters of a mailbox that says something
NAMESAKES = 3  # of one name: where more bear it, it says nothing alone
LONGEST = 500  # letters of what somebody says beside his name: who says more is looked at anyhow
EVERYBODYS = frozenset({"admin", "contact", "faktura", "hello", "invoice", "kontakt", "kundservice",
                        "office", "order", "sales", "service", "support"})  # fmt: skip

WEIGHTS = {
    "asked": 0.9, "mailbox": 0.85, "number": 0.8, "near-mail": 0.7, "name": 0.55, "near-number": 0.5,
    "near-name": 0.4, "mail-name": 0.4, "organisation": 0.35, "domain": 0.3,
}  # fmt: skip
ONLY_BESIDE_A_NAME = {"organisation", "domain"}
CONTRADICTED = {"near-number", "number", "mail-name", "organisation", "domain"}


class Traits(NamedTuple):
    """What is known of a contact that tells him from others. `maybe` are those that he may be by his request."""

    id: int
    name: str
    organisation_id: int | None
    handles: tuple[tuple[str, str], ...]
    maybe: tuple[int, ...] = ()


class Reason(msgspec.Struct, frozen=True):
    """One thing that speaks for it: what the one says and what the other says."""

    kind: str
    one: str = ""
    other: str = ""

    @property
    def key(self) -> str:
        """Tell it from another reason of the same two."""
        return f"{self.kind}:{'|'.join(sorted((self.one, self.other)))}"


class Key(NamedTuple):
    """Something that contacts may share, and by what they are compared then; "" needs no comparing."""

    key: str
    said: str = ""


def keys_of(traits: Traits) -> set[Key]:
    """Give what a contact is found by."""
    return set(_keys(traits))


def passing(key: Key, holders: Sequence[tuple[int, str]]) -> list[int]:
    """Give those of the holders of the same key, with what each says, who are worth a closer look."""
    if key.key[0] == "n":
        few = len(holders) <= NAMESAKES
        return [contact_id for contact_id, said in holders if few or _more_speaks(key.said, said)]
    if not key.said:
        return [contact_id for contact_id, said in holders if not said]
    said = [each for _, each in holders]
    if key.key[0] == "p":
        slips = process.extract(key.said, said, scorer=OSA.distance, score_cutoff=1, limit=None)
        return [holders[place][0] for _, _, place in slips]
    near = process.extract(key.said, said, scorer=fuzz.ratio, score_cutoff=ALIKE, limit=None)
    return [holders[place][0] for _, _, place in near]


def compare(one: Traits, other: Traits, rare: Collection[str]) -> list[Reason]:
    """Give what speaks for two being one. `rare` are the keys that they share with few others."""
    found = list(_reasons(one, other, rare))
    if not found:
        return found
    names = folded(one.name), folded(other.name)
    alike = any(reason.kind in {"name", "near-name"} for reason in found)
    asked = any(reason.kind == "asked" for reason in found)
    if all(names) and not alike and not asked and fuzz.ratio(*names) < OTHERWISE:
        found = [reason for reason in found if reason.kind not in CONTRADICTED]
    return [reason for reason in found if alike or reason.kind not in ONLY_BESIDE_A_NAME]


def score(reasons: Sequence[Reason]) -> float:
    """Give how sure it is, below 1: each reason takes its share of the doubt that the others leave."""
    doubt = 1.0
    for kind in {reason.kind for reason in reasons}:
        doubt *= 1 - WEIGHTS[kind]
    return round(1 - doubt, 3)


@lru_cache(maxsize=20_000)
def folded(name: str) -> str:
    """Give a name's words in order, without case and accents: "Ekdahl, Karin" is "Karin Ekdahl"."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    letters = "".join(each for each in plain if each.isalnum() or each.isspace() or each in "-,")
    return " ".join(sorted(letters.replace(",", " ").split()))


def _keys(traits: Traits) -> Iterator[Key]:
    name = folded(traits.name)
    words = traits.name.casefold().replace(",", " ").split()
    if name:
        yield Key(f"n:{name}", _beside_the_name(traits))
    if len(words) > 1:
        first, last = sorted((folded(words[0]), folded(words[-1])))
        yield Key(f"s:{first[:1]}|{last[:3]}", name)
        yield Key(f"s:{first[:3]}|{last[:1]}", name)
    if name and traits.organisation_id is not None:
        yield Key(f"o:{traits.organisation_id}", name)
    for kind, value in traits.handles:
        yield from _handle_keys(kind, value, name)
    for contact_id in (traits.id, *traits.maybe):
        yield Key(f"?:{contact_id}")


def _beside_the_name(traits: Traits) -> str:
    """Say what namesakes are told apart by; "" where it is too much to say."""
    ways = [value for kind, value in traits.handles if kind in {PHONE, MAIL}]
    said = "\n".join([str(traits.organisation_id or 0), *ways])
    return "" if traits.maybe or len(said) > LONGEST else said


def _more_speaks(one: str, other: str) -> bool:
    """Tell whether more than their name may speak for two, by what they say beside it; "" says that it may."""
    if not one or not other:
        return True
    (firm, *ways), (other_firm, *other_ways) = one.split("\n"), other.split("\n")
    if firm == other_firm != "0":
        return True
    return any(
        ("@" in way) == ("@" in another) and _near(MAIL if "@" in way else PHONE, way, another)
        for way in ways for another in other_ways
    )  # fmt: skip


def _handle_keys(kind: str, value: str, name: str) -> Iterator[Key]:
    """One wrong digit leaves two of three pieces of a number as they are."""
    if kind == PHONE and len(value) > DIGITS:
        end = value[-DIGITS:]
        for pieces in (end[:6], f"{end[:3]}--{end[6:]}", f"--{end[3:]}"):
            yield Key(f"p:{pieces}", end)
    if kind == MAIL:
        mailbox, _, domain = value.rpartition("@")
        if len(_box(mailbox)) >= LONG and mailbox not in EVERYBODYS:
            yield Key(f"m:{_box(mailbox)}")
        if name:
            yield Key(f"d:{domain}", name)


def _reasons(one: Traits, other: Traits, rare: Collection[str]) -> Iterator[Reason]:
    if other.id in one.maybe or one.id in other.maybe:
        yield Reason("asked")
    for kind, value in one.handles:
        for other_kind, other_value in other.handles:
            if kind == other_kind and (how := _near(kind, value, other_value)):
                yield Reason(how, value, other_value)
    name, other_name = folded(one.name), folded(other.name)
    if name and f"n:{name}" in rare and name == other_name:
        yield Reason("name", one.name, other.name)
    elif name and other_name and fuzz.ratio(name, other_name, score_cutoff=ALIKE):
        yield Reason("near-name", one.name, other.name)
    if one.organisation_id is not None and one.organisation_id == other.organisation_id:
        yield Reason("organisation", str(one.organisation_id))
    domains = {key[2:] for key in rare if key[0] == "d"}
    for domain in sorted(domains and domains & _domains(one) & _domains(other)):
        yield Reason("domain", domain)


def _domains(traits: Traits) -> set[str]:
    return {value.rpartition("@")[2] for kind, value in traits.handles if kind == MAIL}


def _near(kind: str, one: str, other: str) -> str:
    """Say how near two ways to be reached are, "" for not at all."""
    if kind == PHONE:
        if one[-DIGITS:] == other[-DIGITS:]:
            return "number"
        return "near-number" if OSA.distance(one, other, score_cutoff=1) <= 1 else ""
    if kind != MAIL:
        return ""
    (box, _, domain), (other_box, _, other_domain) = one.rpartition("@"), other.rpartition("@")
    if _box(box) != _box(other_box) or len(_box(box)) < LONG or box in EVERYBODYS:
        return ""
    if domain == other_domain:
        return "mailbox"
    return "near-mail" if OSA.distance(domain, other_domain, score_cutoff=2) <= 2 else "mail-name"  # noqa: PLR2004


def _box(mailbox: str) -> str:
    """Leave out what many providers leave out."""
    return mailbox.partition("+")[0].replace(".", "")
