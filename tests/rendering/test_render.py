"""Lists and articles filled by script, opened in a real Chromium; and what happens where there is none."""

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

import wartacrawl
from tests.browser import chromium
from tests.conftest import ROOT, command, run
from wartacrawl.config import ConfigError, RenderConfig
from wartacrawl.portal.server import Portal
from wartacrawl.rendering.escalation import check
from wartacrawl.storage import warc, warc_reading
from wartacrawl.storage.ledger import Ledger

# Pages as they are asked for first; what the browser then asks for the same address is a second request.
ARTICLE = re.compile(r"/read(\d+)/")


@pytest.fixture
def rendering(crawl):
    """Crawls with the browser switched on."""
    path = chromium()

    def rendering(portal, spider="warta", settings=None, **arguments):
        wired = {"RENDER_ENABLED": True, "RENDER_EXECUTABLE": path, "RENDER_SECONDS": 8, **(settings or {})}
        return crawl(portal, spider, settings=wired, **arguments)

    return rendering


@pytest.fixture
def shells():
    with Portal(seed=41, articles=100, days=2, script_lists=True, per_page=4) as portal:
        yield portal


def of_section(portal, slug="ekbis"):
    return sorted(story.identifier for story in portal.newsroom.in_section(portal.newsroom.section(slug)))


def list_hits(portal):
    return Counter(hit.path for hit in portal.hits if "data=" not in hit.path and "/category-" in hit.path)


def assert_is_clean(ended):
    """No page stays open and nothing breaks, however the crawl went."""
    assert ended.stats.get("render/open_pages") == 0
    assert ended.stats["playwright/context_count/max_concurrent"] <= 3
    assert "Traceback" not in ended.log
    assert "Outcome: " in ended.last_line


# -- lists ----------------------------------------------------------------------------------------------------------


def test_a_list_filled_by_a_script_is_opened_once_and_followed_to_its_end(shells, rendering, output):
    ended = rendering(shells, sections="ekbis")
    assert ended.code == 0, ended.log
    assert output.ids == of_section(shells)
    assert_is_clean(ended)
    # Each list page once as it comes and once in the browser, where "load more" brings all the rest.
    assert set(list_hits(shells).values()) == {2}
    assert ended.stats["render/escalated"] == len(list_hits(shells))
    assert ended.stats["render/load_more"] >= len(output.ids) // 4 - 1
    assert ended.stats["walk/repeat"] == 1
    # Neither pictures nor anything else but text, and all of it under our own name.
    assert not [hit.path for hit in shells.hits if hit.path.startswith("/files/") or hit.path.endswith(".png")]
    assert ended.stats["playwright/request_count/aborted"] > 0
    assert {hit.headers["user-agent"] for hit in shells.hits} == {f"wartacrawl/{wartacrawl.__version__}"}


def test_a_bare_container_that_a_script_fills_is_opened_once(rendering, output):
    # Neither a skeleton nor a spinner nor a data attribute: a page without articles, without a word, with a script.
    bare = """<!doctype html><html><body><h1>EkBis</h1><div class="hasil"></div><script>
fetch(location.pathname + "?page=1&data=1").then(answer => answer.json()).then(data => {
  document.querySelector(".hasil").innerHTML = data.html;
});</script></body></html>"""
    with Portal(seed=45, articles=60, days=2) as portal:
        section = portal.newsroom.section("ekbis")
        portal.fail(f"^{section.path}$", "body", body=bare.encode())
        ended = rendering(portal, sections="ekbis")
        assert ended.code == 0, ended.log
        assert output.ids == of_section(portal)
        assert ended.stats["render/escalated"] == 1
        assert_is_clean(ended)


def test_load_more_is_pressed_only_until_what_comes_is_known(shells, rendering, output):
    assert rendering(shells, sections="ekbis").code == 0
    new = shells.publish(5, "ekbis")
    shells.clear()
    ended = rendering(shells, sections="ekbis")
    assert ended.code == 0, ended.log
    assert output.ids == of_section(shells)
    assert {found[1] for hit in shells.hits if (found := ARTICLE.match(hit.path))} == {s.identifier for s in new}
    assert ended.stats["render/load_more"] == 2
    assert ended.stats["walk/repeat"] == 1


def test_load_more_is_not_pressed_beyond_the_limit(shells, rendering, output):
    ended = rendering(shells, sections="ekbis", limit="6")
    assert ended.code == 0, ended.log
    assert len(output.ids) == 6
    assert ended.stats["render/load_more"] == 1


