"""The article: one field a line, in the order in which they are exported."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field, fields
from datetime import datetime
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Annotated, Any, TypedDict, get_args, get_origin, get_type_hints

import fastjsonschema

from wartacrawl.language import dates

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

# Raised with every change of the fields; lines of earlier versions stay valid by the schemas of their time.
SCHEMA_VERSION = 1
SCHEMA_ID = f"urn:wartacrawl:article:{SCHEMA_VERSION}"
ARTICLES = "articles"
UNDATED = f"{ARTICLES}/undated.jsonl"

Schema = dict[str, Any]

_DAY = "(?:0[1-9]|[12][0-9]|3[01])"
_TIME = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]+)?"
_DATE_TIME = rf"^[0-9]{{4}}-(?:0[1-9]|1[0-2])-{_DAY}T{_TIME}[+-][0-9]{{2}}:[0-9]{{2}}$"
_ARTICLE_URL = r"^https://wartaekonomi\.co\.id/read[1-9][0-9]*(?:/(?!\S*\.html$)[^/?#\s]+)?$"


class Rule:
    """What JSON Schema asks of a value, beside its type."""

    def __init__(self, **words: Any) -> None:
        self.words = words


_WORDS = {str: "string", int: "integer", bool: "boolean"}
# The types of fields, each with what JSON Schema asks of its values.
Text = Annotated[str, Rule(minLength=1, pattern=r"\S")]
OneLine = Annotated[str, Rule(minLength=1, pattern=r"^[^\r\n]*[^\r\n\s][^\r\n]*$")]
Url = Annotated[str, Rule(pattern=r"^https?://\S+$")]
When = Annotated[str, Rule(format="date-time", pattern=_DATE_TIME)]
Identifier = Annotated[str, Rule(pattern="^[1-9][0-9]{0,11}$")]
Positive = Annotated[int, Rule(minimum=1)]


class Person(TypedDict):
    """A name from a byline, with the address of the person's page where it is linked."""

    name: Text
    url: Url | None


class Crumb(TypedDict):
    """A step of the breadcrumb."""

    name: Text
    url: Url | None


class Image(TypedDict):
    """A picture; `credit_text` is X of "Kredit Foto: X"."""

    url: Url
    caption: Text | None
    credit_text: Text | None


class Video(TypedDict):
    """A player or a file in the body."""

    url: Url
    caption: Text | None


class Related(TypedDict):
    """A "Baca Juga" link."""

    headline: Text
    url: Url | None


class Metadata(TypedDict):
    """How the line came to be."""

    date_downloaded: When
    discovered_via: Text
    content_hash: Annotated[str, Rule(pattern="^[0-9a-f]{64}$")]
    field_sources: dict[str, Text]
    layout: Text | None
    validation_messages: list[Text]
    changed_fields: list[Text]
    schema_version: Annotated[int, Rule(const=SCHEMA_VERSION)]
    job: Text | None


def _column(schema_org: str | None, about: str, **default: Any) -> Any:
    """Declare a field: the word of schema.org it stands for, and what it means. Its schema follows from its type."""
    return field(metadata={"schema_org": schema_org, "about": about}, **default)


def _maybe(schema_org: str | None, about: str) -> Any:
    """Declare a field that an article may lack."""
    return _column(schema_org, about, default=None)


def _several(schema_org: str | None, about: str) -> Any:
    """Declare a list, empty where there is nothing."""
    return _column(schema_org, about, default_factory=list)


