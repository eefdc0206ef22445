"""The article loader: how each field is normalised, and which layer it came from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from itemloaders import ItemLoader
from itemloaders.processors import Identity, TakeFirst

from wartacrawl.items import Crumb, Image, Person
from wartacrawl.language import people, text
from wartacrawl.site import layouts, urls

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from wartacrawl.items import Article


class Offer(NamedTuple):
    """What a layer said of a field, before it was normalised."""

    layer: str
    value: Any


def _line(value: str) -> str | None:
    return text.clean(text.unescape(value)) or None


def _headline(value: str) -> str | None:
    return layouts.without_site_name(text.clean(text.unescape(value))).strip() or None


def _verbatim(value: str) -> str | None:
    return text.clean(value) or None


def _paragraphs(value: str) -> str | None:
    return value.strip() or None


def _person(value: Person) -> list[Person]:
    stated = (layouts.without_suffix(name) for name in people.names(text.unescape(value["name"])))
    found = [name for name in stated if not layouts.is_house(name)]
    url = urls.resolve(value["url"]) if value["url"] else None
    return [Person(name=name, url=url if len(found) == 1 else None) for name in found]


def _crumb(value: Crumb) -> Crumb | None:
    name = _line(value["name"])
    url = urls.canonical(value["url"], base=urls.ORIGIN) if value["url"] else None
    return Crumb(name=name.strip("/›»> ") or name, url=url) if name else None


def _keyword(value: str) -> str | None:
    return text.clean(text.unescape(value)).strip("#,; ") or None


def _image(value: Image) -> Image | None:
    url = urls.resolve(value["url"])
    return Image(url=url, caption=value["caption"], credit_text=value["credit_text"]) if url else None


class _Each:
    """Apply a function to each value; `None` is left out, a list counts as its values.

    As MapCompose does, which looks at the signature of its function at each call: that took a tenth of an extraction.
    """

    def __init__(self, function: Callable[[Any], Any]) -> None:
        self._function = function

    def __call__(self, values: Iterable[Any]) -> list[Any]:
        found: list[Any] = []
        for value in map(self._function, values):
            if isinstance(value, list):
                found += value
            elif value is not None:
                found.append(value)
        return found


class _Unique:
    """Keep the first of equal values; words that differ in case alone are equal."""

    def __call__(self, values: Iterable[Any]) -> list[Any]:
        kept: dict[Any, Any] = {}
        for value in values:
            key = value.casefold() if isinstance(value, str) else tuple(sorted((k, v or "") for k, v in value.items()))
            kept.setdefault(key, value)
        return list(kept.values())


class _UniqueNames:
    """Keep each name once, with the address where one of them has it."""

    def __call__(self, people: Iterable[Person]) -> list[Person]:
        kept: dict[str, Person] = {}
        for person in people:
            known = kept.setdefault(person["name"].casefold(), person)
            known["url"] = known["url"] or person["url"]
        return list(kept.values())


class ArticleLoader(ItemLoader):
    """Fills an article from offers, the most trusted first.

    The first offer that says anything once it is normalised wins its field, and `sources` names the layer it came
    from; `offers` keeps all of them, for `scrapy explain`.
    """

    default_input_processor = Identity()
    default_output_processor = TakeFirst()

    headline_in = _Each(_headline)
    alternative_headline_in = _Each(_headline)
    description_in = _Each(_line)
    canonical_url_in = _Each(urls.resolve)
    article_body_in = _Each(_paragraphs)
    article_section_in = _Each(_line)
    date_published_raw_in = date_modified_raw_in = _Each(_verbatim)
    dateline_in = _Each(_line)
    authors_in = editors_in = _Each(_person)
    authors_out = editors_out = _UniqueNames()
    breadcrumbs_in = _Each(_crumb)
    breadcrumbs_out = Identity()
    keywords_in = _Each(_keyword)
    keywords_out = _Unique()
    main_image_in = _Each(_image)
    images_out = videos_out = related_out = Identity()

    def __init__(self, article: Article) -> None:
        super().__init__()
        self.article = article
        self.sources: dict[str, str] = {}
        self.offers: dict[str, list[Offer]] = {}
        self._normal: dict[tuple[str, str], list[Any]] = {}

    def get_input_processor(self, field_name: str) -> Any:
        """Return how a field is normalised: ours are objects, not functions, and need not be looked at as methods."""
        return getattr(self, f"{field_name}_in", self.default_input_processor)

    def get_output_processor(self, field_name: str) -> Any:
        """Return how the normalised values of a field become its value."""
        return getattr(self, f"{field_name}_out", self.default_output_processor)

    def offer(self, name: str, value: Any, layer: str) -> bool:
        """Offer a value for a field; return whether it was taken."""
        if value is None or value in ("", []):
            return False
        self.offers.setdefault(name, []).append(Offer(layer, value))
        if name in self.sources:
            return False
        taken = self._normalise(name, value)
        if not taken:
            return False
        self._values[name] = taken
        self.sources[name] = layer
        return True

    def replace(self, name: str, value: Any, layer: str) -> None:
        """Take an offered value in place of the one that was taken before."""
        self._values[name] = self._normalise(name, value)
        self.sources[name] = layer

    def get_output_value(self, field_name: str) -> Any:
        """Return what a field is exported as, as far as it was offered."""
        return self.get_output_processor(field_name)(self._values.get(field_name, []))

    def _normalise(self, name: str, value: Any) -> list[Any]:
        if not isinstance(value, str):
            return list(self.get_input_processor(name)(value if isinstance(value, list) else [value]))
        normal = self._normal.get((name, value))  # layers mostly say the same
        if normal is None:
            normal = self._normal[name, value] = list(self.get_input_processor(name)([value]))
        return normal

    def normalised(self, name: str, value: Any) -> Any:
        """Return what an offered value would be exported as; `None` or an empty list when nothing is left of it."""
        return self.get_output_processor(name)(self._normalise(name, value))

    def load_item(self) -> Article:
        """Set what was taken and return the article."""
        for name in self.sources:
            value = self.get_output_value(name)
            if value is not None:
                setattr(self.article, name, value)
        return self.article
