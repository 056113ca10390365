"""How mail programs of many languages announce what they quote."""

from __future__ import annotations

import re


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


FROM = _words(
    "from från fra von de da od van lähettäjä от від kimden 发件人 差出人 feladó odesílatel expéditeur"
)
OTHERS = _words("""
    sent date to cc subject skickat datum till kopia ämne sendt dato til emne gesendet an betreff envoyé à objet
    enviado para asunto assunto inviato a oggetto wysłano do temat verzonden aan onderwerp lähetetty vastaanottaja
    aihe отправлено дата кому копия тема надіслано organization importance reply-to destinataire
""") | {"svar till"}
ORIGINAL = re.compile(
    r"[-_ ]{2,30}(original message|ursprungligt meddelande|originalmeddelande|ursprüngliche nachricht"
    r"|message d'origine|исходное сообщение|пересылаемое сообщение|forwarded message"
    r"|vidarebefordrat meddelande|oprindelig meddelelse|opprinnelig melding|mensaje original"
    r"|messaggio originale|alkuperäinen viesti)[-_ ]{2,30}",
    re.IGNORECASE,
)
MOBILE = re.compile(
    r"(sent|skickat|sendt|gesendet|envoyé|enviado|inviato|отправлено|wysłano|verzonden|lähetetty)"
    r" (from|från|fra|von|depuis|de|desde|dal|с|из|z|vanaf|mit|via)\b.{0,60}"  # noqa: RUF001
    r"|get outlook for (ios|android).{0,60}|hämta outlook för .{0,60}",
    re.IGNORECASE,
)
WROTE = re.compile(
    r"\b(wrote|skrev|schrieb|a écrit|escribió|escreveu|ha scritto|написал|написала|пишет|пише|napisał"
    r"|napisała|schreef|kirjoitti|yazdı|írta)\b",  # noqa: RUF001 - Turkish
    re.IGNORECASE,
)
ABSENT = re.compile(
    r"(automatic reply|auto(matic)?[- ]?reply|auto|automatiskt svar|autosvar|frånvarande|out of (the )?office"
    r"|automatische antwort|abwesenheitsnotiz|réponse automatique|respuesta automática|risposta automatica"
    r"|automatisch antwoord|automaattinen vastaus|автоответ|автоматический ответ) ?:",
    re.IGNORECASE,
)
STOP = frozenset({
    "unsubscribe", "avregistrera", "avsluta prenumeration", "avprenumerera", "abmelden", "abbestellen",
    "désabonnement", "désinscription", "cancelar suscripción", "отписаться", "отписка",
})  # fmt: skip
