"""Indonesian text: white space, labels of related links, lines that are not text.

Everything here works on plain strings and knows the habits of Indonesian portals in general; what only one newspaper
does (its own name, its own slogans) is handed in by the caller.
"""

from __future__ import annotations

import html
import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

# Soft hyphens, zero-width characters, byte order marks, direction marks, variation selectors of text style: a reader
# sees none of them, a search stumbles over each.
_UNSEEN = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f"
    "\u202a-\u202e\u2060-\u206f\ufe0e\ufeff\ufff9-\ufffc\ufffe\uffff"
)
# A joiner between two pictures makes one emoji of them.
_PICTURE = "\u2190-\u2bff\ufe0f\U0001f000-\U0001faff"
_CONTROLS = "\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff"
_INVISIBLE = re.compile(f"(?!(?<=[{_PICTURE}])\u200d(?=[{_PICTURE}]))[{_UNSEEN}]")
_CONTROL = re.compile(f"[{_CONTROLS}]")
_ODD = re.compile(f"[{_UNSEEN}{_CONTROLS}]")
_WORD = re.compile(r"[^\W_]")
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")


def visible(text: str) -> str:
    """Return a text without the characters that no reader sees."""
    return _INVISIBLE.sub("", text) if _ODD.search(text) else text


def clean(text: str) -> str:
    r"""Return a text as one line a reader would see: NFC, no invisible characters, white space folded.

    >>> clean("Pemerin\u00adtah\u00a0menaikkan \n tarif\u200b")
    'Pemerintah menaikkan tarif'
    """
    line = " ".join(text.split())
    if line.isascii():
        return line if line.isprintable() else " ".join(_CONTROL.sub("", line).split())
    if _ODD.search(line) is None and unicodedata.is_normalized("NFC", line):
        return line
    return " ".join(_CONTROL.sub("", unicodedata.normalize("NFC", visible(line))).split())


def unescape(text: str) -> str:
    """Return a text without HTML entities, also where they were written twice.

    What has no semicolon stays as it is written: in "?id=7&reg=2026" there is no entity.

    >>> unescape("Laba &amp;amp; rugi"), unescape("AT&T"), unescape("?id=7&reg=2")
    ('Laba & rugi', 'AT&T', '?id=7&reg=2')
    """
    for _ in range(2):
        if "&" not in text:
            break
        text = _ENTITY.sub(_character, text)
    return text


def _character(found: re.Match[str]) -> str:
    return html.unescape(found[0])


def mentions(line: str, words: tuple[str, ...]) -> bool:
    """Return whether a line has one of some lower-case words or parts of words, whatever its case.

    A quick look before an expression, which takes ten times as long where it ignores case.

    >>> mentions("Simak JUGA", ("baca", "simak")), mentions("Harga naik", ("baca", "simak"))
    (True, False)
    """
    lowered = line.lower()
    for word in words:  # noqa: SIM110 - asked of every line: a generator costs as much as the rest
        if word in lowered:
            return True
    return False


def has_colon(line: str) -> bool:
    """Return whether a line has a colon of any width, without which no label is one."""
    return ":" in line or "：" in line


# What a sentence ends with, and what a new one may follow, too.
SENTENCE_ENDS = tuple('.!?…”"’»')
PAUSES = (*SENTENCE_ENDS, *":;')")
_SHORTEST_SENTENCE = 40


def is_prose(line: str) -> bool:
    """Return whether a line is long enough for a sentence of a text, and ends as one.

    >>> is_prose("Petani menjual hasil panennya kepada koperasi."), is_prose("Selesai."), is_prose("Baca Juga")
    (True, False, False)
    """
    return len(line) >= _SHORTEST_SENTENCE and line.rstrip().endswith(SENTENCE_ENDS)


def word_count(text: str | None) -> int:
    """Return how many words a text has: runs without blanks that hold a letter or a digit.

    >>> word_count("- Rp5.000 | naik 3,2 persen")
    4
    """
    words = (text or "").split()
    odd = [word for word in words if not word[0].isalnum()]
    return len(words) - sum(1 for word in odd if _WORD.search(word) is None)


@lru_cache(maxsize=256)  # a page states its headline half a dozen times
def comparison_key(text: str) -> str:
    """Return letters and digits alone, case folded: what two spellings of one sentence share.

    >>> comparison_key("“Harga TBS” naik!") == comparison_key('"harga tbs" Naik')
    True
    """
    return "".join(re.findall(r"[^\W_]+", text.casefold()))