@dataclass(slots=True, kw_only=True)
class Article:
    """An article as exported: missing scalars are `None`, missing arrays empty, no field stands in for another."""

    identifier: Identifier = _column("identifier", "Digits of /read{id}; with `version` the key.")
    url: Annotated[str, Rule(pattern=_ARTICLE_URL)] = _column(
        "url", "https://wartaekonomi.co.id/read{id}/{slug}: no query, no fragment, no .html."
    )
    canonical_url: Url | None = _maybe("mainEntityOfPage", "The address the page states.")
    headline: OneLine | None = _maybe("headline", "NFC, one line, without the site's name behind or before it.")
    alternative_headline: Text | None = _maybe("alternativeHeadline", "A kicker or second headline.")
    description: Text | None = _maybe("description", "The summary the page states.")
    article_body: Text | None = _maybe(
        "articleBody", "Paragraphs joined by a blank line; null on video and photo pages without text."
    )
    date_published: When | None = _maybe("datePublished", "ISO 8601 with offset; null where no time of day is known.")
    date_modified: When | None = _maybe("dateModified", "As date_published.")
    date_published_raw: Text | None = _maybe(None, "The date as the page wrote it.")
    date_modified_raw: Text | None = _maybe(None, "The date as the page wrote it.")
    authors: list[Person] = _several("author", "Who wrote it; never the house.")
    editors: list[Person] = _several("editor", "Who edited it.")
    article_section: Text | None = _maybe("articleSection", "The section in the site's spelling.")
    breadcrumbs: list[Crumb] = _several("breadcrumb", "Steps from the home page.")
    keywords: Annotated[list[Text], Rule(uniqueItems=True)] = _several("keywords", "Tags; unique, case kept.")
    main_image: Image | None = _maybe("image", "The picture above the text.")
    images: list[Image] = _several("associatedMedia", "Pictures in the body.")
    videos: list[Video] = _several("video", "Players in the body.")
    related: list[Related] = _several("relatedLink", '"Baca Juga", in order.')
    dateline: Text | None = _maybe("dateline", "The place before the first sentence.")
    in_language: Annotated[str, Rule(const="id")] = _column("inLanguage", "Always Indonesian.", default="id")
    publisher: Annotated[str, Rule(const="Warta Ekonomi")] = _column(
        "publisher", "Always the house.", default="Warta Ekonomi"
    )
    is_accessible_for_free: bool | None = _maybe("isAccessibleForFree", "As the page states.")
    word_count: Annotated[int, Rule(minimum=0)] = _column("wordCount", "Words of article_body.", default=0)
    pages: Positive = _column("pagination", "Pages merged into the body.", default=1)
    version: Positive = _column("version", "1, then +1 for each change.", default=1)
    near_duplicate_of: Identifier | None = _maybe(
        None, "Identifier of an article already in the data set with almost the same text."
    )
    metadata: Metadata = _column(None, "How the line came to be.", default_factory=dict)

    @property
    def published(self) -> datetime | None:
        """The aware moment of publication, in the offset of `date_published`."""
        return datetime.fromisoformat(self.date_published) if self.date_published else None

    @property
    def day(self) -> date | None:
        """The day of publication in Asia/Jakarta."""
        return day_of(self.date_published)

    @property
    def slug(self) -> str | None:
        """The last segment of `url`, `None` where it ends in the number."""
        return slug(self.url)

    @property
    def part(self) -> str:
        """The part the article is written to, relative to OUTPUT_DIR: articles/2026/2026-07-12.jsonl."""
        return part_of(self.day)

    def record(self) -> dict[str, Any]:
        """Return the fields in export order (shallow: the lists are the article's own)."""
        return {name: getattr(self, name) for name in FIELD_NAMES}

    def signature(self) -> str:
        """Return the SHA-256 (hex) of what makes a new version: headline and body."""
        return signature(self.headline, self.article_body)


def day_of(date_published: str | None) -> date | None:
    """Return the day in Asia/Jakarta of a `date_published`, None for None."""
    return dates.day(datetime.fromisoformat(date_published)) if date_published else None


def part_of(day: date | None) -> str:
    """Return the part of a day, or of undated articles, relative to OUTPUT_DIR."""
    return f"{ARTICLES}/{day.year:04}/{day.isoformat()}.jsonl" if day is not None else UNDATED


def slug(url: str) -> str | None:
    """Return the last segment of the address of an article, `None` where it ends in the number."""
    return url.partition("/read")[2].partition("/")[2] or None


def signature(headline: str | None, article_body: str | None) -> str:
    """Return the SHA-256 (hex) of what makes a new version: headline and body."""
    return hashlib.sha256(f"{headline or ''}\n\n{article_body or ''}".encode()).hexdigest()


FIELD_NAMES: tuple[str, ...] = tuple(f.name for f in fields(Article))
# Fields that depend on the page alone, and not on the crawl that brought it.
PAGE_FIELDS = tuple(name for name in FIELD_NAMES if name not in {"version", "near_duplicate_of", "metadata"})


def schema() -> Schema:
    """Return the JSON Schema (2020-12) of a line as it is exported now.

    >>> schema()["required"][:3]
    ['identifier', 'url', 'canonical_url']
    """
    # An article that was read may lack it, but a line never does.
    hints = {**get_type_hints(Article, include_extras=True), "headline": OneLine}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA_ID,
        "title": "Article",
        "description": "One line of OUTPUT_DIR/articles/YYYY/YYYY-MM-DD.jsonl",
        "type": "object",
        "properties": {f.name: _property(f.metadata, hints[f.name]) for f in fields(Article)},
        "required": list(FIELD_NAMES),
        "additionalProperties": False,
    }


