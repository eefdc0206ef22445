"""`scrapy schedule` and what calls it: a real scrapyd, real commands, the files of deploy/."""

import re
import shutil
import subprocess
import threading
from datetime import datetime

import pytest

from tests.conftest import ROOT, run
from tests.daemon import CREDENTIALS, Daemon, clone, wait_for
from tests.newcomer import Newcomer
from wartacrawl.commands.list import own_spiders
from wartacrawl.language.dates import JAKARTA
from wartacrawl.portal.server import Portal

NIGHT = "2026-11-24T03:00"


@pytest.fixture(scope="module")
def portal():
    # Days enough for the nightly crawl of the last week to find articles on each.
    with Portal(seed=41, articles=45, days=9) as replica:
        yield replica


@pytest.fixture
def tree(scrapyd, tmp_path):
    """Return a clone whose scrapy.cfg points at the server."""
    return clone(tmp_path / "wartacrawl", scrapyd.url)


@pytest.fixture
def timetable(tree, portal, output):
    """Write the timetable of the clone: a crawl of the replica at half past two, under a name of the test's own."""
    path = tree / "deploy" / "timetable.toml"

    def write(name, *, arguments="limit = 2", spider="warta", cron="30 2 * * *"):
        path.write_text(
            f'[settings]\nOUTPUT_DIR = "{output.folder}"\nWARTA_URL = "{portal.url}"\n'
            f'[[job]]\nname = "{name}"\nspider = "{spider}"\ncron = "{cron}"\narguments = {{ {arguments} }}\n',
            encoding="utf-8",
        )
        return path

    return write


def schedule(scrapyd, tree, *arguments, **env):
    """Run the command as cron does, in the clone, with scrapyd's own Python."""
    return scrapyd.run(tree, "scrapy", "schedule", *arguments, **env)


def posted(scrapyd, name):
    """Return the ids of the jobs of a name, as often as scrapyd has them."""
    answer = scrapyd.call("listjobs.json", project="wartacrawl")
    return [job["id"] for state in ("pending", "running", "finished") for job in answer[state] if name in job["id"]]


def test_what_is_due_is_posted_once_and_runs_with_its_arguments_and_settings(scrapyd, tree, timetable, output):
    timetable("once")
    first = schedule(scrapyd, tree, "--at", NIGHT)
    assert (first.returncode, first.stdout, first.stderr) == (0, "once-2026-11-24T0230: posted\n", "")
    second = schedule(scrapyd, tree, "--at", "2026-11-24T23:59")
    assert second.returncode == 0
    assert re.fullmatch(r"once-2026-11-24T0230: already (pending|running|finished)\n", second.stdout)
    scrapyd.finish("once-2026-11-24T0230")
    third = schedule(scrapyd, tree, "--at", NIGHT)
    assert (third.returncode, third.stdout) == (0, "once-2026-11-24T0230: already finished\n")
    assert posted(scrapyd, "once-") == ["once-2026-11-24T0230"]
    assert "Outcome: ok" in scrapyd.job_log("warta", "once-2026-11-24T0230").splitlines()[-1]
    assert len(output.ids) == 2
    next_day = schedule(scrapyd, tree, "--at", "2026-11-25T03:00")
    assert next_day.stdout == "once-2026-11-25T0230: posted\n"
    scrapyd.finish("once-2026-11-25T0230")