# -- lines that are no text -------------------------------------------------------------------------------------------

_WITH = r"(?:\s+(?:artikel|berita|ini|lainnya|terkait|menarik|video|foto|infografis|galeri|yang\s+lain|selengkapnya))*+"
_POINT = r"(?:[\s:：»›>→➤➔►▶|]|[-–—](?=\s|$))*+"
_ALSO = rf"(?:baca|lihat|simak|tonton)\s+(?:juga|pula){_WITH}"
# Where a label ends: also before a headline that no blank parts from it, as in two spans of one link.
_END = r"(?:\b|(?-i:(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])))"
_BOX = (
    r"(?:berita|artikel|topik)\s+(?:terkait|lainnya|pilihan|rekomendasi)|rekomendasi(?:\s+(?:berita|untuk\s+anda))?"
    r"|terkait"
)
_ALSO_LABEL = re.compile(rf"(?:[(\[]\s{{0,4}})?{_ALSO}{_END}(?P<point>{_POINT})", re.IGNORECASE)
_BOX_LABEL = re.compile(rf"(?:{_ALSO}|{_BOX})\b{_POINT}", re.IGNORECASE)
_READ_LABEL = re.compile(r"\A\s*+(?:[(\[]\s{0,4})?(?:baca|simak|lihat)(?P<point>\s{0,4}[:：]\s{0,4})", re.IGNORECASE)
_STRONG_POINT = re.compile(r"[:：»›>→➤➔►▶|]")


class Label(NamedTuple):
    """A label of related links in a line: where it stands, and whether a colon or arrow points at what follows.

    `is_also` is false for "Baca:" or "Lihat:" alone, which may as well send a reader to a table below.
    """

    start: int
    end: int
    points: bool
    is_also: bool = True


def may_relate(line: str) -> bool:
    """Return whether a line has a word without which it cannot have a label such as "Baca Juga"."""
    return mentions(line, ("baca", "simak", "lihat", "tonton"))


def related_labels(line: str) -> Iterator[Label]:
    """Yield every place where a line says "Baca Juga" or the like; only some are labels, others a journalist's words.

    >>> [label.points for label in related_labels("Baca Juga: Rupiah naik. Jangan lupa baca juga pengantarnya.")]
    [True]
    """
    if not may_relate(line):
        return
    for found in _ALSO_LABEL.finditer(line):
        before = line[: found.start()].rstrip()
        if before and before[-1].isalnum() and not found["point"].strip():
            continue  # in the middle of a sentence
        yield Label(found.start(), found.end(), bool(_STRONG_POINT.search(found["point"])))
    found_ = _READ_LABEL.match(line)
    if found_ is not None:
        yield Label(0, found_.end(), points=True, is_also=False)


def is_related_label(line: str) -> bool:
    """Return whether a line is nothing but a label of related links.

    >>> is_related_label("Baca Juga:"), is_related_label("BERITA TERKAIT"), is_related_label("Baca juga buku itu")
    (True, True, False)
    """
    return bool(_BOX_LABEL.fullmatch(line))


def is_also_label(line: str) -> bool:
    """Return whether a label says "Baca Juga" or the like, and not "Berita Terkait".

    >>> is_also_label("Simak juga:"), is_also_label("Berita Terkait")
    (True, False)
    """
    return bool(_ALSO_LABEL.fullmatch(line))


# Words that labels of other articles are made of ("Pilihan Editor", "Jangan Lewatkan"): a hint, no proof.
_OFFERS = re.compile(
    r"\b(?:baca|simak|lihat|tonton|cek|juga|pula|artikel|berita|kabar|pilihan|rekomendasi|terkait|selanjutnya|berikutnya"
    r"|lainnya|lain|lewatkan|editor|redaksi|terpopuler|populer|selengkapnya|terbaru|menarik|untuk\s{1,4}anda)\b",
    re.IGNORECASE,
)
_LONGEST_OFFER = 40
_MOST_OFFER_WORDS = 5


