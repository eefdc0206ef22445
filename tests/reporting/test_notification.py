"""Messages on crawls that did not end well: a real mail server takes them, and no token stands anywhere."""

import logging
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from tests.conftest import run as run_scrapy
from wartacrawl.config import ConfigError, NotifyConfig
from wartacrawl.portal.server import Portal
from wartacrawl.reporting import notification
from wartacrawl.reporting.outcome import Outcome

pytest.importorskip("apprise")

SECRET = "rahasia-sekali-12345"  # noqa: S105 - what must be seen nowhere


def text_of(letter):
    return letter.get_body(("plain", "html")).get_content()


@pytest.fixture
def refusing():
    """Return the port of a web service that refuses every message."""

    class Refuse(BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(403)
            self.end_headers()

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Refuse) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


def test_a_message_says_outcome_why_numbers_advice_and_report():
    stats = {
        "export/lines": 1200,
        "article/failed/server": 3,
        "article/pending": 7,
        "monitors/failed/Errors": "12 errors in the log",
        "report": "/var/lib/wartacrawl/reports/x.html",
    }
    message = notification.compose("warta", Outcome("drift", "51% of 90 texts came from the generic layer"), stats)
    assert message.title.startswith("wartacrawl warta on ")
    assert message.title.endswith(": drift")
    first, numbers, monitor, advice, report = message.body.splitlines()
    assert first == "drift (exit code 5): 51% of 90 texts came from the generic layer"
    assert numbers == "1,200 articles written, 3 failed, 0 rejected, 7 pending."
    assert monitor == "Monitor Errors: 12 errors in the log"
    assert advice.startswith("What to do: Run `scrapy doctor`")
    assert report == "Report: /var/lib/wartacrawl/reports/x.html"


def test_addresses_come_from_the_setting_and_else_from_the_environment(monkeypatch):
    def addresses(**settings):
        return notification.addresses(NotifyConfig.read(settings))

    one, two = "mailto://a:b@example.org?to=c@example.org,d@example.org", "json://127.0.0.1:9/x"
    monkeypatch.setenv("WARTACRAWL_NOTIFY_URLS", f"{one},{two}")
    assert addresses() == (one, two)
    assert addresses(NOTIFY_URLS=f"{two} \n {one}") == (two, one)
    monkeypatch.delenv("WARTACRAWL_NOTIFY_URLS")
    assert addresses(NOTIFY_URLS=[one, two]) == (one, two)
    assert addresses(NOTIFY_URLS="") == ()


@pytest.mark.parametrize("address", [f"tgram://{SECRET}", f"nowhere://{SECRET}/x", SECRET, f"http://:{SECRET}@"])
def test_an_address_that_cannot_be_used_is_one_sentence_without_it(address, caplog, monkeypatch):
    monkeypatch.setenv("WARTACRAWL_NOTIFY_URLS", f"json://127.0.0.1 {address}")
    with pytest.raises(ConfigError) as refused:
        notification.addresses(NotifyConfig.read())
    assert str(refused.value).startswith("WARTACRAWL_NOTIFY_URLS: address 2 (")
    assert SECRET not in str(refused.value) + caplog.text
    assert "\n" not in str(refused.value)


def test_a_service_that_refuses_is_one_sentence_without_a_token(refusing, caplog):
    caplog.set_level(logging.DEBUG)
    address = f"json://user:{SECRET}@127.0.0.1:{refusing}/{SECRET}"
    (trouble,) = notification.send((address,), notification.Message("t", "b"))
    assert trouble.startswith(f"No message to json://user:****@127.0.0.1:{refusing}: ")
    assert "403" in trouble
    assert SECRET not in trouble + caplog.text


def test_a_crawl_that_ends_badly_is_told_and_one_that_ends_well_is_not(mailbox, crawl, monkeypatch):
    monkeypatch.setenv("WARTACRAWL_NOTIFY_URLS", mailbox.address)
    with Portal(articles=5, days=1) as portal:
        assert crawl(portal).code == 0
        assert mailbox.letters == []
        portal.fail("/", "503")
        ended = crawl(portal, settings={"RETRY_TIMES": 0})
    assert ended.code == 3, ended.log
    (letter,) = mailbox.letters
    assert letter["Subject"].startswith("wartacrawl warta on ")
    assert letter["Subject"].endswith(": unreachable")
    assert letter["To"] == "redaksi@example.org"
    assert "unreachable (exit code 3): no page of http" in text_of(letter)
    assert "/reports/" in text_of(letter)
    assert "Outcome: unreachable" in ended.last_line


def test_a_crawl_that_is_refused_is_told_too(mailbox, crawl, monkeypatch):
    monkeypatch.setenv("WARTACRAWL_NOTIFY_URLS", mailbox.address)
    assert crawl("http://127.0.0.1:9", limit="many").code == 2
    (letter,) = mailbox.letters
    assert "usage (exit code 2): " in text_of(letter)


def test_nobody_to_reach_changes_no_outcome(crawl, output, monkeypatch):
    monkeypatch.setenv("WARTACRAWL_NOTIFY_URLS", f"json://user:{SECRET}@127.0.0.1:9/{SECRET}")
    with Portal(articles=5, days=1) as portal:
        portal.fail("/", "503")
        ended = crawl(portal, settings={"RETRY_TIMES": 0, "LOG_LEVEL": "DEBUG"})
    assert ended.code == 3
    assert "No message to json://user:****@127.0.0.1:9: " in ended.log
    assert "Traceback" not in ended.log
    reports = list((output.folder / "reports").iterdir())
    assert not any(SECRET in text for text in [ended.log, *(path.read_text() for path in reports)])


def test_the_command_sends_a_test(mailbox):
    ended = run_scrapy("notify", env={"WARTACRAWL_NOTIFY_URLS": f"{mailbox.address} json://127.0.0.1:9/x"})
    assert ended.code == 3, ended.log
    assert ended.out == "Sent to 1 of 2: see whether it arrived.\n"
    (trouble,) = ended.log.splitlines()
    assert trouble.startswith("No message to json://127.0.0.1:9: ")
    (letter,) = mailbox.letters
    assert letter["Subject"].endswith(": a test")


def test_the_command_says_what_is_missing(tmp_path):
    assert run_scrapy("notify", env={"WARTACRAWL_NOTIFY_URLS": ""}).log.startswith("There is no address to send to: ")
    (tmp_path / "apprise.py").write_text("raise ImportError\n")
    ended = run_scrapy("notify", env={"WARTACRAWL_NOTIFY_URLS": "json://x", "PYTHONPATH": f"{tmp_path}:."})
    assert ended.code == 2
    assert ended.log == (
        "WARTACRAWL_NOTIFY_URLS needs the package apprise: install it with `pip install 'wartacrawl[notify]'`.\n"
    )
