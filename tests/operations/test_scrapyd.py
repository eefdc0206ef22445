"""Jobs under a real scrapyd: the egg, two spiders at once, a cancel, a crash of the server, wrong settings."""

import configparser
import json
import os
import re
import shutil
import subprocess
import tomllib
import urllib.error
import urllib.request
import zipfile
from importlib.resources import files
from urllib.parse import urlencode

import pytest

from tests.conftest import ROOT
from tests.daemon import ENVIRONMENT, LOCK, Daemon, environment, wait_for
from wartacrawl.portal.server import Portal
from wartacrawl.storage.verify import verify

SLOW = 0.15


@pytest.fixture(scope="module")
def portal():
    with Portal(seed=31, articles=90, days=3) as replica:
        yield replica


@pytest.fixture(autouse=True)
def healed(portal):
    yield
    portal.heal()
    portal.clear()


@pytest.fixture
def egg(scrapyd):
    (path,) = (scrapyd.home / "eggs" / "wartacrawl").glob("*.egg")
    return path


@pytest.fixture
def wired(portal, output):
    """Return the settings of a job on a portal slow enough for the job to be caught in the middle."""
    portal.fail("/read", "slow", delay=SLOW)
    return {"WARTA_URL": portal.url, "OUTPUT_DIR": output.folder, "EXPORT_BATCH": 4, "EXPORT_SECONDS": 0.5}


def truth(portal):
    return sorted(story.identifier for story in portal.newsroom.stories)


def days(portal):
    found = sorted({story.day for story in portal.newsroom.stories})
    return {"since": found[0].isoformat(), "until": found[-1].isoformat()}


def lines(output):
    return sum(file.read_bytes().count(b"\n") for file in output.folder.glob("articles/**/*.jsonl"))


def check_whole(portal, output):
    assert output.ids == truth(portal)
    assert verify(output.folder).findings == []


def reports(output):
    return [json.loads(file.read_text(encoding="utf-8")) for file in (output.folder / "reports").glob("*.json")]


def test_the_egg_is_zipped_with_its_data_and_nothing_else(egg):
    with zipfile.ZipFile(egg) as packed:
        names = packed.namelist()
        assert b"settings = wartacrawl.settings" in packed.read("EGG-INFO/entry_points.txt")
    pages = ("reporting/report.html.j2", "reporting/index.html.j2", "reporting/style.css.j2")
    for resource in ("article.schema.json", *pages):
        assert files("wartacrawl").joinpath(resource).is_file()
        assert f"wartacrawl/{resource}" in names
    assert {name.partition("/")[0] for name in names} == {"wartacrawl", "EGG-INFO"}


