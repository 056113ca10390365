"""What a crowd is called, where it works and what it says."""

from __future__ import annotations

FIRST = (
    "Anna", "Erik", "Karin", "Lars", "Maria", "Åsa", "Östen", "Örjan", "Ärla", "Göran", "Björn", "Märta", "Håkan",
    "Jörgen", "Kerstin", "Sofia", "Johan", "Elin", "Nils", "Maja", "Oskar", "Ebba", "Gunnar", "Birgitta", "Lennart",
    "Ulla", "Stig", "Vera", "Alva", "Hugo", "Liam", "Selma", "Amir", "Fatima", "Yusuf", "Leyla", "Aleksandra",
    "Piotr", "Zofia", "Mikko", "Päivi", "Jürgen", "Zoë", "Chloé", "José", "Łukasz", "Søren", "Bjørg", "Nguyễn", "Мария",
)  # fmt: skip
LAST = (
    "Andersson", "Johansson", "Karlsson", "Nilsson", "Eriksson", "Larsson", "Olsson", "Persson", "Svensson",
    "Gustafsson", "Lindberg", "Lindgren", "Lindström", "Lind", "Lindh", "Ekdahl", "Ekström", "Ek", "Berg", "Bergström",
    "Bergqvist", "Åberg", "Åkesson", "Åkerman", "Ångström", "Ärlebäck", "Älvgren", "Öberg", "Öhman", "Östlund",
    "Sandgren", "Sandberg", "Sundqvist", "Holm", "Holmgren", "Forsberg", "Forsling", "Hjelm", "Hellström", "Kron",
    "Nyström", "Wikström", "Wallin", "Zetterlund", "af Klint", "von Essen", "O'Brien", "Hosseini", "Al-Hassan",
    "Çelik", "Kowalski", "Nowak", "Virtanen", "Mäkinen", "Müller", "Großmann", "García", "Nguyen", "Smith", "Иванова",
)  # fmt: skip
PLACES = (
    "Ekbacken", "Kortedala", "Majorna", "Linné", "Örgryte", "Askim", "Hisingen", "Älvstranden", "Åby", "Mölndal",
    "Kungsbacka", "Lerum", "Alingsås", "Partille", "Torslanda", "Säve", "Onsala", "Särö", "Öckerö", "Frölunda",
)  # fmt: skip
FIRMS = ("Brf %s", "%s Bygg AB", "%s Fastigheter", "%s Måleri", "Café %s", "%s Vård", "%s skola", "Hotell %s")
MAILS = ("post.example", "mejl.example", "brev.example", "firma.example")
SUMMARIES = (
    "Two windows and a balcony door", "The pane is cracked", "When do you come to measure?", "Price for ten openings",
    "Thank you, that suits us well", "Vi behöver nya fönster i köket", "Altandörren går inte att stänga",
    "Kan ni ringa efter klockan fyra?", "Offert för källarfönster", "The handle came loose", "Draught in the bedroom",
    "Faktura 2041 är redan betald", "Montering nästa vecka", "Wrong colour on the frame", "Glaset är repat",
)  # fmt: skip
SENTENCES = (
    "We moved in during the spring and the old ones let in the cold.", "The house was built in 1962.",
    "It is on the third floor, there is a lift.", "Please ring in the morning.", "Vi är hemma på kvällarna.",
    "Huset är från tjugotalet och fönstren är original.", "Grannen var mycket nöjd med er.",
    "Can you send someone before Christmas?", "The measurements are 120 by 140.", "Jag bifogar bilder.",
    "There is a scaffold outside until the end of the month.", "Styrelsen beslutar på torsdag.",
)  # fmt: skip
DEEDS = ("First answer", "Call back", "Send the offer to", "Measure at", "Ask about colour", "Follow up with")
REMEMBERED = ("Rang, no answer", "Left a message", "Was reached, thinks about it", "Wants the offer by mail")
STAFF = (
    ("Elin Sandgren", "agent"), ("Johan Lindh", "agent"), ("Sofia Hjelm", "head"), ("Nils Åkerman", "agent"),
    ("Petra Öst", "agent"), ("Omar Haddad", "agent"),
)  # fmt: skip
