"""What a timeline says of a letter: who wrote it, to whom, what was found out about him, and all that he wrote."""

from __future__ import annotations

import re

from crm.letters import Letter, People
from hub.languages import _, ngettext

NAMED = 3  # of those to whom it went
ADDRESS = re.compile(r"[^\s<>@\"'()]{1,64}@[^\s<>@\"'()]{1,255}")
CHECKS = {"spf": "SPF", "dkim": "DKIM", "dmarc": "DMARC"}


def wrote(letter: Letter) -> str:
    """Give who wrote it, always with the address: a name proves nothing."""
    return _written({"name": letter.sender_name, "address": letter.sender}) if letter.sender else ""


def pretends(letter: Letter) -> bool:
    """Tell whether the sender's name is another address than his."""
    named = ADDRESS.search(letter.sender_name)
    return named is not None and named[0].strip(".,;:").lower() != letter.sender.lower()


def gets(letter: Letter) -> str:
    """Give to whom it went."""
    everybody: People = [*letter.to, *letter.cc]
    named = ", ".join(each["address"] for each in everybody[:NAMED])
    more = len(everybody) - NAMED
    if not named:
        return _("to nobody by name")
    if more > 0:
        return ngettext("to %(names)s and %(num)s more", "to %(names)s and %(num)s more", more, names=named)
    return _("to %(names)s", names=named)


def checked(letter: Letter) -> str:
    """Give what our server found out about the sender, as it says it; "" where it says nothing."""
    found = [
        f"{words} {letter.verdicts[name]}" for name, words in CHECKS.items() if letter.verdicts.get(name)
    ]
    return _("The mail server says: %(checks)s.", checks=", ".join(found)) if found else ""


def whole(letter: Letter, shown: str) -> str:
    """Give all that was written, where that is more than what is shown."""
    return "" if letter.text.strip() == shown.strip() else letter.text.strip()


def _written(who: dict[str, str]) -> str:
    return f"{who['name']} <{who['address']}>" if who["name"] else who["address"]
