"""Captions of pictures, and the credits in them: "Petani menjemur gabah. Kredit Foto: Antara/Reno"."""

from __future__ import annotations

import re

from wartacrawl.language.text import clean, has_colon, mentions

_HAS_WORD = re.compile(r"[^\W_]")
_CREDIT = re.compile(
    r"[\s|/(\[–—-]{0,8}\b(?:kredit|credit|sumber|dok(?:umentasi)?\.?)(?:\s{0,4}(?:foto|gambar|video|photo|ilustrasi))?"
    r"\s{0,4}[:：]\s{0,4}"
    r"|[\s|/(\[–—-]{0,8}\b(?:foto|photo|gambar)(?:\s{1,4}(?:oleh|by))?\s{0,4}[:：]\s{0,4}"
    r"|[\s|/(\[–—-]{1,8}\bdok(?:umentasi)?\.\s{0,4}(?=(?-i:[A-Z]))",
    re.IGNORECASE,
)
_CREDIT_LINE = re.compile(r"\b(?:kredit|credit|sumber)\s{0,4}(?:foto|gambar|video|photo)\s{0,4}[:：]", re.IGNORECASE)
_LONGEST_CAPTION = 400
_LONGEST_CREDIT = 9  # words


def split_credit(text: str) -> tuple[str | None, str | None]:
    """Part a caption from the credit that follows it.

    >>> split_credit("Kapal tunda di galangan Batam Kredit Foto: Antara/Reno")
    ('Kapal tunda di galangan Batam', 'Antara/Reno')
    >>> split_credit("Foto: Petani menjemur gabah")
    ('Petani menjemur gabah', None)
    """
    text = clean(text)
    found = [match for match in _CREDIT.finditer(text) if match.end() < len(text) or match.start()]
    if not found:
        return text or None, None
    last = found[-1]
    caption, credit = text[: last.start()].rstrip(" |/([–—-"), text[last.end() :].strip()
    if not caption and not _CREDIT_LINE.match(text):
        # "Foto: Petani menjemur gabah" is a caption with a label, "Foto: Antara/Reno" a credit alone.
        return (None, _without_bracket(credit)) if "/" in credit or len(credit.split()) < 3 else (credit, None)
    return caption or None, _without_bracket(credit)


def _without_bracket(credit: str) -> str | None:
    credit = credit.rstrip() if _HAS_WORD.search(credit) else ""
    for opening, closing in ("()", "[]"):
        if credit.endswith(closing) and opening not in credit:
            credit = credit[:-1].rstrip()
    return credit or None


def is_caption(line: str) -> bool:
    """Return whether a line is a caption: it ends in a credit with its label.

    >>> is_caption("Pekerja menyortir pensil. Kredit Foto: Gunawan Salim")
    True
    """
    if len(line) > _LONGEST_CAPTION or not has_colon(line):
        return False
    found = _CREDIT_LINE.search(line)
    # Longer than a name it is a sentence about a picture.
    return found is not None and len(line[found.end() :].split()) <= _LONGEST_CREDIT


_CREDIT_END = re.compile(
    r"[\s(\[/|](?:(?:dok(?:umentasi)?|foto|photo|kredit|credit)\b[\s.:/]{1,4}(?-i:[A-Z])[\w.]{0,30}(?:[\s/][\w.]{1,30}){0,4}"
    r"|ist(?:imewa)?)[)\].]{0,2}",
    re.IGNORECASE,
)
_LONGEST_CREDIT_END = 90


def may_be_caption(line: str) -> bool:
    """Return whether a line ends as captions do; above a text it is one, within it may be a sentence.

    >>> may_be_caption("Ladang kentang di lereng. (Dok. PLN)"), may_be_caption("Foto itu dibuat Andi.")
    (True, False)
    """
    tail = line[-_LONGEST_CREDIT_END:]
    if len(line) > _LONGEST_CAPTION or not mentions(tail, ("dok", "foto", "photo", "kredit", "credit", "ist")):
        return False
    found = next((found for found in _CREDIT_END.finditer(tail) if found.end() == len(tail)), None)
    return found is not None