def test_four_at_the_same_time_post_a_job_once(scrapyd, tree, timetable):
    timetable("race")
    ended = []
    threads = [threading.Thread(target=lambda: ended.append(schedule(scrapyd, tree, "--at", NIGHT))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [one.returncode for one in ended] == [0, 0, 0, 0]
    assert sorted(one.stdout.partition(": ")[2].split()[0] for one in ended) == ["already"] * 3 + ["posted"]
    scrapyd.finish("race-2026-11-24T0230")
    assert posted(scrapyd, "race-") == ["race-2026-11-24T0230"]


def test_a_job_waits_for_the_end_of_the_one_before(scrapyd, tree, timetable, portal):
    timetable("slow", cron="5 * * * *", arguments="")
    portal.fail("/read", "slow", delay=2)
    try:
        assert schedule(scrapyd, tree, "--at", "2026-11-24T03:05").stdout == "slow-2026-11-24T0305: posted\n"
        wait_for(lambda: scrapyd.jobs()["slow-2026-11-24T0305"] == "running")
        again = schedule(scrapyd, tree, "--at", "2026-11-24T04:05")
        assert again.returncode == 0
        assert again.stdout == "slow-2026-11-24T0405: not posted, slow-2026-11-24T0305 is still running\n"
        scrapyd.cancel("slow-2026-11-24T0305")
        scrapyd.finish("slow-2026-11-24T0305")
    finally:
        portal.heal()
    assert schedule(scrapyd, tree, "--at", "2026-11-24T04:05").stdout == "slow-2026-11-24T0405: posted\n"
    scrapyd.finish("slow-2026-11-24T0405")


def test_without_at_the_clock_counts(scrapyd, tree, timetable):
    timetable("clock", cron="0 * * * *")
    before = datetime.now(JAKARTA)
    ended = schedule(scrapyd, tree, "--dry-run")
    after = datetime.now(JAKARTA)
    assert ended.stdout.partition(": ")[0] in {f"clock-{moment:%Y-%m-%dT%H}00" for moment in (before, after)}
    assert ": scrapy crawl warta -a limit=2 -s OUTPUT_DIR=/" in ended.stdout
    assert posted(scrapyd, "clock-") == []


def test_nothing_due_is_said_and_is_no_error(scrapyd, tree, timetable):
    timetable("weekly", cron="30 2 * * sun")
    ended = schedule(scrapyd, tree, "--at", NIGHT)
    assert (ended.returncode, ended.stdout) == (0, "Nothing was due within the last 24 hours.\n")


@pytest.mark.parametrize(
    ("job", "words"),
    [
        ({"spider": "berita"}, "'berita' is not a spider of this project: there are arsip, artikel, indeks, warta."),
        (
            {"arguments": 'secions = "ekbis"'},
            "job 'wrong' of the timetable cannot run: secions='ekbis' is not an argument",
        ),
        ({"arguments": 'since = "tomorrow"'}, "since='tomorrow' is n"),
        ({"cron": "2:30"}, "cron='2:30' cannot be used"),
    ],
)
def test_a_wrong_job_is_found_before_anything_is_posted(scrapyd, tree, timetable, job, words):
    timetable("wrong", **job)
    ended = schedule(scrapyd, tree, "--at", NIGHT)
    assert ended.returncode == 2
    assert words in ended.stderr
    assert len(ended.stderr.splitlines()) == 1
    assert posted(scrapyd, "wrong-") == []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--target", "moon"], "'moon' is not a [deploy:…] of scrapy.cfg: there are local."),
        (["--at", "tonight"], "--at 'tonight' is not a time"),
        (["nowhere.toml"], "nowhere.toml cannot be read"),
        (["a.toml", "b.toml"], "takes [TIMETABLE], not 'a.toml b.toml'"),
    ],
)
def test_a_wrong_call_is_one_sentence(scrapyd, tree, timetable, arguments, words):
    timetable("call")
    ended = schedule(scrapyd, tree, *arguments)
    assert ended.returncode == 2
    assert words in ended.stderr + ended.stdout
    assert "Traceback" not in ended.stderr


def test_a_wrong_password_is_a_usage_error_that_says_where_it_is_set(scrapyd, tree, timetable):
    timetable("secret")
    for wrong in ({"SCRAPYD_PASSWORD": "wrong"}, {"SCRAPYD_USERNAME": "", "SCRAPYD_PASSWORD": ""}):
        ended = schedule(scrapyd, tree, "--at", NIGHT, **wrong)
        assert ended.returncode == 2
        assert "rejects the name or password: set SCRAPYD_USERNAME and SCRAPYD_PASSWORD" in ended.stderr
        assert len(ended.stderr.splitlines()) == 1


