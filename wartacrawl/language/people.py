"""People named in bylines: "Penulis: Andi Tenri | Editor: Dwi Larasati (agr/ree)"."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal, NamedTuple

from wartacrawl.language.text import clean, has_colon, mentions

Role = Literal["author", "editor", "other"]
_ROLES: dict[str, Role] = {
    **dict.fromkeys(
        (
            *("penulis", "reporter", "pewarta", "wartawan", "kontributor", "jurnalis", "oleh", "author", "writer"),
            *("koresponden", "laporan", "peliput", "penyusun", "teks", "by", "ditulis oleh", "rep"),
        ),
        "author",
    ),
    **dict.fromkeys(("editor", "redaktur", "penyunting", "redaktur pelaksana", "disunting oleh", "red"), "editor"),
    # They worked on the page, but neither wrote nor edited the article.
    **dict.fromkeys(
        (
            *("penerjemah", "alih bahasa", "translator", "videografer", "kameramen", "juru kamera", "fotografer"),
            *("ilustrator", "desainer grafis", "produser", "narator", "pengunggah"),
        ),
        "other",
    ),
}
_FIRST_WORDS = tuple(sorted({role.split()[-1] for role in _ROLES}))
_EVERYDAY = ("oleh", "by", "teks", "laporan", "penyusun", "ditulis oleh", "disunting oleh")
# Below a name, as "Rina Uji / Jurnalis", or in a cell beside it.
_ALONE = frozenset(_ROLES).difference(("teks", "laporan", "penyusun"))
# Before a name in the same line, without a colon, as "Penulis Rina Uji".
_BEFORE_NAME = frozenset(_ROLES).difference(_EVERYDAY)
_ROLE_WORDS = "|".join(sorted((re.escape(word).replace(r"\ ", r"\s+") for word in _ROLES), key=len, reverse=True))
# Spans side by side leave no blank between a name and the next label: "Halimah NasutionEditor: …".
_ROLE = re.compile(
    rf"(?:(?<![\w-])|(?-i:(?<=[a-z])(?=[A-Z])))(?P<role>{_ROLE_WORDS})(?:\s*/\s*(?:{_ROLE_WORDS}))?"
    r"\s{0,4}(?:\|\s{0,4})?[:：]\s{0,4}",
    re.IGNORECASE,
)
# A label and a name in two cells of a table, whose rows are read with a bar between cells.
_IN_CELLS = re.compile(rf"({_ROLE_WORDS})\s\|\s", re.IGNORECASE)
_BY = re.compile(r"\W{0,4}(?:(?:ditulis|laporan)\s)?(?:oleh|by)\s{1,4}(?=[^\W\d_])", re.IGNORECASE)
# A label that is not known still ends the names before it: "Penulis: Rina Uji | Grafis: Joko Uji".
_LABEL = re.compile(r"[|;•·,/]\s{0,4}[A-Z][\w ]{2,24}\s?[:：]\s")
# A byline is short: names of three or four people.
_LONGEST_BYLINE = 160
_LONGEST_NAME = 60
_JOINT = re.compile(
    r"[|;,•·\n]\s{0,4}(?:(?:dan|and|serta)\s|&)?|\s&|&\s|\s/\s|\s(?:dan|and|serta)\s|(?-i:(?<=[a-z]{2})/(?=[A-Z][a-z]))",
    re.IGNORECASE,
)
_INITIALS = re.compile(r"[(\[]\s{0,4}[A-Za-z]{2,6}(?:\s{0,4}[/|\-]\s{0,4}[A-Za-z]{2,6}){0,8}\s{0,4}[)\]][\s*]{0,8}$")
# A degree follows a name after a comma and is not a name.
_DEGREE = re.compile(
    r"(?:S|M|A|B|Sp|D|Ph|Dr|Psi|Apt|Ak|CA|CPA|CFA|CFP|MBA|MM|MA|MSc|SE|SH|ST|LLM|PhD|Drs|Dra|Ir|Ns|Lc|QWP|CSA|IPU|SKM"
    r"|Akt|Amd|[SM](?:Si|Sos|Pd|Kom|Hum|Ak|Kes|Ag|IP|IKom|Farm))(?:\.[A-Za-z]{0,6}){0,4}\.?"
)
# What may stand behind a name, in brackets or bare.
_MAIL = re.compile(r"\s{0,4}[(\[<]?\s?[^\s@()\[\]<>]{1,64}@[^\s@()\[\]<>]{1,255}[)\]>]?")
_MOST_WORDS = 6
_NAME_WORD = re.compile(r"[^\W\d_]{1,24}(?:['’.-][^\W\d_]{0,24}){0,3}")
_PARTICLES = frozenset({"bin", "binti", "van", "der", "den", "de", "da", "al", "el", "von"})
_NAME_EDGE = " \t-–—:|,;•·/*"


class Credit(NamedTuple):
    """A person in a byline: role and name."""

    role: Role
    name: str


def bylines(line: str) -> list[Credit] | None:
    """Read a line of labels and names; `None` for a line that is not a byline.

    >>> bylines("Penulis: Andi Tenri, Muh. Ikhsan dan Rosmini Daeng | Editor: Dwi Larasati (agr/ree)")[-1]
    Credit(role='editor', name='Dwi Larasati')
    >>> bylines("Editor senior Pustaka Lawas memeriksa naskah.") is None
    True
    """
    if len(line) > _LONGEST_BYLINE:
        return None
    if line.startswith(("(", "[")) and line.endswith((")", "]")):
        line = line[1:-1]
    if " | " in line:
        line = _IN_CELLS.sub(r"\1: ", line)
    labels = list(_ROLE.finditer(line)) if has_colon(line) else []
    if not labels or line[: labels[0].start()].strip(_NAME_EDGE + "("):
        return None
    ends = [*(label.start() for label in labels[1:]), len(line)]
    found: list[Credit] = []
    for label, end in zip(labels, ends, strict=True):
        role = _ROLES[" ".join(label["role"].lower().split())]
        said = line[label.end() : end]
        other = _LABEL.search(said)
        found += (Credit(role, name) for name in names(said[: other.start()] if other else said))
    return found


def may_name(line: str) -> bool:
    """Return whether a line has a word without which it is not a byline."""
    return mentions(line, _FIRST_WORDS)


def unlabelled(line: str) -> list[Credit] | None:
    """Read a line without a colon, "oleh Rina Uji" or "Penulis Rina Uji | Editor Joko Uji"; `None` for another.

    >>> unlabelled("oleh Rina Uji dan Joko Uji")[1].name, unlabelled("Penulis Rina Uji")[0].name
    ('Joko Uji', 'Rina Uji')
    >>> unlabelled("Oleh karena itu harga naik") is None, unlabelled("Editor Pilihan") is None
    (True, True)
    """
    if len(line) > _LONGEST_BYLINE:
        return None
    found: list[Credit] = []
    for part in line.split(" | "):
        by = _BY.match(part)
        word, _, rest = part.partition(" ")
        role = "author" if by is not None else _ROLES[word.lower()] if word.lower() in _BEFORE_NAME else None
        named = names(part[by.end() :] if by is not None else rest) if role is not None else []
        # After a word such as "Editor" a single one may be anything.
        if role is None or not named or not all(is_name(name) and (by or " " in name) for name in named):
            return None
        found += (Credit(role, name) for name in named)
    return found


def label(line: str) -> Role | None:
    """Return the role of a line that is nothing but a label without a colon, as above or below a name.

    >>> label("Jurnalis"), label("Jurnalis Senior"), label("Oleh")
    ('author', None, 'author')
    """
    word = " ".join(line.lower().split()) if len(line) <= _LONGEST_NAME else ""
    return _ROLES[word] if word in _ALONE else None


def has_everyday_label(line: str) -> bool:
    """Return whether the label of a byline is a word that heads other things, too.

    >>> has_everyday_label("Laporan: Kinerja Semester I"), has_everyday_label("Penulis: Rina Uji")
    (True, False)
    """
    return line.lower().lstrip().startswith(_EVERYDAY)


def is_name(text: str) -> bool:
    """Return whether a text has the form of a person's name: a few capitalised words.

    >>> is_name("Siti binti Ma'rifah, S.E."), is_name("Harga naik"), is_name("Jurnalis")
    (True, False, False)
    """
    words = text.partition(",")[0].split() if len(text) <= _LONGEST_NAME else []
    return (
        0 < len(words) <= _MOST_WORDS
        and text.lower() not in _ROLES
        and any(len(word) > 2 for word in words)
        and all(word in _PARTICLES or (word[0].isupper() and _NAME_WORD.fullmatch(word)) for word in words)
    )


def trailing_bylines(paragraph: str) -> tuple[str, list[Credit]]:
    """Part a paragraph from the people named in brackets at its end.

    >>> trailing_bylines("Contohnya menyusul. (Reporter: Murti; Editor: Lukman Hadi)")[1][1].name
    'Lukman Hadi'
    """
    text = paragraph.rstrip()
    start = max(text.rfind("("), text.rfind("["))
    inner = text[start + 1 : -1] if start >= 0 and text.endswith((")", "]")) else ""
    credits_ = None if ")" in inner or "]" in inner else bylines(inner)
    if credits_ is None and start == 0 and " " in inner and is_name(inner):
        credits_ = [Credit("author", inner)]  # a name in brackets on a line of its own
    return (text[:start].rstrip(), credits_) if credits_ else (paragraph, [])


def role_of(line: str) -> Role | None:
    """Return the role that the last label of a line announces.

    >>> role_of("Editor:")
    'editor'
    """
    labels = list(_ROLE.finditer(line))
    return _ROLES[" ".join(labels[-1]["role"].lower().split())] if labels else None


def names(text: str) -> list[str]:
    """Return the people named in a text, each once.

    >>> names("Asep Saepudin & Lia Marliana, S.E., M.M.")
    ['Asep Saepudin', 'Lia Marliana, S.E., M.M.']
    """
    return list(_names(text))


@lru_cache(maxsize=2048)  # the same few people sign a newspaper's articles, and a page names them several times
def _names(text: str) -> tuple[str, ...]:
    text = _MAIL.sub("", text).strip() if "@" in text else text.strip()
    while (cut := _INITIALS.search(text)) is not None and cut.start():
        text = text[: cut.start()]
    found: list[str] = []
    for part in _JOINT.split(text):
        name = clean(_INITIALS.sub("", part)).strip(_NAME_EDGE)
        if found and name and _DEGREE.fullmatch(name):
            found[-1] += f", {name}"
        elif found and name[:1].islower() and found[0][:1].isupper():
            break  # "Rina Uji, dosen Universitas …"
        elif name and name not in found and _may_be_name(name):
            found.append(name)
    return tuple(found)


def _may_be_name(text: str) -> bool:
    has_letter, has_digit = any(map(str.isalpha, text)), any(map(str.isdigit, text))
    return len(text) <= _LONGEST_NAME and has_letter and not has_digit and "://" not in text


def without_initials(text: str) -> str:
    """Return a paragraph without the newsroom's initials at its end.

    >>> without_initials("Sinyal diterima pos jaga (setahun sekali). (agr/ree)")
    'Sinyal diterima pos jaga (setahun sekali).'
    >>> without_initials("Saham itu dicatat Bursa Efek Indonesia (BEI)")
    'Saham itu dicatat Bursa Efek Indonesia (BEI)'
    """
    found = _INITIALS.search(text)
    if found is None:
        return text
    rest = text[: found.start()].rstrip()
    # Only after the end of a sentence: an abbreviation in brackets belongs to the words before it.
    return rest if not rest or rest[-1] in ".!?”\"'’…" else text