def offers(line: str) -> bool:
    """Return whether a line may be the label of a link to another article; where none follows, it is text.

    >>> offers("Pilihan Editor:"), offers("Jangan Lewatkan"), offers("Harga naik lagi."), offers("Sumber:")
    (True, True, False, False)
    """
    return (
        0 < len(line) <= _LONGEST_OFFER
        and line[-1] not in ".!?,;"
        and len(line.split()) <= _MOST_OFFER_WORDS
        and _OFFERS.search(line) is not None
    )


_LONGEST_PAGER = 120
# A pager is a row of these with nothing but marks between them. Longer ones first: what is taken is never given back,
# so that a row of numbers costs one look at each.
_PAGER_STEP = (
    r"(?:baca\s{1,4})?(?:halaman|hal\.?|page)\s{0,4}(?:berikut(?:nya)?|selanjut(?:nya)?|sebelum(?:nya)?"
    r"|[0-9]{1,3}(?![0-9])(?:\s{0,4}(?:dari|/|of)\s{0,4}[0-9]{1,3}(?![0-9]))?)?"
    r"|(?:berikut|selanjut|sebelum)nya|next(?:\s{1,4}page)?|prev(?:ious)?|first|last|awal|akhir"
    r"|(?:tampilkan|lihat|baca)\s{1,4}(?:semua|seluruh(?:nya)?|selengkapnya|satu\s{1,4}halaman)(?:\s{1,4}halaman)?"
    r"|semua(?:\s{1,4}halaman)?|show\s{1,4}all|selengkapnya|lanjut(?:kan\s{1,4}membaca)?|[0-9]{1,2}(?![0-9])"
)
_MARKS = r"[\s|«»‹›<>→←.,:/()\[\]\-–—…]"
_PAGER = re.compile(rf"\A{_MARKS}*+(?:(?:{_PAGER_STEP})(?!\w){_MARKS}*+)++", re.IGNORECASE)
_PAGER_LABEL = re.compile(
    r"(?:baca\s+)?(?:di\s+)?halaman\s+(?:berikutnya|selanjutnya|sebelumnya|\d{1,3})\s*[:：»›>→]",
    re.IGNORECASE,
)
_SHARE = re.compile(
    r"(?:bagikan|share|sebarkan|salin\s+(?:link|tautan|url)|copy\s+link|link\s+(?:ter)?salin)"
    r"(?:[\s:,|•·/&-]*+(?:ke|di|to|on|this|berita|tulisan|halaman|via|facebook|twitter|x|whatsapp|wa|telegram|linkedin"
    r"|line|email|surel|pinterest|threads|instagram|salin|copy|link|tautan|url|artikel|ini|dan|teman(?:\s+anda)?"
    r"|media\s+sosial)(?!\w))*+[\s:.!]*+",
    re.IGNORECASE,
)
_PLATFORMS = re.compile(
    r"\A(?:[\s:,|•·/&-]*+(?:facebook|fb|twitter|tweet|x|whats\s?app|wa|telegram|line|linked\s?in|e-?mail|surel|pinterest|threads"
    r"|instagram|tiktok|youtube|salin|copy|link|tautan|url|print|cetak))++[\s:.!]*+",
    re.IGNORECASE,
)
_ADVERT = re.compile(
    r"\A[\s\-–—=*.\[\]()]*+(?:advertisements?|iklan|advertorial|adv|sponsored(?:\s+content)?|pariwara|promoted(?:\s+content)?"
    r"|sponsor|ads?\s+by\s+\w+|space\s+iklan|video\s+iklan)[\s\-–—=*.\[\]():]*+"
    r"|(?:scroll|gulir|geser)(?:\s+ke\s+bawah)?\s+(?:to|untuk)\s+(?:continue|resume|terus|lanjut\w{0,6}|melanjut\w{0,6}|membaca|baca)"
    r"\b.{0,40}"
    r"|(?:lanjut(?:kan)?\s+(?:membaca|scroll)|continue\s+reading)(?:\s+(?:artikel|berita|di\s+bawah|setelah\s+iklan|below)\b.{0,30})?"
    r"[\s.…:»›→↓]*+"
    r"|konten\s+(?:di\s+bawah\s+ini|berikut)\s+(?:disajikan|adalah\s+iklan)\b.{0,160}",
    re.IGNORECASE,
)
_TAGS = re.compile(r"(?:tags?|topik|label|kata\s+kunci)(?:\s+(?:terkait|berita|artikel))?\s*[:：]?", re.IGNORECASE)


