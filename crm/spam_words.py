"""Words that spam is known by, in English and Swedish: a letter of ours that says them is told so."""

from __future__ import annotations

SPAM = (
    "100% free", "act now", "buy now", "cash bonus", "click here", "double your", "earn money", "free money",
    "guaranteed", "limited time", "make money", "no obligation", "risk free", "urgent", "winner", "you have won",
    "agera nu", "du har vunnit", "gratis pengar", "klicka här", "köp nu", "riskfritt", "tjäna pengar", "garanterat",
)  # fmt: skip