def _property(column: Any, hint: Any) -> Schema:
    word = column["schema_org"]
    note = {"$comment": f"https://schema.org/{word}"} if word else {}
    return {"description": column["about"], **note, **_schema_of(hint)}


def _schema_of(hint: Any) -> Schema:
    r"""Return the JSON Schema of a type.

    >>> _schema_of(Url | None)
    {'type': ['string', 'null'], 'pattern': '^https?://\\S+$'}
    """
    kind, arguments = get_origin(hint), get_args(hint)
    if kind is Annotated:
        return {**_schema_of(arguments[0]), **arguments[1].words}
    if type(None) in arguments:
        inner = _schema_of(arguments[0])
        return {**inner, "type": [inner["type"], "null"]}
    if kind is list:
        return {"type": "array", "items": _schema_of(arguments[0])}
    if kind is dict:
        return {"type": "object", "additionalProperties": _schema_of(arguments[1])}
    if hint in _WORDS:
        return {"type": _WORDS[hint]}
    properties = {name: _schema_of(inner) for name, inner in get_type_hints(hint, include_extras=True).items()}
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def known_versions() -> tuple[int, ...]:
    """Return the schema versions whose lines can be judged, oldest first."""
    names = (file.name.split(".") for file in resources.files(__package__).iterdir())
    older = (int(name[2]) for name in names if name[:2] == ["article", "schema"] and name[2].isdigit())
    return (*sorted(version for version in older if version < SCHEMA_VERSION), SCHEMA_VERSION)


def schema_of(version: int) -> Schema:
    """Return the JSON Schema of the lines of a version; raises `LookupError` for a version that is not known."""
    if version == SCHEMA_VERSION:
        return schema()
    if version not in known_versions():
        known = ", ".join(map(str, known_versions()))
        raise LookupError(f"schema version {version} is not known here (known: {known}): install a newer wartacrawl.")
    file = resources.files(__package__).joinpath(f"article.schema.{version}.json")
    older: Schema = json.loads(file.read_text(encoding="utf-8"))
    return older


@cache
def _check(version: int) -> tuple[Callable[[Any], Any], tuple[str, ...]]:
    """Return the compiled schema of a version, and its fields in order."""
    found = schema_of(version)
    return fastjsonschema.compile(found), tuple(found["required"])


def record_problems(record: Any) -> list[str]:
    """Return what is wrong with an exported record, in sentences; nothing for a valid one.

    A record is judged by the schema of its own `metadata.schema_version`, and its fields must stand in the order of
    that schema.

    >>> record_problems({"metadata": {"schema_version": 99}})
    ['schema version 99 is not known here (known: 1): install a newer wartacrawl.']
    """
    metadata = record.get("metadata") if isinstance(record, dict) else None
    version = metadata.get("schema_version") if isinstance(metadata, dict) else None
    if type(version) is not int:
        return ["metadata.schema_version is missing: the line is not an exported article"]
    try:
        check, order = _check(version)
        check(record)
    except LookupError as error:
        return [str(error)]
    except fastjsonschema.JsonSchemaValueException as error:
        return [f"against the schema: {error.message.removeprefix('data.')}"]
    return [] if tuple(record) == order else ["the fields are not in the order of the contract"]


def problems(article: Article) -> list[str]:
    """Return why an article may not be exported, in sentences; nothing for a valid one."""
    found = []
    if not article.headline:
        found.append("the page has no headline")
    if article.article_body is None and not article.videos and not article.images:
        found.append("the page has neither text nor a video or picture in its body")
    record = article.record()
    try:
        _check(SCHEMA_VERSION)[0](record)
    except fastjsonschema.JsonSchemaValueException as error:
        if article.headline or error.path != ["data", "headline"]:
            found.append(error.message.removeprefix("data."))
    try:
        dump(record)
    except (UnicodeEncodeError, TypeError, RecursionError) as error:
        found.append(f"it cannot be written as a line: {error}")
    return found


_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def dump(record: dict[str, Any]) -> bytes:
    r"""Return a record as one line of UTF-8 JSON, line feed included.

    >>> dump({"headline": "Rupiah “menguat”", "pages": 1}).decode()
    '{"headline":"Rupiah “menguat”","pages":1}\n'
    """
    return _ENCODER.encode(record).encode() + b"\n"