def is_pager(line: str) -> bool:
    """Return whether a line only leads to other pages.

    >>> is_pager("Halaman: 1 2 3 Selanjutnya »"), is_pager("Halaman berikutnya buku itu kosong.")
    (True, False)
    """
    return len(line) <= _LONGEST_PAGER and _PAGER.fullmatch(line) is not None


def is_pager_label(line: str) -> bool:
    """Return whether a line begins with the label of the next page.

    >>> is_pager_label("Halaman Selanjutnya: Siapa yang Membiayai")
    True
    """
    return bool(_PAGER_LABEL.match(line))


def is_share(line: str) -> bool:
    """Return whether a line only offers to share.

    >>> is_share("Bagikan Artikel: Facebook | WhatsApp"), is_share("Bagikan ulasanmu kepada kami")
    (True, False)
    """
    return bool(_SHARE.fullmatch(line))


def is_platforms(line: str) -> bool:
    """Return whether a line is nothing but names of platforms, as on a row of buttons.

    >>> is_platforms("Facebook | X | WhatsApp"), is_platforms("WhatsApp diblokir")
    (True, False)
    """
    return bool(_PLATFORMS.fullmatch(line))


_COMMENTS = re.compile(
    r"(?:[0-9]{1,5}\s{1,4})?(?:komentar|comments?)(?:\s{0,4}[(\[]\s{0,4}[0-9]{1,5}\s{0,4}[)\]])?\s{0,4}:?",
    re.IGNORECASE,
)


def heads_comments(line: str) -> bool:
    """Return whether a line is the heading of what readers wrote.

    >>> heads_comments("Komentar (12)"), heads_comments("Komentar menteri itu menuai protes.")
    (True, False)
    """
    return len(line) <= _LONGEST_OFFER and _COMMENTS.fullmatch(line) is not None


_COUNTER = re.compile(
    r"(?=.{0,40}\b(?:baca|dibaca|dilihat|read|views?|hits?|shares?|komentar|comments?|pembaca)\b)"
    r"(?:(?:dibaca|dilihat|waktu\s+baca|read(?:\s+time)?|views?|hits?|shares?|komentar|comments?)\s{0,4}:?\s{0,4})?"
    r"[0-9][0-9.,]{0,9}\s{0,4}(?:(?:rb|ribu|k|jt|juta)\s{0,4})?(?:x|kali|orang|menit|min(?:ute)?s?)?"
    r"(?:\s{0,4}(?:waktu\s+)?(?:baca|membaca|dibaca|dilihat|read|views?|hits?|shares?|komentar|comments?|pembaca))?",
    re.IGNORECASE,
)
_TWO_LETTERS = re.compile(r"[^\W_][^\W_]|[0-9]")


def is_gadget(line: str) -> bool:
    """Return whether a line at the edge of a text is what a program shows there: a counter, or buttons of one letter.

    >>> is_gadget("3 menit baca"), is_gadget("Dilihat 1.204 kali"), is_gadget("A- A+"), is_gadget("3 menit")
    (True, True, True, False)
    """
    return len(line) <= _LONGEST_OFFER and (_COUNTER.fullmatch(line) is not None or _TWO_LETTERS.search(line) is None)


def is_advert(line: str) -> bool:
    """Return whether a line only labels an advertisement.

    >>> is_advert("- ADVERTISEMENT -"), is_advert("Iklan rokok dilarang.")
    (True, False)
    """
    return bool(_ADVERT.fullmatch(line))


_PLAYER = re.compile(
    r"(?P<label>(?:simak|lihat|tonton|saksikan)\s{1,4}(?:juga\s{1,4})?video\b[^.\[]{0,160})?(?P<place>\[\s{0,4}gambas\s{0,4}:[^\]]{1,60}\])?",
    re.IGNORECASE,
)


def is_player_label(line: str) -> bool:
    """Return whether a line may head a player, as "Simak Video …"; where none follows, it is text.

    >>> is_player_label("Simak Video 'Panen Raya'"), is_player_label("Simak Video itu.")
    (True, False)
    """
    found = _PLAYER.fullmatch(line)
    return found is not None and bool(found["label"]) and not found["place"]


