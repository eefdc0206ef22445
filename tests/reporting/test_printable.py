"""Nothing of a page steers a terminal, a log or a report, and no terminal's encoding makes a command fail."""

import io
import json
import logging
import os
import re
import subprocess

import pytest

from tests.conftest import ROOT, command, run
from wartacrawl.portal.server import Portal
from wartacrawl.reporting import printable

CSI, RLO = "\x9b", "\u202e"
UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def test_controls_and_direction_marks_become_escapes_and_nothing_else():
    every = "".join(map(chr, range(0x2100)))
    shown = printable.printable(every)
    assert not UNSAFE.search(shown)
    text = f"{CSI}é – ö{RLO}"
    assert json.loads(f'"{printable.printable(text)}"') == text
    kept = [sign for sign in every if not UNSAFE.match(sign)]
    assert printable.printable("".join(kept)) == "".join(kept)


def test_the_log_shows_them_as_escapes_tracebacks_included():
    log, stream = logging.getLogger("a page"), io.StringIO()
    handler = logging.StreamHandler(stream)
    logging.root.addHandler(handler)
    try:
        printable.make_log_printable()
        log.warning("No list page %s", f"/naik{CSI}31m{RLO}")
        log.error("It failed", exc_info=ValueError(f"{CSI}2J"))
    finally:
        logging.root.removeHandler(handler)
        for other in logging.root.handlers:
            if isinstance(other.formatter, printable.PrintableFormatter):
                other.setFormatter(other.formatter._inner)
    assert "/naik\\u009b31m\\u202e" in stream.getvalue()
    assert "ValueError: \\u009b2J" in stream.getvalue()
    assert not UNSAFE.search(stream.getvalue())


@pytest.fixture(scope="module")
def portal():
    with Portal(articles=12, days=2) as replica:
        yield replica


@pytest.mark.parametrize("encoding", ["cp1252", "latin-1", "ascii"])
def test_commands_print_in_every_encoding(portal, crawl, output, encoding):
    assert crawl(portal, limit=3).code == 0
    settings = {"WARTA_URL": portal.url, "OUTPUT_DIR": output.folder, "DOWNLOAD_DELAY": 0}
    env = {**os.environ, "PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"}
    for arguments in (["doctor"], ["coverage"], ["explain", portal.newsroom.stories[0].url]):
        words = command(*arguments, settings=settings)
        ended = subprocess.run(words, cwd=ROOT, env=env, capture_output=True, check=False)
        assert b"Traceback" not in ended.stderr, ended.stderr
        assert ended.returncode in {0, 6}
        assert ended.stdout.decode(encoding)


def test_a_page_that_tries_to_steer_the_terminal_is_shown_as_it_is(tmp_path):
    page = tmp_path / "page.html"
    page.write_text(
        "<!doctype html><html><head><title>Harga</title>"
        '<link rel="canonical" href="https://wartaekonomi.co.id/read600001/harga"></head><body>'
        '<div class="articlePostHeader"><h1>Harga naik</h1></div>'
        f'<div class="articlePostAuthor"><p>Editor: Siti{CSI}31m {RLO}tik</p></div>'
        f'<div class="articlePostContent"><p>Harga {CSI}2J naik {RLO}besok pagi di pasar induk kota.</p></div>',
        encoding="utf-8",
    )
    for flags in ([], ["--json"]):
        ended = run("explain", str(page), *flags)
        assert "Harga" in ended.out
        assert not UNSAFE.search(ended.out.replace("\x1b", "")), ended.out
