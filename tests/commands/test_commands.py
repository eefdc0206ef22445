"""Every command: what `--help` shows, and how it refuses what it does not take."""

import io
import sys

import pytest
from scrapy.cmdline import ScrapyArgumentParser, _get_commands_dict
from scrapy.exceptions import UsageError
from scrapy.settings import Settings

from wartacrawl import settings as ours
from wartacrawl.command import CommandError, ProjectCommand


def project(**given):
    settings = Settings()
    settings.setmodule(ours)
    settings.update(given, priority="cmdline")
    return settings


ALL = {
    name: command
    for name, command in _get_commands_dict(project(), inproject=True).items()
    if type(command).__module__.startswith("wartacrawl.commands")
}
OWN = {name: command for name, command in ALL.items() if isinstance(command, ProjectCommand)}


def prepared(name, **given):
    command = type(ALL[name])()
    command.settings = project(**given)
    return command


def help_of(name, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["scrapy", name, "--help"])
    command = prepared(name)
    parser = ScrapyArgumentParser(usage=f"scrapy {name} {command.syntax()}", conflict_handler="resolve")
    command.add_options(parser)
    return parser.format_help()


def test_scrapys_own_commands_are_replaced_only_where_it_is_meant():
    assert set(ALL) - set(OWN) == {"crawl"}
    assert {"list", "coverage", "verify"} <= set(OWN)


@pytest.mark.parametrize("name", sorted(ALL))
def test_help_ends_with_examples_that_begin_with_the_command(name, monkeypatch):
    shown = help_of(name, monkeypatch)
    examples = shown.rpartition("examples:\n")[2]
    assert examples.startswith(f"  scrapy {name}")
    assert max(map(len, examples.splitlines())) <= 90
    assert prepared(name).short_desc()


@pytest.mark.parametrize("name", sorted(ALL))
def test_help_is_shown_on_a_terminal_that_has_no_letters_but_ascii(name, monkeypatch):
    with io.TextIOWrapper(io.BytesIO(), encoding="ascii") as terminal:
        monkeypatch.setattr(sys, "stdout", terminal)
        terminal.write(help_of(name, monkeypatch))


def test_the_help_of_crawl_names_each_spider_and_each_argument_with_an_example(monkeypatch):
    shown = help_of("crawl", monkeypatch)
    for spider, argument in (("warta", "via"), ("indeks", "since"), ("artikel", "urls")):
        (line,) = (line for line in shown.splitlines() if line.startswith(f"  {spider} "))
        assert argument in line.split()
    for example in ("-a since=2025-01-05", "-a sections=ekbis,kabar-sawit", "-a limit=50", "-a via=rss,sitemap"):
        assert f"  {example} " in shown


@pytest.mark.parametrize("name", sorted(name for name, command in OWN.items() if command.limits[1] < 9))
def test_too_many_arguments_are_refused_with_an_example(name):
    with pytest.raises(UsageError, match=f"^scrapy {name} takes .*: run it as `scrapy {name}"):
        prepared(name).run(["x"] * 9, None)


def test_the_end_of_a_command_is_its_sentence_and_its_exit_code(capsys):
    class Failing(ProjectCommand):
        settings = project()
        exitcode = 0

        def work(self, *_):
            raise CommandError("drift", "The page has changed.")

    command = Failing()
    command.run([], None)
    assert command.exitcode == 5
    assert capsys.readouterr().err == "The page has changed.\n"


def test_an_error_that_is_not_ours_is_not_swallowed():
    class Broken(ProjectCommand):
        settings = project()

        def work(self, *_):
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        Broken().run([], None)