def is_player_place(line: str) -> bool:
    """Return whether a line is what a server should have put a player in place of: "[Gambas:Video]".

    >>> is_player_place("[Gambas:Video 20detik]")
    True
    """
    found = _PLAYER.fullmatch(line)
    return found is not None and found["place"] is not None


def is_tag_label(line: str) -> bool:
    """Return whether a line is nothing but the label of a tag list."""
    return bool(_TAGS.fullmatch(line))


# -- places -----------------------------------------------------------------------------------------------------------

_DAY = r"(?:senin|selasa|rabu|kamis|jum.?at|sabtu|minggu|ahad)"
_TOWN = r"[^\W\d_](?:[^\W\d_]|['’.()/ -](?=[^\W\d_(])|[.)](?=[\s,:\u2012–—\u2015-])){1,48}"
_PROVINCE = rf"(?:,\s{{1,2}}(?!{_DAY}\b)(?-i:[A-Z])[^\W\d_]{{1,24}}(?: (?-i:[A-Z])[^\W\d_]{{1,24}}){{0,2}}(?=\s))?"
_PLACE = rf"(?P<place>{_TOWN}{_PROVINCE})"
_CAPITAL_PLACE = r"(?P<place>(?-i:[A-Z])[^\W\d_]{1,24}(?:[ -](?-i:[A-Z])[^\W\d_]{1,24}){0,2})"
_DASH = r"\u2012–—\u2015−"
_GAP = rf"\s{{0,4}},?\s{{0,4}}(?:[{_DASH}]|(?<=[\s,)])-|-(?=[\s“\"‘]|$)){{1,4}}\s{{0,4}}+"
_DAY_BEHIND = r"(?:\s{0,4},\s{0,4}[\w ./]{4,24})?(?:\s{0,4}\([\w ,./-]{3,24}\))?"
_LONGEST_DATELINE = 160


class Datelines:
    """Finds the dateline at the head of a text; `house` are the newspaper's names as a regular expression.

    >>> Datelines("Warta Ekonomi|WE Online").part("Warta Ekonomi, Bandung Barat — Harga bunga turun.")
    ('Bandung Barat', 'Harga bunga turun.')
    >>> Datelines("Warta Ekonomi").part("Warta Ekonomi, Jakarta-Surabaya ditempuh kereta.") is None
    True
    """

    def __init__(self, house: str) -> None:
        self._patterns = tuple(
            re.compile(rf"\A{pattern}", re.IGNORECASE)
            for pattern in (
                rf"[(\[]?(?:{house})(?:\s{{0,4}}[,./|]\s{{0,4}}|\s{{1,4}}){_PLACE}[)\]]?{_DAY_BEHIND}{_GAP}",
                rf"(?:{house})\s{{0,4}}[{_DASH}-]{{1,2}}\s{{1,4}}{_CAPITAL_PLACE}{_DAY_BEHIND}{_GAP}",
                rf"(?:{house})\s{{0,4}}[,/]\s{{0,4}}{_CAPITAL_PLACE}{_DAY_BEHIND}\s{{0,4}}:\s{{1,4}}",
                rf"{_PLACE}\s{{0,4}},\s{{0,4}}(?:{house}){_GAP}",
                rf"{_PLACE}\s{{0,4}}\((?:{house})\){_GAP}",
                rf"(?:{house})(?P<place>){_GAP}(?-i:(?=[^a-z]|$))",
                # A day in brackets and a dash leave no doubt, without the house's name, too.
                rf"{_CAPITAL_PLACE}\s{{0,4}}\([0-9]{{1,2}}[/.-][0-9]{{1,2}}(?:[/.-][0-9]{{2,4}})?\){_GAP}",
            )
        )
        self._alone = re.compile(rf"\A(?:{house})\s{{0,4}},\s{{0,4}}{_PLACE}\s{{0,4}}", re.IGNORECASE)

    def part(self, text: str) -> tuple[str | None, str] | None:
        """Return the place (`None` where only the house is named) and the rest of a first paragraph.

        The rest is empty when the dateline stands alone; the result is `None` for a text without dateline.
        """
        head = text[:_LONGEST_DATELINE]
        for pattern in self._patterns:
            found = pattern.match(head)
            if found is not None:
                return found["place"].strip() or None, text[found.end() :]
        alone = self._alone.fullmatch(text) if len(text) < 60 else None
        return (alone["place"].strip(), "") if alone is not None else None
