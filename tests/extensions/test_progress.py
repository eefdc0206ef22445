"""The progress line: only in a terminal, never mixed with the log, and a banner at the end."""

import fcntl
import io
import os
import pty
import re
import struct
import subprocess
import termios

import pytest
from rich.console import Console
from scrapy.settings import Settings

from tests.conftest import ROOT, command
from wartacrawl.extensions import progress
from wartacrawl.portal.server import Portal

WIDTH = 300
LOG_LINE = re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \[[\w.-]+\] (?:DEBUG|INFO|WARNING|ERROR): ")
MOVING = re.compile(r" \d+ new · \d+ known · \d+ failed · ")


class Screen:
    """What a terminal shows, scrolled-off lines among it: just the sequences that a progress line is drawn with."""

    def __init__(self):
        self.lines = [""]
        self.row = self.column = 0
        self.frames = set()

    def feed(self, text):
        for sign in re.findall(r"\x1b\[[0-9;?]*[A-Za-z]|[^\x1b]", text):
            self._take(sign)
        return self

    def _take(self, sign):
        if sign == "\r":
            self.column = 0
        elif sign == "\n":
            self.row += 1
            self.column = 0
            if self.row == len(self.lines):
                self.lines.append("")
        elif sign == "\x1b[2K":
            self._note()
            self.lines[self.row] = ""
        elif sign == "\x1b[1A":
            self.row -= 1
        elif not sign.startswith("\x1b"):
            line = self.lines[self.row].ljust(self.column)
            self.lines[self.row] = line[: self.column] + sign + line[self.column + 1 :]
            self.column += 1
        else:
            assert sign[-1] in "mhl", f"{sign!r} is not understood here"

    def _note(self):
        if self.lines[self.row]:
            self.frames.add(self.lines[self.row])


def in_a_terminal(portal, output, **settings):
    """Crawl with standard error on a terminal; return the exit code and everything that was sent to it."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 50, WIDTH, 0, 0))
    wired = {"WARTA_URL": portal.url, "OUTPUT_DIR": output.folder, "DOWNLOAD_DELAY": 0, **settings}
    environment = {**os.environ, "TERM": settings.pop("TERM", "xterm-256color")}
    process = subprocess.Popen(command("crawl", "warta", settings=wired), cwd=ROOT, stderr=slave, env=environment)
    os.close(slave)
    sent = b""
    try:
        while chunk := os.read(master, 1 << 16):
            sent += chunk
    except OSError:  # the other side has gone: how a terminal says that all is read
        pass
    finally:
        os.close(master)
    return process.wait(30), sent.decode()


@pytest.fixture(scope="module")
def portal():
    with Portal(articles=30, days=2) as replica:
        yield replica


@pytest.fixture(autouse=True)
def healed(portal):
    yield
    portal.heal()
    portal.clear()


def test_the_line_moves_below_a_log_that_stays_whole(portal, output):
    portal.fail("/read", "slow", delay=0.3)
    code, sent = in_a_terminal(portal, output, LOG_LEVEL="DEBUG", CONCURRENT_REQUESTS_PER_DOMAIN=4)
    screen = Screen().feed(sent)
    assert code == 0, sent
    frames = [line for line in screen.frames if MOVING.search(line)]
    assert len(frames) > 3, "it moves"
    assert not [line for line in frames if LOG_LINE.search(line) or "[scrapy" in line]
    assert not [line for line in screen.lines if MOVING.search(line)], "it is gone at the end"
    crawled = [line for line in screen.lines if "DEBUG: Crawled (200)" in line]
    assert len(crawled) >= 30
    assert all(LOG_LINE.match(line) and re.search(r" \(referer: \S+\)$", line) for line in crawled)


def test_the_banner_closes_with_outcome_and_paths(portal, output):
    _, sent = in_a_terminal(portal, output)
    *_, log, empty, outcome, articles, report, last = [line.rstrip() for line in Screen().feed(sent).lines]
    assert "Outcome: ok (exit code 0)" in log
    assert (empty, last) == ("", "")
    assert outcome == " ok  30 articles written"
    assert articles == f" Articles {output.folder}/articles"
    assert report.startswith(f" Report   {output.folder}/reports/")
    assert report.endswith(".html")


def test_a_log_file_holds_no_line_of_it(portal, output, tmp_path):
    _, sent = in_a_terminal(portal, output, LOG_FILE=tmp_path / "crawl.log")
    log = (tmp_path / "crawl.log").read_text()
    assert MOVING.search(sent)
    assert not LOG_LINE.search(Screen().feed(sent).lines[0])
    assert "Outcome: ok" in log
    assert "\x1b" not in log
    assert not MOVING.search(log)


@pytest.mark.parametrize("settings", [{"PROGRESS_ENABLED": False}, {"LOG_FILE": "/dev/stderr"}, {"TERM": "dumb"}])
def test_there_is_none_where_it_is_not_wanted_or_would_be_in_the_way(portal, output, settings):
    code, sent = in_a_terminal(portal, output, **settings)
    assert code == 0
    assert "\x1b" not in sent
    assert "Outcome: ok" in sent


def test_there_is_none_without_a_terminal(portal, crawl):
    ended = crawl(portal)
    assert "\x1b" not in ended.log
    assert "Progress" not in ended.log
    assert "Outcome: ok" in ended.last_line


def test_a_stream_that_is_no_terminal_is_left_alone():
    assert not progress.is_wanted(Settings(), io.StringIO())


def test_time_to_go_is_that_of_what_was_found_so_far():
    stats = {"article/asked": 500, "item_scraped_count": 90, "article/failed/server": 9, "article/failed/gone": 1}
    assert progress.describe("indeks", stats, 0.5).endswith("9 failed · 30/min · 400 to go, 13 min")
    assert progress.describe("indeks", stats, 0.0).endswith("0/min · 400 to go")
    assert progress.describe("indeks", {}, 0.0).endswith("looking for more")


def test_known_are_articles_that_were_here_before_each_counted_once(crawl):
    with Portal(articles=25, days=2) as portal:
        fresh = crawl(portal, settings={"RECHECK_AGES": "", "RECONCILE_HOURS": 0})
        assert fresh.stats["list/cards"] > 25, "several lists name the same articles"
        assert progress.describe("warta", fresh.stats, 0.0).startswith("warta  25 new · 0 known · 0 failed")
        portal.publish(3)
        again = crawl(portal, settings={"RECHECK_AGES": "", "RECONCILE_HOURS": 0})
    assert progress.describe("warta", again.stats, 0.0).startswith("warta  3 new · 25 known · 0 failed")


def test_what_came_unchanged_is_no_longer_to_go():
    stats = {"article/asked": 9, "article/unchanged": 4, "classify/revision": 2, "item_scraped_count": 2}
    assert progress.describe("warta", stats, 0.0) == "warta  0 new · 4 known · 0 failed · 2 changed · 0/min · 3 to go"


def test_the_rate_follows_the_last_half_minute():
    rate = progress.Rate()
    for second in range(120):
        rate.note(second, second * 10 if second < 60 else 600 + (second - 60))
    assert rate.a_second() == pytest.approx(1.0)


@pytest.mark.parametrize(("word", "colour"), [("ok", "32"), ("partial", "33"), ("drift", "31"), ("crashed", "31")])
def test_the_banner_colours_the_outcome(word, colour):
    console = Console(file=io.StringIO(), force_terminal=True, color_system="standard")
    console.print(progress.banner({"outcome": word, "outcome/why": "because [of] this"}, {}))
    text = console.file.getvalue()
    assert f";{colour}m" in text
    assert "because [of] this" in text
