"""`scrapy doctor` and `scrapy save-case` on a live replica: real processes, real sockets."""

import json
import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.conftest import run
from wartacrawl.language import dates
from wartacrawl.operations import cases
from wartacrawl.operations.examination import UNKNOWNS
from wartacrawl.portal.server import Portal

# An hour at which the day's index is full, whenever the tests run.
EVENING = datetime.now(dates.JAKARTA).replace(hour=21, minute=0) - timedelta(days=1)


@pytest.fixture
def portal():
    with Portal(seed=9, articles=200, days=3, now=EVENING) as replica:
        yield replica


def doctor(portal, *arguments, **settings):
    url = portal if isinstance(portal, str) else portal.url
    return run("doctor", *arguments, settings={"WARTA_URL": url, "DOWNLOAD_DELAY": 0, **settings})


def examined(portal, *arguments, **settings):
    ended = doctor(portal, "--json", *arguments, **settings)
    found = json.loads(ended.out)
    assert found["code"] == ended.code, ended.log
    return found


def check(found, tried):
    return next(one for one in found["checks"] if one["tried"] == tried)


# -- a portal in good health ----------------------------------------------------------------------------------------


def test_a_known_portal_is_well_and_settles_what_was_unknown(portal):
    found = examined(portal)
    assert (found["outcome"], found["code"]) == ("ok", 0)
    assert set(found["unknowns"]) == set(UNKNOWNS)
    unknowns = found["unknowns"]
    assert [name for name, answer in unknowns.items() if answer is None] == []
    for section in portal.newsroom.sections:
        assert section.slug in unknowns["section ids and paths"]
    assert unknowns["items per list page"] == "10"
    assert "?page=N works" in unknowns["pager"]
    assert unknowns["list end"] == "an empty list"
    assert unknowns["index reach"] == "not to 2025-01-05"
    assert "RSS of 20, 20 dated" in unknowns["feeds"]
    assert "sitemap of 200, 200 dated" in unknowns["feeds"]
    assert unknowns["date carrier"].startswith("JSON-LD (used: json_ld")
    assert unknowns["wrong slugs"].startswith("served")


def test_fourteen_requests_are_the_most(portal):
    for pattern in ("/rss", "sitemap"):
        portal.fail(pattern, "500")  # retries count
    found = examined(portal)
    assert len(portal.hits) <= 14
    assert found["requests"] == len(portal.hits)
    assert check(found, "article, wrong slug")


def test_the_article_is_shown_field_by_field_with_its_layers(portal):
    story = next(story for story in portal.newsroom if story.image and story.body)
    found = examined(portal, story.url)
    fields = {one["name"]: one for one in found["fields"]}
    assert fields["identifier"]["value"] == story.identifier
    assert fields["headline"]["value"] == story.headline
    assert fields["headline"]["layer"]
    assert fields["date_published"]["value"] == story.published.isoformat(timespec="seconds")
    assert fields["date_published"]["layer"] == "json_ld"
    assert found["layout"]


@pytest.mark.parametrize("columns", ["80", "120"])
def test_the_tables_fit_the_terminal(portal, columns):
    ended = run(
        "doctor", settings={"WARTA_URL": portal.url, "DOWNLOAD_DELAY": 0}, env={"COLUMNS": columns, "LC_ALL": "C.UTF-8"}
    )
    assert ended.code == 0, ended.log
    assert ended.log == ""
    lines = ended.out.splitlines()
    tables = [line for line in lines if not line.startswith(("Outcome:", "Article "))]
    assert max(map(len, tables)) <= int(columns)
    for word in ("tried", "what came", "which settles", "field", "layer", "What to do"):
        assert word in ended.out
    assert lines[-1].startswith("Outcome: ok (exit code 0): ")


@pytest.mark.parametrize(
    ("look", "unknown", "answer"),
    [
        ({"list_end": "repeat"}, "list end", "again, which ends the walk"),
        ({"list_end": "404"}, "list end", "HTTP 404"),
        ({"list_end": "redirect"}, "list end", "a redirect (HTTP 302)"),
        ({"slugs": "redirect"}, "wrong slugs", "redirected by HTTP 301"),
        ({"dates": "meta"}, "date carrier", "meta article:published_time"),
        ({"dates": "visible"}, "date carrier", "visible text alone"),
        ({"robots": "User-agent: *\nCrawl-delay: 0.1\n"}, "robots and limits", "Crawl-delay 0.1 s, kept"),
        ({"robots": None}, "robots and limits", "there is none"),
    ],
)
def test_each_behaviour_of_the_portal_is_told(look, unknown, answer):
    with Portal(seed=9, articles=120, days=3, **look) as portal:
        assert answer in examined(portal)["unknowns"][unknown]