def test_the_replica_in_the_egg_starts_nothing_by_itself_and_works_when_asked(egg, tmp_path):
    code = (
        "from wartacrawl.portal.server import Portal; import urllib.request as u, wartacrawl\n"
        "with Portal(articles=5) as p: print(wartacrawl.__file__, len(u.urlopen(p.url + '/indeks').read()))"
    )
    ended = subprocess.run(
        [ENVIRONMENT / "python", "-c", code],
        env=environment(PYTHONPATH=str(egg)),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    path, size = ended.stdout.split()
    assert path.startswith(str(egg))
    assert int(size) > 1000


def test_two_spiders_at_once_on_one_folder_take_every_article_once(scrapyd, portal, output, wired):
    scrapyd.schedule("warta", "both-1", wired)
    scrapyd.schedule("indeks", "both-2", wired, **days(portal))
    wait_for(lambda: [scrapyd.jobs().get(job) for job in ("both-1", "both-2")] == ["running", "running"])
    scrapyd.finish("both-1", "both-2")
    for spider, job in (("warta", "both-1"), ("indeks", "both-2")):
        log = scrapyd.job_log(spider, job)
        assert "Outcome: ok (exit code 0)" in log.splitlines()[-1]
        assert "Traceback" not in log
    check_whole(portal, output)
    assert {record["metadata"]["job"] for record in output.records} == {"both-1", "both-2"}
    assert sorted((report["run"]["job"], report["outcome"]["word"]) for report in reports(output)) == [
        ("both-1", "ok"),
        ("both-2", "ok"),
    ]
    assert (scrapyd.home / "eggs" / "wartacrawl").is_dir()
    assert not (scrapyd.home / "items").exists()


def test_a_cancelled_job_ends_in_order_and_the_next_brings_the_rest(scrapyd, portal, output, wired):
    scrapyd.schedule("warta", "cancelled", wired)
    wait_for(lambda: lines(output) > 4)
    assert scrapyd.cancel("cancelled") == "running"
    scrapyd.finish("cancelled", seconds=15)
    log = scrapyd.job_log("warta", "cancelled")
    assert "Outcome: partial (exit code 6)" in log.splitlines()[-1]
    assert "Traceback" not in log
    assert verify(output.folder).findings == []
    assert 0 < len(output.ids) < len(truth(portal))
    (report,) = reports(output)
    assert report["outcome"]["word"] == "partial"
    scrapyd.schedule("warta", "rest", wired)
    scrapyd.finish("rest")
    check_whole(portal, output)


def test_a_killed_server_leaves_no_damage_and_goes_on_with_its_queue(scrapyd, portal, output, wired):
    portal.heal()
    portal.fail("/read", "slow", delay=4 * SLOW)
    scrapyd.schedule("warta", "killed-1", wired)
    scrapyd.schedule("indeks", "killed-2", wired, **days(portal))
    scrapyd.schedule("warta", "waiting", wired)
    wait_for(lambda: lines(output) > 8)
    assert scrapyd.jobs()["waiting"] == "pending"
    scrapyd.kill()
    scrapyd.start()
    # The orphans are at work still, unknown to the new server: soon there are four crawls on one folder.
    assert "Outcome: " not in scrapyd.job_log("warta", "killed-1")
    assert "killed-1" not in scrapyd.jobs()
    scrapyd.schedule("indeks", "again", wired, **days(portal))
    scrapyd.finish("waiting", "again")
    ended = ("warta", "killed-1"), ("indeks", "killed-2")
    wait_for(lambda: all("Outcome: " in scrapyd.job_log(*job) for job in ended))
    check_whole(portal, output)
    assert {record["metadata"]["job"] for record in output.records} <= {"killed-1", "killed-2", "waiting", "again"}


def test_a_killed_server_and_killed_jobs_leave_no_damage(scrapyd, portal, output, wired):
    scrapyd.schedule("warta", "dead", wired)
    wait_for(lambda: lines(output) > 4)
    scrapyd.kill_all()
    kept = lines(output)
    scrapyd.start()
    scrapyd.schedule("warta", "alive", wired)
    scrapyd.finish("alive")
    check_whole(portal, output)
    assert kept > 4


@pytest.mark.parametrize(
    ("options", "settings", "words"),
    [
        ({}, {}, "OUTPUT_DIR='output' is relative, and a scrapyd job has no folder to start from"),
        ({}, {"OUTPUT_DIR": "hasil/warta"}, "OUTPUT_DIR='hasil/warta' is relative"),
        ({"items_dir": "/var/lib/scrapyd/items"}, None, "empty items_dir in scrapyd.conf"),
        ({"jobs_dir": "/var/lib/scrapyd/jobs"}, None, "empty jobs_dir in scrapyd.conf"),
    ],
    ids=["OUTPUT_DIR missing", "OUTPUT_DIR relative", "items_dir set", "jobs_dir set"],
)
def test_a_wrong_set_up_is_one_sentence_at_the_start_of_the_log(
    options, settings, words, egg, scrapyd, portal, output, tmp_path
):
    given = {"WARTA_URL": portal.url, **({"OUTPUT_DIR": output.folder} if settings is None else settings)}
    if options:
        other = Daemon(tmp_path / "scrapyd", **options)
        shutil.copytree(egg.parents[1], other.home / "eggs")
        with other:
            log = refused(other, given)
    else:
        log = refused(scrapyd, given)
    # Scrapy says its version first; then comes the sentence, and nothing else but where the report is.
    lines = re.findall(r"(?m)^\S+ \S+ \[(.+)$", log)
    said = [line for line in lines if not line.startswith("scrapy.utils.log]") and "INFO: Report: " not in line]
    assert len(said) == 1
    assert "Outcome: usage (exit code 2): " in said[0]
    assert words in said[0]
    assert "Traceback" not in log
    assert portal.hits == []
    assert len(list(output.folder.glob("reports/refused/*.json"))) == (1 if settings is None else 0)


def refused(scrapyd, settings):
    job = f"refused-{len(scrapyd.jobs())}"
    scrapyd.schedule("warta", job, settings)
    scrapyd.finish(job)
    return scrapyd.job_log("warta", job)


def test_the_configuration_sets_only_what_scrapyd_knows_and_folders_are_absolute():
    known, ours = (configparser.ConfigParser(interpolation=None) for _ in range(2))
    (default,) = ENVIRONMENT.parent.glob("lib/python*/site-packages/scrapyd/default_scrapyd.conf")
    known.read(default)
    ours.read(ROOT / "deploy" / "scrapyd.conf")
    for section in ours.sections():
        assert set(ours[section]) <= set(known[section])
    folders = {name: value for name, value in ours["scrapyd"].items() if name.endswith("_dir")}
    assert set(folders) == {"eggs_dir", "dbs_dir", "logs_dir", "items_dir", "jobs_dir"}
    assert all(value.startswith("/") for value in folders.values() if value)
    assert ours["scrapyd"]["bind_address"] == "127.0.0.1"


def test_jobs_find_what_wartacrawl_needs_in_the_versions_it_is_tested_with():
    ours, scrapyds = (
        dict(re.findall(r"(?m)^([a-z0-9-]+)==(\S+)", lock.read_text(encoding="utf-8")))
        for lock in (ROOT / "requirements.lock", LOCK)
    )
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    needed = [re.match(r"[a-z0-9-]+", line)[0] for line in project["dependencies"]]
    assert len(needed) > 5
    assert {name: scrapyds.get(name) for name in needed} == {name: ours[name] for name in needed}
    assert "://" not in LOCK.read_text(encoding="utf-8")


def test_without_the_password_nothing_is_served(scrapyd):
    for path in ("", "jobs", "logs/", "scrapydstatus.json", "addversion.json"):
        with pytest.raises(urllib.error.HTTPError) as refused, urllib.request.urlopen(scrapyd.url + path, timeout=30):
            pass
        assert refused.value.code == 401
        refused.value.close()


def test_jobs_tell_of_a_bad_end_by_the_environment_of_scrapyd(egg, tmp_path, output, mailbox, monkeypatch):
    monkeypatch.setenv("WARTACRAWL_NOTIFY_URLS", mailbox.address)
    other = Daemon(tmp_path / "scrapyd")
    shutil.copytree(egg.parents[1], other.home / "eggs")
    with other:
        other.schedule("warta", "lost", {"WARTA_URL": "http://127.0.0.1:9", "OUTPUT_DIR": output.folder})
        other.finish("lost")
        said = other.log + other.job_log("warta", "lost")
    (letter,) = mailbox.letters
    assert letter["Subject"].endswith(": unreachable")
    assert mailbox.address not in said
    assert "@example.org" not in said


def test_a_page_that_found_its_way_by_dns_rebinding_is_served_nothing(scrapyd):
    body = urlencode({"project": "wartacrawl", "spider": "warta", "setting": "OUTPUT_DIR=/tmp/x"}).encode()
    for path, data in (("listjobs.json?project=wartacrawl", None), ("schedule.json", body), ("addversion.json", body)):
        headers = {"Host": f"evil.example:{scrapyd.port}", "Origin": f"http://evil.example:{scrapyd.port}"}
        request = urllib.request.Request(scrapyd.url + path, data, headers)
        with pytest.raises(urllib.error.HTTPError) as refused, urllib.request.urlopen(request, timeout=30):
            pass
        assert refused.value.code == 401
        refused.value.close()


@pytest.mark.parametrize(
    "given", [{}, {"SCRAPYD_USERNAME": "warta"}, {"SCRAPYD_USERNAME": "warta", "SCRAPYD_PASSWORD": "short"}]
)
def test_scrapyd_is_not_started_without_a_password(tmp_path, given):
    env = {name: value for name, value in os.environ.items() if not name.startswith("SCRAPYD_")}
    launcher = ROOT / "deploy" / "scrapyd-start"
    ended = subprocess.run(
        [launcher], cwd=tmp_path, env={**env, **given}, capture_output=True, text=True, timeout=30, check=False
    )
    assert ended.returncode == 2
    assert ended.stderr.startswith("scrapyd is not started: set SCRAPYD_USERNAME and SCRAPYD_PASSWORD")
    assert len(ended.stderr.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


def test_no_document_puts_a_secret_where_others_can_read_it():
    """`ps` shows command lines; crontabs, units and timetables are readable by all."""
    texts = [*(ROOT / "docs").glob("*.md"), ROOT / "README.md", *(ROOT / "deploy").glob("[!r]*")]
    for file in texts:
        lines = file.read_text(encoding="utf-8").splitlines()
        assert not [line for line in lines if re.search(r"curl\b.* -\w*u[ \"]|-s NOTIFY_URLS=|setting=NOTIFY", line)], (
            file
        )
        for line in lines:
            if re.search(r"> \S*(credentials|netrc|secrets)", line):
                assert "umask 077" in line, (file, line)
