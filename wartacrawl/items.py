"""The article: one field a line, in the order in which they are exported."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field, fields
from datetime import datetime
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any, TypedDict

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

_DAY = "(?:0[1-9]|[12][0-9]|3[01])"
_TIME = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]+)?"
_DATE_TIME = rf"^[0-9]{{4}}-(?:0[1-9]|1[0-2])-{_DAY}T{_TIME}[+-][0-9]{{2}}:[0-9]{{2}}$"

Schema = dict[str, Any]


class Person(TypedDict):
    """A name from a byline, with the address of the person's page where it is linked."""

    name: str
    url: str | None


class Crumb(TypedDict):
    """A step of the breadcrumb."""

    name: str
    url: str | None


class Image(TypedDict):
    """A picture; `credit_text` is X of "Kredit Foto: X"."""

    url: str
    caption: str | None
    credit_text: str | None


class Video(TypedDict):
    """A player or a file in the body."""

    url: str
    caption: str | None


class Related(TypedDict):
    """A "Baca Juga" link."""

    headline: str
    url: str | None


class Metadata(TypedDict):
    """How the line came to be."""

    date_downloaded: str
    discovered_via: str
    content_hash: str
    field_sources: dict[str, str]
    layout: str | None
    validation_messages: list[str]
    changed_fields: list[str]
    schema_version: int
    job: str | None


_TEXT: Schema = {"type": "string", "minLength": 1, "pattern": r"\S"}
_LINE: Schema = {"type": "string", "minLength": 1, "pattern": r"^[^\r\n]*[^\r\n\s][^\r\n]*$"}
_URL: Schema = {"type": "string", "pattern": r"^https?://\S+$"}
_WHEN: Schema = {"type": "string", "format": "date-time", "pattern": _DATE_TIME}


def _or_null(schema: Schema) -> Schema:
    return {**schema, "type": [schema["type"], "null"]}


def _record(**properties: Schema) -> Schema:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def _list(items: Schema, **more: Any) -> Schema:
    return {"type": "array", "items": items, **more}


_PERSON = _record(name=_TEXT, url=_or_null(_URL))
_IMAGE = _record(url=_URL, caption=_or_null(_TEXT), credit_text=_or_null(_TEXT))
_METADATA = _record(
    date_downloaded=_WHEN,
    discovered_via=_TEXT,
    content_hash={"type": "string", "pattern": "^[0-9a-f]{64}$"},
    field_sources={"type": "object", "additionalProperties": _TEXT},
    layout=_or_null(_TEXT),
    validation_messages=_list(_TEXT),
    changed_fields=_list(_TEXT),
    schema_version={"type": "integer", "const": SCHEMA_VERSION},
    job=_or_null(_TEXT),
)


def _column(schema: Schema, schema_org: str | None, about: str, **default: Any) -> Any:
    """Declare a field: its JSON Schema, the word of schema.org it stands for, and what it means."""
    return field(metadata={"schema": schema, "schema_org": schema_org, "about": about}, **default)