def test_a_section_of_one_page_is_no_failure():
    with Portal(seed=9, articles=8, days=1, list_end="404") as portal:
        found = examined(portal)
    (second,) = [check for check in found["checks"] if check["tried"] == "section, page 2"]
    assert second["mark"] == "odd", second
    assert found["outcome"] == "ok", found["why"]


# An article without a date.
NO_DATE = """<!doctype html><html><head><title>Petani Kopi Gayo Panen Raya</title>
<link rel="canonical" href="https://wartaekonomi.co.id/read{id}/kopi-gayo"></head>
<body><div class="articlePostHeader"><h1>Petani Kopi Gayo Panen Raya</h1></div><div class="articlePostContent">
<p>Petani kopi di dataran tinggi mulai memetik buah merah sejak awal pekan.</p>
<p>Hasilnya dijemur di halaman rumah sebelum dibawa ke koperasi.</p></div></body></html>"""


# -- a portal in trouble --------------------------------------------------------------------------------------------


def test_a_refused_connection_is_unreachable():
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        found = examined(f"http://127.0.0.1:{closed.getsockname()[1]}")
    assert (found["outcome"], found["code"]) == ("unreachable", 3)
    assert "refused" in found["why"]


def test_5xx_is_unreachable(portal):
    portal.fail("^/(?!robots)", "503")
    assert examined(portal)["code"] == 3


@pytest.mark.parametrize("status", ["401", "403"])
def test_refusals_are_blocked(portal, status):
    portal.fail("^/(?!robots)", status)
    found = examined(portal)
    assert (found["outcome"], found["code"]) == ("blocked", 4)
    assert any("WARTA_CONTACT" in sentence for sentence in found["advice"])


def test_a_429_is_not_pressed(portal):
    portal.fail("^/(?!robots)", "429", retry_after=900)
    found = examined(portal)
    assert found["code"] == 4
    assert "900 s" in found["why"]
    assert len(portal.hits) == 2


def test_robots_that_forbid_are_obeyed_and_told():
    with Portal(articles=20, robots="User-agent: *\nDisallow: /\n") as portal:
        found = examined(portal)
        assert found["code"] == 4
        assert [hit.path for hit in portal.hits] == ["/robots.txt"]
    assert any("robots.txt forbids /" in sentence for sentence in found["advice"])


def test_empty_lists_are_drift(portal):
    portal.fail("^/(?!robots|$)", "empty_list")
    found = examined(portal)
    assert (found["outcome"], found["code"]) == ("drift", 5)


def test_an_article_that_cannot_be_read_is_drift(portal):
    portal.fail("/read", "body", body=b"<!doctype html><title>x</title><div id=app></div>")
    found = examined(portal)
    assert found["code"] == 5
    assert "article_body" in found["why"]
    assert any("save-case" in sentence for sentence in found["advice"])


def test_what_one_article_lacks_another_may_have(portal):
    first = portal.newsroom.stories[0]
    portal.fail(f"/read{first.id}/", "body", body=NO_DATE.format(id=first.id).encode())
    found = examined(portal, first.url)
    assert check(found, "second article")["mark"] == "ok"
    assert check(found, "article, ?page=all")["mark"] == "odd"
    assert found["outcome"] == "ok", found["why"]
    assert not any("save-case" in sentence for sentence in found["advice"])


def test_a_failing_source_is_partial_and_named(portal):
    portal.fail("/rss", "404")
    found = examined(portal)
    assert found["code"] == 6
    assert "RSS" in found["why"]
    assert any("via=sections,indeks,sitemap" in sentence for sentence in found["advice"])


def test_a_portal_that_moved_is_told_with_its_new_address(portal):
    portal.fail("^/$", "redirect", to="https://news.example/")
    found = examined(portal)
    assert found["code"] == 3
    assert any("WARTA_URL=https://news.example" in sentence for sentence in found["advice"])
    assert len(portal.hits) == 2