def test_every_source_of_a_portal_of_shells_is_read_and_contexts_are_renewed(rendering, output):
    with Portal(seed=42, articles=30, days=2, script_lists=True, layout="2020") as portal:
        settings = {"RENDER_CONTEXT_PAGES": 3}
        ended = rendering(portal, via="indeks,sections", settings=settings)
        assert ended.code == 0, ended.log
        assert output.ids == sorted(story.identifier for story in portal.newsroom.stories)
        assert_is_clean(ended)
        pages, contexts = ended.stats["playwright/page_count"], ended.stats["playwright/context_count"]
        assert pages > 6
        assert contexts == -(-pages // 3)


def test_no_browser_starts_for_pages_that_need_none(rendering, output):
    with Portal(seed=43, articles=20, days=2) as portal:
        ended = rendering(portal)
        assert ended.code == 0, ended.log
        assert len(output.ids) == 20
        assert "playwright/browser_count" not in ended.stats
        assert "render/escalated" not in ended.stats


def test_an_empty_day_is_an_end_when_the_browser_has_seen_it(shells, rendering, output):
    newest = max(story.day for story in shells.newsroom.stories)
    empty = newest - timedelta(days=3)
    ended = rendering(shells, "indeks", since=empty.isoformat(), until=newest.isoformat(), limit="6")
    assert ended.code == 0, ended.log
    assert ended.stats["walk/empty"] >= 1
    with closing(Ledger(output.folder / "ledger.sqlite", read_only=True)) as ledger:
        assert (empty.isoformat(), 1) in ledger.query("SELECT day, clean FROM days")


def test_a_crawl_without_the_browser_does_not_spoil_the_next_one_with_it(shells, crawl, rendering, output):
    ended = crawl(shells, sections="ekbis")
    assert ended.code == 5
    assert "RENDER_ENABLED" in ended.log
    ended = rendering(shells, sections="ekbis")
    assert ended.code == 0, ended.log
    assert output.ids == of_section(shells)


# -- trouble --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("pattern", ["data=1", "page=3&data=1"])
def test_a_list_whose_script_fails_is_incomplete_and_followed_again(shells, rendering, output, pattern):
    shells.fail(pattern, "500")
    ended = rendering(shells, sections="ekbis")
    assert ended.code == 6, ended.log
    assert "may be incomplete: its script got HTTP 500" in ended.log
    assert len(output.ids) < len(of_section(shells))
    assert_is_clean(ended)
    shells.heal()
    assert rendering(shells, sections="ekbis").code == 0
    assert output.ids == of_section(shells)


def served_once(portal, pattern, kind, **options):
    """Let the first request through, so that the fault meets the browser."""
    portal.fail(pattern, "slow", 1, delay=0)
    portal.fail(pattern, kind, **options)


TROUBLES = {
    "hangs": ("hang", {}),
    "resets": ("reset", {}),
    "fails": ("500", {}),
    "refuses": ("403", {}),
    "asks to wait": ("429", {"retry_after": 100_000}),
    "sends a file": ("body", {"body": b"\x00" * 99, "content_type": "application/octet-stream"}),
    "goes in circles": ("body", {"body": b"<script>location.reload()</script>"}),
}


@pytest.mark.parametrize("trouble", TROUBLES)
def test_whatever_happens_in_the_browser_its_page_is_closed_and_the_list_is_owed(shells, rendering, trouble, output):
    kind, options = TROUBLES[trouble]
    section = shells.newsroom.section("ekbis").path
    served_once(shells, f"{section}$", kind, **options)
    ended = rendering(shells, sections="ekbis", settings={"RENDER_SECONDS": 2, "PATIENCE_SECONDS": 1})
    assert ended.code in {4, 6}, ended.log
    assert output.ids == []
    assert_is_clean(ended)
    with closing(Ledger(output.folder / "ledger.sqlite", read_only=True)) as ledger:
        assert ledger.query("SELECT complete FROM walks WHERE name = 'section:ekbis'") == [(0,)]


def test_a_list_that_a_script_fills_beyond_reading_fails_in_time(shells, rendering):
    section = shells.newsroom.section("ekbis").path
    many = b"""<div id=app></div><script>
const card = (_, n) => `<h2>Kopi<a href="/read${n + 9}/x">kopi</a></h2>`;
document.body.innerHTML = Array.from({length: 60000}, card).join("");
</script>"""
    shells.fail(f"{section}$", "body", body=many)
    ended = rendering(shells, sections="ekbis", settings={"PAGE_SECONDS": 0.5})
    assert ended.code == 6, ended.log
    assert ended.stats["list/failed/too_slow"] == 1
    assert_is_clean(ended)


def family(root):
    """Return a process and its descendants, dead ones left out, as (number, time of its start)."""
    parents, starts = {}, {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if fields[0] not in {"Z", "X"}:
            pid = int(path.parent.name)
            parents[pid], starts[pid] = int(fields[1]), fields[19]
    found = {root}
    while more := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more
    return {(pid, starts[pid]) for pid in found & starts.keys()}


def words(pid):
    """Return the command line of a process, nothing of one that has ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return []


def alive(processes):
    return {one for pid, start in processes for one in family(pid) if one == (pid, start)}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_crawl_told_to_stop_ends_in_seconds_and_takes_its_browser_with_it(shells, output, number):
    shells.fail("data=1", "hang")
    settings = {
        "WARTA_URL": shells.url,
        "OUTPUT_DIR": output.folder,
        "RENDER_ENABLED": True,
        "RENDER_EXECUTABLE": chromium(),
    }
    process = subprocess.Popen(
        command("crawl", "warta", "-a", "sections=ekbis", settings=settings),
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        end = time.monotonic() + 60
        while not any("data=1" in hit.path for hit in shells.hits) and time.monotonic() < end:
            time.sleep(0.05)
        processes = family(process.pid)
        assert len(processes) > 4
        is_off = any(b"--no-sandbox" in words(pid) for pid, _ in processes)
        process.send_signal(number)
        began = time.monotonic()
        _, log = process.communicate(timeout=60)
        assert time.monotonic() - began < 12
        assert process.returncode == 6, log
        assert "Traceback" not in log
        # To root Chromium refuses its sandbox; an ordinary user has it, or is told that the machine refuses it.
        assert is_off == (os.geteuid() == 0 or "runs without its sandbox" in log)
        while alive(processes) and time.monotonic() < end:
            time.sleep(0.05)
        assert alive(processes) == set()
    finally:
        process.kill()
        process.communicate()


# -- staying on the portal ------------------------------------------------------------------------------------------


@pytest.fixture
def trap():
    """Another port and another name of this machine: whoever as much as connects is caught."""
    caught = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def accept():
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                caught.append(connection.recv(200))
                connection.close()

        threading.Thread(target=accept, daemon=True).start()
        yield server.getsockname()[1], caught
        server.shutdown(socket.SHUT_RDWR)


ROAMING = """
for (const host of ["127.0.0.1:PORT", "localhost:PORT"]) {
  const there = "http://" + host + "/";
  fetch(there + "fetch").catch(() => 0);
  fetch(there + "nocors", {mode: "no-cors"}).catch(() => 0);
  navigator.sendBeacon(there + "beacon", "x");
  new Image().src = there + "image";
  try { new WebSocket("ws://" + host + "/socket"); } catch (error) {}
  try { new EventSource(there + "events"); } catch (error) {}
  for (const rel of ["preconnect", "dns-prefetch", "prefetch", "preload", "prerender", "stylesheet", "icon"]) {
    document.head.append(Object.assign(document.createElement("link"), {rel: rel, href: there + rel, as: "fetch"}));
  }
  for (const tag of ["iframe", "script", "embed"]) {
    document.body.append(Object.assign(document.createElement(tag), {src: there + tag}));
  }
  window.open(there + "popup");
  document.body.append(Object.assign(document.createElement("a"), {href: "/", ping: there + "ping"}));
  document.links[document.links.length - 1].addEventListener("click", event => event.preventDefault());
  document.links[document.links.length - 1].click();
}
fetch("/pindah").catch(() => 0);
document.body.append(Object.assign(document.createElement("iframe"), {src: "/pindah"}));
"""


def test_nothing_a_script_does_leads_the_browser_to_another_host_or_port(shells, rendering, output, trap):
    port, caught = trap
    script = ROAMING.replace("PORT", str(port)).encode()
    shells.fail("/assets/js/app.js", "body", body=script, content_type="text/javascript")
    shells.fail("/pindah", "redirect", to=f"http://127.0.0.1:{port}/pindah")
    ended = rendering(shells, sections="ekbis", limit="4")
    assert caught == []
    assert any(hit.path == "/pindah" for hit in shells.hits), "the script did not run"
    assert len(output.ids) == 4
    assert_is_clean(ended)


def test_webrtc_sends_nothing_past_the_filter(shells, rendering):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.setblocking(False)
        script = """const there = new RTCPeerConnection({iceServers: [{urls: "stun:127.0.0.1:PORT"}]});
there.createDataChannel("x"); there.createOffer().then(offer => there.setLocalDescription(offer));
fetch("/bukti").catch(() => 0);""".replace("PORT", str(listener.getsockname()[1]))
        shells.fail("/assets/js/app.js", "body", body=script.encode(), content_type="text/javascript")
        ended = rendering(shells, sections="ekbis", limit="4")
        assert any(hit.path == "/bukti" for hit in shells.hits), "the script did not run"
        with pytest.raises(BlockingIOError):
            listener.recv(100)
    assert_is_clean(ended)


def test_a_flood_of_requests_ends_the_browser_and_nothing_else(shells, rendering):
    script = b"for (let number = 0; number < 4000; number++) fetch('/banjir?' + number).catch(() => 0);"
    shells.fail("/assets/js/app.js", "body", body=script, content_type="text/javascript")
    ended = rendering(shells, sections="ekbis")
    assert ended.code == 6, ended.log
    assert "over 1,000 requests at once" in ended.log
    assert len([hit for hit in shells.hits if "banjir" in hit.path]) < 2_000
    assert "Traceback" not in ended.log
    assert "Outcome: " in ended.last_line


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_list_that_sends_the_browser_elsewhere_is_not_followed(shells, rendering, output, trap, host):
    port, caught = trap
    section = shells.newsroom.section("ekbis").path
    served_once(shells, f"{section}$", "redirect", to=f"http://{host}:{port}/")
    ended = rendering(shells, sections="ekbis")
    assert caught == []
    assert ended.code == 6, ended.log
    assert output.ids == []
    assert_is_clean(ended)


def test_what_robots_txt_forbids_is_not_asked_for_by_scripts_either(rendering, output):
    robots = "User-agent: *\nDisallow: /*data=\n"
    with Portal(seed=44, articles=20, days=1, script_lists=True, robots=robots) as portal:
        ended = rendering(portal, sections="ekbis")
        assert ended.code == 6, ended.log
        assert not [hit for hit in portal.hits if "data=" in hit.path]
        assert output.ids == []
        assert "may be incomplete" in ended.log


# -- articles, and the archive --------------------------------------------------------------------------------------

ARTICLE_SHELL = b"""<html lang="id"><head><title>Warta Ekonomi</title></head><body><div id="app"></div><script>
fetch(location.pathname + "?page=all&isi=1").then(answer => answer.ok ? answer.text() : 0).then(text => {
  if (!text) return;
  const page = new DOMParser().parseFromString(text, "text/html");
  page.querySelectorAll("body script").forEach(element => element.remove());
  document.head.innerHTML = page.head.innerHTML;
  document.body.innerHTML = page.body.innerHTML;
});
</script></body></html>"""


def documents(folder):
    return [entry for path in warc.files([folder]) for entry in warc_reading.scan(path).entries]


def test_an_article_that_comes_as_a_shell_is_rendered_kept_and_replayed(rendering, output, tmp_path):
    with Portal(seed=45, articles=8, days=1) as portal:
        story = next(story for story in portal.newsroom.stories if story.body)
        portal.fail(rf"/read{story.id}/[^?]*\?page=all$", "body", body=ARTICLE_SHELL)
        ended = rendering(portal, settings={"ARCHIVE_ENABLED": True})
        assert ended.code == 0, ended.log
        record = next(one for one in output.records if one["identifier"] == story.identifier)
        assert (record["headline"], record["article_body"]) == (story.headline, story.body)
        assert ended.stats["render/escalated"] == 1
        kept = [entry for entry in documents(output.folder / "archive") if f"/read{story.id}/" in entry.url]
        assert [(entry.kind, entry.status) for entry in kept] == [("response", 200), ("resource", 200)]
        portal.clear()
        # Outside OUTPUT_DIR an archive is not believed when it says whose pages it holds.
        again = run(
            "replay",
            str(output.folder / "archive"),
            "--out",
            str(tmp_path / "again"),
            settings={"WARTA_URL": portal.url},
        )
        assert again.code == 0, again.log
        assert portal.hits == []
    output.folder, before = tmp_path / "again", output.records
    assert output.records == before


def test_an_article_its_script_fails_to_bring_is_tried_again_and_not_judged(rendering, output):
    with Portal(seed=45, articles=8, days=1) as portal:
        story = next(story for story in portal.newsroom.stories if story.body)
        portal.fail(rf"/read{story.id}/[^?]*\?page=all$", "body", body=ARTICLE_SHELL)
        portal.fail("isi=1", "500", 1)
        ended = rendering(portal)
        assert ended.code == 6, ended.log
        assert not (output.folder / "rejected.jsonl").exists()
        assert rendering(portal).code == 0
        assert story.identifier in output.ids


def test_a_rendered_list_is_kept_as_a_resource_and_a_refusal_as_what_it_was(shells, rendering, output):
    section = shells.newsroom.section("ekbis").path
    served_once(shells, f"{section}$", "500", times=1)
    assert rendering(shells, sections="ekbis", settings={"ARCHIVE_ENABLED": True}).code == 6
    assert rendering(shells, sections="ekbis", settings={"ARCHIVE_ENABLED": True}).code == 0
    kept = [entry for entry in documents(output.folder / "archive") if entry.url == shells.url + section]
    expected = [("response", 200), ("response", 500), ("response", 200), ("resource", 200)]
    assert [(entry.kind, entry.status) for entry in kept] == expected
    with closing(warc_reading.Reader()) as reader:
        document = reader.read(output.folder / "archive" / kept[-1].file, kept[-1])
    shown = {
        found.decode() for found in re.findall(rb'"articleListItem" href="[^"]*/(?:read|berita)(\d+)/', document.body)
    }
    assert shown == set(of_section(shells))


# -- where there is no browser --------------------------------------------------------------------------------------


def without(tmp_path, package):
    """Return an environment in which a package is not installed."""
    (tmp_path / "sitecustomize.py").write_text(f"import sys\nsys.modules[{package!r}] = None\n", encoding="utf-8")
    return {"PYTHONPATH": os.pathsep.join(filter(None, [str(tmp_path), os.environ.get("PYTHONPATH")]))}


def crawl_bare(portal, output, *, env=None, **settings):
    wired = {"WARTA_URL": portal.url, "OUTPUT_DIR": output.folder, "RENDER_ENABLED": True, **settings}
    return run("crawl", "warta", settings=wired, env=env)


def assert_usage(ended, portal, *words):
    assert ended.code == 2, ended.log
    assert ended.last_line.endswith(".")
    for text in words:
        assert text in ended.last_line
    assert "Traceback" not in ended.log
    assert portal.hits == []


def test_a_missing_package_is_said_with_the_command_that_installs_it(shells, output, tmp_path):
    ended = crawl_bare(shells, output, env=without(tmp_path, "scrapy_playwright"))
    assert_usage(ended, shells, "needs the package scrapy-playwright", "`pip install 'scrapy-playwright>=0.0.48'`")


def test_without_the_package_nothing_else_is_missing(output, tmp_path):
    with Portal(seed=46, articles=5, days=1) as portal:
        ended = crawl_bare(portal, output, env=without(tmp_path, "scrapy_playwright"), RENDER_ENABLED=False)
        assert ended.code == 0, ended.log
        assert len(output.ids) == 5


def test_a_missing_browser_is_said_with_the_command_that_installs_it(shells, output, tmp_path):
    env = {"PATH": str(tmp_path), "PLAYWRIGHT_BROWSERS_PATH": str(tmp_path)}
    ended = crawl_bare(shells, output, env=env)
    assert_usage(ended, shells, "no", "`playwright install chromium`", "RENDER_EXECUTABLE")


def test_a_browser_that_does_not_start_is_said(shells, output, tmp_path):
    broken = tmp_path / "chromium"
    broken.write_text("#!/bin/sh\necho 'libnss3.so: cannot open shared object file' >&2\nexit 127\n", encoding="utf-8")
    broken.chmod(0o755)
    ended = crawl_bare(shells, output, RENDER_EXECUTABLE=broken)
    assert_usage(ended, shells, "does not start (exit code 127: libnss3.so", "`playwright install --with-deps")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("RENDER_EXECUTABLE", "/no/such/browser"),
        ("RENDER_ENABLED", "maybe"),
        ("RENDER_SECONDS", "0"),
        ("RENDER_CONTEXT_PAGES", "many"),
    ],
)
def test_a_setting_that_cannot_be_used_is_said(name, value):
    given = {"RENDER_ENABLED": True, "RENDER_EXECUTABLE": sys.executable, name: value}
    with pytest.raises(ConfigError, match=f"^{name}='{value}' "):
        check(RenderConfig.read(given))