def test_name_and_password_may_stand_in_scrapy_cfg(scrapyd, tree, timetable):
    timetable("written")
    name, password = CREDENTIALS.values()
    config = (tree / "scrapy.cfg").read_text(encoding="utf-8")
    config = config.replace("$SCRAPYD_USERNAME", name).replace("$SCRAPYD_PASSWORD", password.replace("%", "%%"))
    (tree / "scrapy.cfg").write_text(config, encoding="utf-8")
    ended = schedule(scrapyd, tree, "--at", NIGHT, SCRAPYD_USERNAME="", SCRAPYD_PASSWORD="")
    assert (ended.returncode, ended.stdout) == (0, "written-2026-11-24T0230: posted\n")
    scrapyd.finish("written-2026-11-24T0230")


@pytest.mark.parametrize(
    ("url", "code", "words"),
    [
        ("http://127.0.0.1:1/", 3, "No scrapyd answers at http://127.0.0.1:1/"),
        ("{portal}/", 2, "has no listjobs.json: check [services] of scrapyd.conf, and url in scrapy.cfg"),
        ("ftp://127.0.0.1/", 2, "[deploy:local] of scrapy.cfg needs url and project"),
    ],
)
def test_an_address_without_scrapyd_is_one_sentence(scrapyd, tree, timetable, portal, url, code, words):
    timetable("lost")
    config = (tree / "scrapy.cfg").read_text(encoding="utf-8")
    (tree / "scrapy.cfg").write_text(config.replace(scrapyd.url, url.format(portal=portal.url)), encoding="utf-8")
    ended = schedule(scrapyd, tree, "--at", NIGHT)
    assert ended.returncode == code
    assert words in ended.stderr
    assert len(ended.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("kind", "options", "code", "words"),
    [
        ("500", {}, 1, "answered 500: the reason is in its log"),
        ("body", {"body": b"<html>halo</html>"}, 2, "does not answer as scrapyd does"),
        ("body", {"body": b'{"status": "ok"}'}, 2, "does not answer as scrapyd does"),
        ("body", {"body": b"[]"}, 1, "refused: no JSON object"),
        (
            "body",
            {"body": b'{"status": "error", "message": "Traceback\\nOSError: disk full"}'},
            1,
            "OSError: disk full",
        ),
        ("reset", {}, 3, "No scrapyd answers"),
        ("truncated", {}, 3, "No scrapyd answers"),
    ],
)
def test_an_answer_that_is_none_is_one_sentence(scrapyd, tree, timetable, portal, kind, options, code, words):
    timetable("odd")
    config = (tree / "scrapy.cfg").read_text(encoding="utf-8")
    (tree / "scrapy.cfg").write_text(config.replace(scrapyd.url, portal.url), encoding="utf-8")
    portal.fail("/listjobs.json", kind, **options)
    try:
        ended = schedule(scrapyd, tree, "--at", NIGHT)
    finally:
        portal.heal()
    assert ended.returncode == code
    assert words in ended.stderr
    assert len(ended.stderr.splitlines()) == 1


def test_a_scrapyd_without_the_project_says_how_to_send_it(timetable, tmp_path):
    timetable("early")
    with Daemon(tmp_path / "scrapyd") as empty:
        tree = clone(tmp_path / "other", empty.url)
        shutil.copy(tmp_path / "wartacrawl" / "deploy" / "timetable.toml", tree / "deploy")
        ended = schedule(empty, tree, "--at", NIGHT)
    assert ended.returncode == 2
    assert "has no project 'wartacrawl' yet: send it with `scrapyd-deploy`" in ended.stderr


def test_the_units_of_systemd_are_sound(tmp_path):
    if shutil.which("systemd-analyze") is None:
        pytest.skip("no systemd-analyze on this machine")
    units = [*(ROOT / "deploy").glob("*.service"), *(ROOT / "deploy").glob("*.timer")]
    assert len(units) == 3
    for unit in units:
        text = unit.read_text(encoding="utf-8").replace("/opt/wartacrawl", str(ROOT))
        (tmp_path / unit.name).write_text(text, encoding="utf-8")
    ended = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *(tmp_path / unit.name for unit in units)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (0, "")