@dataclass(slots=True, kw_only=True)
class Article:
    """An article as exported: missing scalars are `None`, missing arrays empty, no field stands in for another."""

    identifier: str = _column(
        {"type": "string", "pattern": "^[1-9][0-9]{0,11}$"},
        "identifier",
        "Digits of /read{id}; with `version` the key.",
    )
    url: str = _column(
        {"type": "string", "pattern": r"^https://wartaekonomi\.co\.id/read[1-9][0-9]*(?:/(?!\S*\.html$)[^/?#\s]+)?$"},
        "url",
        "https://wartaekonomi.co.id/read{id}/{slug}: no query, no fragment, no .html.",
    )
    canonical_url: str | None = _column(
        _or_null(_URL), "mainEntityOfPage", "The address the page states.", default=None
    )
    headline: str | None = _column(
        _LINE, "headline", "NFC, one line, without the site's name behind or before it.", default=None
    )
    alternative_headline: str | None = _column(
        _or_null(_TEXT), "alternativeHeadline", "A kicker or second headline.", default=None
    )
    description: str | None = _column(_or_null(_TEXT), "description", "The summary the page states.", default=None)
    article_body: str | None = _column(
        _or_null(_TEXT),
        "articleBody",
        "Paragraphs joined by a blank line; null on video and photo pages without text.",
        default=None,
    )
    date_published: str | None = _column(
        _or_null(_WHEN), "datePublished", "ISO 8601 with offset; null where no time of day is known.", default=None
    )
    date_modified: str | None = _column(_or_null(_WHEN), "dateModified", "As date_published.", default=None)
    date_published_raw: str | None = _column(_or_null(_TEXT), None, "The date as the page wrote it.", default=None)
    date_modified_raw: str | None = _column(_or_null(_TEXT), None, "The date as the page wrote it.", default=None)
    authors: list[Person] = _column(_list(_PERSON), "author", "Who wrote it; never the house.", default_factory=list)
    editors: list[Person] = _column(_list(_PERSON), "editor", "Who edited it.", default_factory=list)
    article_section: str | None = _column(
        _or_null(_TEXT), "articleSection", "The section in the site's spelling.", default=None
    )
    breadcrumbs: list[Crumb] = _column(
        _list(_record(name=_TEXT, url=_or_null(_URL))), "breadcrumb", "Steps from the home page.", default_factory=list
    )
    keywords: list[str] = _column(
        _list(_TEXT, uniqueItems=True), "keywords", "Tags; unique, case kept.", default_factory=list
    )
    main_image: Image | None = _column(_or_null(_IMAGE), "image", "The picture above the text.", default=None)
    images: list[Image] = _column(_list(_IMAGE), "associatedMedia", "Pictures in the body.", default_factory=list)
    videos: list[Video] = _column(
        _list(_record(url=_URL, caption=_or_null(_TEXT))), "video", "Players in the body.", default_factory=list
    )
    related: list[Related] = _column(
        _list(_record(headline=_TEXT, url=_or_null(_URL))),
        "relatedLink",
        '"Baca Juga", in order.',
        default_factory=list,
    )
    dateline: str | None = _column(_or_null(_TEXT), "dateline", "The place before the first sentence.", default=None)
    in_language: str = _column({"type": "string", "const": "id"}, "inLanguage", "Always Indonesian.", default="id")
    publisher: str = _column(
        {"type": "string", "const": "Warta Ekonomi"}, "publisher", "Always the house.", default="Warta Ekonomi"
    )
    is_accessible_for_free: bool | None = _column(
        {"type": ["boolean", "null"]}, "isAccessibleForFree", "As the page states.", default=None
    )
    word_count: int = _column({"type": "integer", "minimum": 0}, "wordCount", "Words of article_body.", default=0)
    pages: int = _column({"type": "integer", "minimum": 1}, "pagination", "Pages merged into the body.", default=1)
    version: int = _column({"type": "integer", "minimum": 1}, "version", "1, then +1 for each change.", default=1)
    near_duplicate_of: str | None = _column(
        {"type": ["string", "null"], "pattern": "^[1-9][0-9]{0,11}$"},
        None,
        "Identifier of an article already in the data set with almost the same text.",
        default=None,
    )
    metadata: Metadata = _column(_METADATA, None, "How the line came to be.", default_factory=dict)

    @property
    def published(self) -> datetime | None:
        """The aware moment of publication, in the offset of `date_published`."""
        return datetime.fromisoformat(self.date_published) if self.date_published else None

    @property
    def day(self) -> date | None:
        """The day of publication in Asia/Jakarta."""
        published = self.published
        return dates.day(published) if published is not None else None

    @property
    def slug(self) -> str | None:
        """The last segment of `url`, `None` where it ends in the number."""
        return slug(self.url)

    @property
    def part(self) -> str:
        """The part the article is written to, relative to OUTPUT_DIR: articles/2026/2026-07-12.jsonl."""
        day = self.day
        return f"{ARTICLES}/{day.year:04}/{day.isoformat()}.jsonl" if day is not None else UNDATED

    def record(self) -> dict[str, Any]:
        """Return the fields in export order (shallow: the lists are the article's own)."""
        return {name: getattr(self, name) for name in FIELD_NAMES}

    def signature(self) -> str:
        """Return the SHA-256 (hex) of what makes a new version: headline and body."""
        return signature(self.headline, self.article_body)


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
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA_ID,
        "title": "Article",
        "description": "One line of OUTPUT_DIR/articles/YYYY/YYYY-MM-DD.jsonl",
        "type": "object",
        "properties": {f.name: _property(f.metadata) for f in fields(Article)},
        "required": list(FIELD_NAMES),
        "additionalProperties": False,
    }


def _property(column: Any) -> Schema:
    word = column["schema_org"]
    note = {"$comment": f"https://schema.org/{word}"} if word else {}
    return {"description": column["about"], **note, **column["schema"]}


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


def dump(record: dict[str, Any]) -> bytes:
    r"""Return a record as one line of UTF-8 JSON, line feed included.

    >>> dump({"headline": "Rupiah “menguat”", "pages": 1}).decode()
    '{"headline":"Rupiah “menguat”","pages":1}\n'
    """
    return json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
