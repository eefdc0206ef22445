import json
from importlib import resources

import fastjsonschema
import jsonschema
import pytest

from wartacrawl import items
from wartacrawl.items import Article, dump, schema
from wartacrawl.operations import fields

CONTRACT = (
    "identifier url canonical_url headline alternative_headline description article_body date_published date_modified"
    " date_published_raw date_modified_raw authors editors article_section breadcrumbs keywords main_image images"
    " videos related dateline in_language publisher is_accessible_for_free word_count pages version"
    " near_duplicate_of metadata"
).split()


def article(**changes):
    metadata = {
        "date_downloaded": "2026-07-12T03:00:00+00:00",
        "discovered_via": "section:kabar-sawit",
        "content_hash": "0" * 64,
        "field_sources": {"headline": "layout"},
        "layout": "current",
        "validation_messages": [],
        "changed_fields": [],
        "schema_version": items.SCHEMA_VERSION,
        "job": None,
    }
    return Article(
        **{
            "identifier": "583116",
            "url": "https://wartaekonomi.co.id/read583116/harga-tbs-naik",
            "headline": "Harga TBS Naik",
            "metadata": metadata,
            **changes,
        }
    )


def test_the_fields_are_those_of_the_contract_in_its_order():
    assert list(items.FIELD_NAMES) == CONTRACT
    assert list(json.loads(dump(article().record()))) == CONTRACT


def test_the_shipped_schema_is_the_generated_one():
    shipped = resources.files("wartacrawl").joinpath("article.schema.json").read_text(encoding="utf-8")
    assert json.loads(shipped) == schema(), "run `make schema`"


def test_the_schema_is_sound_by_its_own_draft():
    jsonschema.Draft202012Validator.check_schema(schema())


def test_an_article_with_nothing_but_a_headline_is_valid():
    fastjsonschema.compile(schema())(article().record())


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("identifier", "../../etc/passwd"),
        ("identifier", "0"),
        ("identifier", "١٢٣"),
        ("url", "https://wartaekonomi.co.id/read1/x?page=all"),
        ("url", "https://www.wartaekonomi.co.id/read1/x"),
        ("url", "https://wartaekonomi.co.id/read1/x.html"),
        ("url", "javascript:alert(1)"),
        ("headline", ""),
        ("headline", "   "),
        ("headline", "Harga\nTBS"),
        ("headline", None),
        ("article_body", ""),
        ("date_published", "2022-12-06"),
        ("date_published", "2022-12-06T22:10:00"),
        ("date_published", "2022-13-06T22:10:00+07:00"),
        ("date_published", "2022-12-06T22:10:00Z"),
        ("authors", None),
        ("authors", [{"name": ""}]),
        ("authors", [{"name": "Sekar", "url": None, "age": 3}]),
        ("keywords", ["sawit", "sawit"]),
        ("word_count", -1),
        ("word_count", True),
        ("pages", 0),
        ("version", 0),
        ("near_duplicate_of", "none"),
        ("in_language", "en"),
        ("metadata", {}),
    ],
)
def test_two_validators_refuse_what_the_contract_forbids(name, value):
    record = article(**{name: value}).record()
    with pytest.raises(fastjsonschema.JsonSchemaValueException):
        fastjsonschema.compile(schema())(record)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(schema()).validate(record)


def test_a_missing_or_an_unknown_field_is_refused():
    check = fastjsonschema.compile(schema())
    record = article().record()
    with pytest.raises(fastjsonschema.JsonSchemaValueException):
        check({**record, "mood": "good"})
    del record["dateline"]
    with pytest.raises(fastjsonschema.JsonSchemaValueException):
        check(record)


def test_the_signature_changes_with_headline_or_body_alone():
    one = article(article_body="Satu.")
    assert one.signature() == article(article_body="Satu.", keywords=["sawit"]).signature()
    assert one.signature() != article(article_body="Dua.").signature()
    assert one.signature() != article(article_body="Satu.", headline="Lain").signature()


def test_every_field_of_schema_org_names_its_word():
    own = {"date_published_raw", "date_modified_raw", "near_duplicate_of", "metadata"}
    words = {name for name, column in schema()["properties"].items() if "$comment" in column}
    assert set(CONTRACT) - words == own


def test_the_table_of_fields_in_the_docs_is_the_generated_one():
    assert fields.TABLE_FILE.read_text(encoding="utf-8") == fields.table_text(), "run `make schema`"


def test_an_article_knows_its_moment_day_slug_and_part():
    late = article(date_published="2026-07-12T23:30:00+00:00")
    assert late.published.isoformat() == "2026-07-12T23:30:00+00:00"
    assert (late.day.isoformat(), late.slug) == ("2026-07-13", "harga-tbs-naik")
    assert late.part == "articles/2026/2026-07-13.jsonl"
    bare = article(url="https://wartaekonomi.co.id/read583116")
    assert (bare.published, bare.day, bare.slug, bare.part) == (None, None, None, "articles/undated.jsonl")


def test_a_record_is_judged_by_the_version_it_states():
    assert items.record_problems(article().record()) == []
    later = article()
    later.metadata["schema_version"] = 99
    (problem,) = items.record_problems(later.record())
    assert "schema version 99 is not known" in problem
    assert items.record_problems({"identifier": "7"}) == items.record_problems([]) != []
    turned = dict(reversed(article().record().items()))
    assert items.record_problems(turned) == ["the fields are not in the order of the contract"]