@pytest.mark.parametrize("arguments", [("not-an-article",), ("7", "8")])
def test_anything_but_one_article_is_usage(portal, arguments):
    ended = doctor(portal, *arguments)
    assert ended.code == 2
    assert not portal.hits


def test_a_bad_setting_is_usage(portal):
    ended = doctor(portal, WARTA_CONTACT="nobody")
    assert ended.code == 2
    assert "WARTA_CONTACT='nobody'" in ended.log


# -- keeping pages --------------------------------------------------------------------------------------------------


def test_saved_pages_are_cases_to_be_checked(portal, tmp_path):
    found = examined(portal, "--save", str(tmp_path))
    saved = [Path(path) for path in found["saved"]]
    assert {path.name for path in saved if path.is_file()} >= {"home.html", "indeks.html", "rss.xml", "sitemap.xml"}
    [case] = [path for path in saved if path.is_dir()]
    assert case.parent == tmp_path / found["layout"]
    meta = json.loads((case / "meta.json").read_text(encoding="utf-8"))
    expected = json.loads((case / "expected.json").read_text(encoding="utf-8"))
    story = portal.newsroom[expected["identifier"]]
    assert meta["checked"] is False
    assert "unchecked" in meta["tags"]
    assert datetime.fromisoformat(meta["fetched_at"]).tzinfo
    assert meta["url"].startswith(story.url)
    assert expected["headline"] == story.headline
    assert "metadata" not in expected
    assert story.headline in (case / "page.html").read_text(encoding="utf-8")


def test_save_case_keeps_one_page_and_never_overwrites(portal, tmp_path):
    story = portal.newsroom.stories[2]
    settings = {"WARTA_URL": portal.url, "DOWNLOAD_DELAY": 0}
    kept = []
    for _ in range(2):
        ended = run("save-case", story.url, "--save", str(tmp_path), settings=settings)
        assert ended.code == 0, ended.log
        kept.append(Path(ended.out.splitlines()[0]))
    first, second = kept
    assert second.name == f"{first.name}-2"
    for case in kept:
        assert {path.name for path in case.iterdir()} == {"page.html", "meta.json", "expected.json"}
    expected = json.loads((first / "expected.json").read_text(encoding="utf-8"))
    assert expected["identifier"] == story.identifier


def test_save_case_keeps_every_page_of_an_article(tmp_path):
    with Portal(seed=1, articles=200, whole=False) as portal:
        story = next(story for story in portal.newsroom if story.pages == 3)
        settings = {"WARTA_URL": portal.url, "DOWNLOAD_DELAY": 0}
        ended = run("save-case", story.identifier, "--save", str(tmp_path), settings=settings)
        assert ended.code == 0, ended.log
        case = Path(ended.out.splitlines()[0])
    assert sorted(path.name for path in case.glob("*.html")) == ["page-2.html", "page-3.html", "page.html"]
    meta = json.loads((case / "meta.json").read_text(encoding="utf-8"))
    assert [one["file"] for one in meta["more"]] == ["page-2.html", "page-3.html"]
    expected = json.loads((case / "expected.json").read_text(encoding="utf-8"))
    assert expected["article_body"] == story.body
    assert expected["pages"] == 3


@pytest.mark.parametrize(("kind", "code"), [("404", 3), ("500", 3), ("403", 4)])
def test_save_case_keeps_nothing_of_a_page_that_does_not_come(portal, tmp_path, kind, code):
    portal.fail("/read", kind)
    settings = {"WARTA_URL": portal.url, "DOWNLOAD_DELAY": 0}
    ended = run("save-case", portal.newsroom.stories[0].url, "--save", str(tmp_path), settings=settings)
    assert ended.code == code
    assert f"HTTP {kind}" in ended.log
    assert list(tmp_path.iterdir()) == []


def test_a_case_keeps_the_bytes_as_they_came(tmp_path):
    body = "<title>Kopi</title>é".encode("cp1252")
    source = cases.Source("https://wartaekonomi.co.id/rss", body, "text/html; charset=cp1252", datetime.now(UTC))
    path = cases.save_list(tmp_path, "rss.xml", source)
    assert path.read_bytes() == body
    assert source.page("rss").html.endswith("é")
