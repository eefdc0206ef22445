"""Calls to a newspaper's own channels: "Ikuti saluran WhatsApp kami", told from a journalist's advice on WhatsApp."""

from __future__ import annotations

import re

from wartacrawl.language.text import mentions

LONGEST = 400

_CHANNEL = (
    r"(?:google(?:\s{1,2}(?:news|play|discover))?|whats\s?app|telegram|(?:wa|wag|tele)\b|channel|saluran|kanal|instagram"
    r"|facebook|tik\s?tok|you\s?tube|twitter|threads|linked\s?in|newsletter|nawala|buletin|aplikasi|(?:app|play)\s?store"
    r"|media\s{1,2}sosial|medsos|grup|notifikasi|e-?mail|surel)"
)
_CALL = (
    r"(?:mau|ingin|yuk|ayo|mari|ikuti|follow|dapatkan|simak|cek|baca|gabung|bergabung(?:lah)?|klik|jangan|temukan|nantikan"
    r"|pantau|subscribe|langganan|berlangganan|download|unduh|update|untuk|kunjungi|join|saksikan|tonton|like|jadikan|sudah)"
)
_ANY_CHANNEL = re.compile(rf"\b{_CHANNEL}")  # of a line in lower case, as ignoring case costs more
_BEGINS_WITH_CALL = re.compile(rf"\A[^\w“\"'‘«]*+{_CALL}\b", re.IGNORECASE)
_HAS_CALL = re.compile(
    r"\b(?:klik|follow|ikuti|unduh|gabung|bergabung|subscribe|(?:ber)?langganan)\b|\bdi\s{1,2}sini\b", re.IGNORECASE
)
# Only the newspaper's own channels carry "berita lainnya": nobody else's are offered in these words.
_ITS_NEWS = re.compile(
    r"\b(?:berita|artikel|kabar)\b.{0,60}\b(?:lain(?:nya)?|terbaru|terkini|pilihan|menarik)\b.{0,60}\b"
    r"(?:google\s{1,2}news|(?:whats\s?app|telegram)\s{1,2}channel|(?:saluran|kanal|channel)\s{1,2}(?:whats\s?app|telegram))"
    r"(?P<rest>.*)",
    re.IGNORECASE,
)
_NEWS = re.compile(r"\b(?:berita|artikel|kabar)\b", re.IGNORECASE)
_SAID = re.compile(
    r"[,”\"’]\s{0,2}(?:demikian|begitu|kata|ujar|ucap|tutur|jelas|imbuh|tegas|ungkap|sebut|terang|papar|lanjut|tambah|tulis)\w{0,5}\b",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"\A\W{0,3}[“\"‘«].*[”\"’»]")
_NAME = re.compile(r"\W{0,3}[A-Z]")
_HANDLE = re.compile(r"(?<!\w)@\w")
_SENTENCE = re.compile(r"(?<=[.!?])\s+")
_FOLLOW_US = re.compile(
    r"(?:ikuti|follow|temukan|gabung(?:\s+dengan|\s+bersama)?)\s+(?:kami|us|sosial\s+media\s+kami|media\s+sosial\s+kami)"
    r"(?:\s+(?:di|on|lewat|melalui)(?:\s+\w+){0,3})?\s*[:!.]*",
    re.IGNORECASE,
)


class Promos:
    """Recognises calls to the channels of a newspaper.

    `house` are its names as a regular expression, `hints` lower-case parts of words of which every name has one.

    A line is a promo on evidence of two kinds: it calls ("Ikuti …", "Klik …"), and it says beside the channel whose it
    is: "Warta Ekonomi di Google News", "@wartaekonomi", a link to such a channel. Anybody may say "saluran WhatsApp
    kami", as in an interview: there the line must also offer news, be set apart, or be the last. Every sentence must be
    part of the call; words that somebody said are none.

    >>> promos = Promos("Warta Ekonomi")
    >>> promos.is_promo("Mau berita lain? Ikuti saluran WhatsApp kami.")
    True
    >>> promos.is_promo("Update aplikasi WhatsApp kita ke versi terbaru.")
    False
    >>> promos.is_promo("Untuk itu kami meluncurkan kanal pengaduan WhatsApp, ujar Kapolda.")
    False
    """

    def __init__(self, house: str, hints: tuple[str, ...] = ("",)) -> None:
        owner = rf"(?:kami|{house})\b"
        step = r"(?:\w{1,20}\W{1,3})"
        self._house = re.compile(house, re.IGNORECASE)
        self._hints = hints
        self._handle = re.compile(rf"[@/](?:{house})", re.IGNORECASE)
        self._owned = re.compile(
            rf"\b{_CHANNEL}\W{{1,3}}{step}{{0,2}}?{owner}"
            rf"|\b{owner}\W{{1,3}}{step}{{0,4}}?(?:di|lewat|melalui|via|on|pada)\W{{1,3}}{step}{{0,2}}?{_CHANNEL}",
            re.IGNORECASE,
        )

    def is_promo(
        self, line: str, *, leads_to_own: bool = False, leads_to_channel: bool = False, is_last: bool = False
    ) -> bool:
        """Return whether a line invites to the newspaper's own channels.

        `leads_to_own` says that it links to a channel whose address names the newspaper, `leads_to_channel` that the
        whole line is set apart (a link to a channel, or emphasis from end to end), `is_last` that a text ends with it.
        """
        if len(line) > LONGEST:
            return False
        if _FOLLOW_US.fullmatch(line):
            return True
        # Nearly all lines end here: neither an owner nor a link says whose channel it could be.
        names_owner = mentions(line, ("kami",)) or (
            mentions(line, self._hints) and self._house.search(line) is not None
        )
        if not (names_owner or leads_to_own or leads_to_channel) or _SAID.search(line) or _QUOTED.match(line):
            return False
        has_handle = self._handle.search(line) is not None
        if (_HANDLE.search(line) and not has_handle) or not _ANY_CHANNEL.search(line.lower()):
            return False
        owned = self._owned.search(line) is not None
        is_ours = bool(
            leads_to_channel
            or self._house.search(line)
            or _NEWS.search(line)
            or (is_last and _BEGINS_WITH_CALL.match(line))
        )
        if not ((owned and is_ours) or has_handle or leads_to_own):
            return leads_to_channel and self._offers_its_news(line)
        sentences = _SENTENCE.split(line)
        calls = (owned and has_handle) or any(map(self._calls, sentences))
        return calls and all(map(self._may_belong, sentences))

    def _offers_its_news(self, line: str) -> bool:
        found = _ITS_NEWS.search(line)
        # "saluran WhatsApp BNPB" is somebody else's.
        return found is not None and bool(_BEGINS_WITH_CALL.match(line)) and not _NAME.match(found["rest"])

    def _calls(self, sentence: str) -> bool:
        return bool(_BEGINS_WITH_CALL.match(sentence) or _HAS_CALL.search(sentence))

    def _may_belong(self, sentence: str) -> bool:
        return (
            sentence.endswith("?")
            or self._calls(sentence)
            or (self._owned.search(sentence) is not None and not self._house.match(sentence))
            or self._handle.search(sentence) is not None
        )