@pytest.fixture
def newcomer(portal, tmp_path):
    with Newcomer(tmp_path, portal.url) as somebody:
        yield somebody


def commands():
    """Return the commands of docs/scrapyd.md, step by step."""
    page = (ROOT / "docs" / "scrapyd.md").read_text(encoding="utf-8")
    steps = re.findall(r"(?ms)^```sh\n(.*?)^```", page)
    assert len(steps) == 8
    return steps


def test_the_ten_minutes_of_the_page_work_for_a_newcomer(newcomer):
    install, configure, start, send, rehearse, post, nightly, morning = commands()
    # The test has the clone already, and no crontab to change; its lines are run below.
    assert install == "cd ~/wartacrawl\nmake scrapyd\n"
    assert nightly.endswith("cat deploy/crontab) | crontab -\n")
    assert newcomer.types(f"set -e\ncd ~/wartacrawl\n{configure}")[0] == 0
    newcomer.reads_the_replica_instead()
    code, shown = newcomer.types(f"set -e\n{start}\n{send}\n{rehearse}\n{post}")
    assert code == 0, shown
    assert '"status": "ok"' in shown
    assert f'"spiders": {len(own_spiders())}' in shown
    assert "Outcome: ok (exit code 0): 200 articles written" in shown
    assert re.search(r"200 lines of 200 articles in \d+ parts, 0 findings", shown)
    assert re.search(r"(?m)^warta-\S+: scrapy crawl warta -s OUTPUT_DIR=/", shown)
    for spider in ("warta", "indeks"):
        assert re.search(rf"(?m)^{spider}-\S+: posted$", shown)
        assert re.search(rf"(?m)^{spider}-\S+: already (pending|running|finished)$", shown)
    last_lines = morning.splitlines()[0]
    wait_for(lambda: newcomer.types(last_lines)[1].count("Outcome: ") == 3)
    code, shown = newcomer.types(f"cd ~/wartacrawl\n{morning}")
    assert code == 0
    assert shown.count("Outcome: ok") == 3
    assert "Announced, exported and missing" in shown


def test_the_lines_of_cron_start_scrapyd_and_post_silently(newcomer):
    text = (ROOT / "deploy" / "crontab").read_text(encoding="utf-8")
    start, post = (re.search(rf"(?m)^{re.escape(when)} (.*)$", text)[1] for when in ("@reboot", "*/5 * * * *"))
    assert "%" not in start + post  # to cron it is a line feed
    assert newcomer.types(f"cd ~/wartacrawl\n{commands()[1]}")[0] == 0
    newcomer.reads_the_replica_instead()
    code, shown = newcomer.types(post, into="sh")
    assert (code, "No scrapyd answers" in shown) == (3, True), shown
    # Cron waits for what it has started; a test does not.
    assert newcomer.types(f"({start}) &", into="sh")[0] == 0
    enter, credentials, _, up = commands()[2].splitlines()
    assert newcomer.types("\n".join(["set -e", enter, credentials, up, commands()[3]]))[0] == 0
    assert newcomer.types(post, into="sh") == (0, "")
    logs = newcomer.home / "scrapyd" / "logs" / "wartacrawl"
    for spider in ("warta", "indeks"):
        (log,) = wait_for(lambda spider=spider: list(logs.glob(f"{spider}/*.log")))
        wait_for(lambda log=log: "Outcome: " in log.read_text(encoding="utf-8"))
        assert "Outcome: ok" in log.read_text(encoding="utf-8")


def test_help_names_the_page_that_explains_it():
    ended = run("schedule", "--help")
    assert ended.code == 0
    assert "docs/scrapyd.md" in ended.out
    assert (ROOT / "docs" / "scrapyd.md").exists()
