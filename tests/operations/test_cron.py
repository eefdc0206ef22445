"""The line of docs/operations.md for cron alone, as it stands there."""

import fcntl
import os
import re
import subprocess

import pytest

from tests.conftest import ROOT
from wartacrawl.portal.server import Portal


@pytest.fixture
def cron(tmp_path):
    """Run the line against a replica, in a home that has the clone; return exit code and what cron would mail."""
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    (line,) = re.findall(r"(?m)^5 \* \* \* \* (cd .*)$", page)
    assert "%" not in line  # to cron it is a line feed
    (tmp_path / "wartacrawl").symlink_to(ROOT)

    def cron(portal):
        typed = line.replace("-L WARNING", f"-L WARNING -s WARTA_URL={portal.url} -s RETRY_TIMES=0")
        env = {**os.environ, "HOME": str(tmp_path), "PYTHONPATH": str(ROOT)}
        ended = subprocess.run(["sh", "-c", typed], env=env, capture_output=True, text=True, timeout=120, check=False)
        return ended.returncode, ended.stdout + ended.stderr

    return cron


def test_cron_mails_only_when_a_person_is_needed(cron, tmp_path):
    with Portal(articles=6, days=1) as portal:
        portal.fail(f"/read{portal.newsroom.stories[0].id}/", "500")
        assert cron(portal) == (0, ""), "partial"
        portal.heal()
        assert cron(portal) == (0, ""), "ok"
        assert list((tmp_path / "warta" / "articles").rglob("*.jsonl"))
        portal.fail("/", "503")
        code, mail = cron(portal)
    assert code == 0
    assert "Outcome: unreachable (exit code 3): " in mail
    assert "Traceback" not in mail


def test_a_crawl_is_left_out_while_the_one_before_is_running(cron, tmp_path):
    with Portal(articles=3, days=1) as portal, (tmp_path / "warta.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert cron(portal) == (0, "")
        assert portal.hits == []
