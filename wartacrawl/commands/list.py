"""`scrapy list`: the spiders, without importing them."""

from __future__ import annotations

from importlib.resources import files

from wartacrawl.command import Options, ProjectCommand

_FOLDER = "wartacrawl.spiders"


class Command(ProjectCommand):
    """Print the name of each spider; Scrapy's own command imports all of them for that."""

    summary = "List available spiders"
    examples = {"list": "their names, one a line; `scrapy crawl --help` has their arguments"}

    def work(self, args: list[str], opts: Options) -> None:  # noqa: ARG002 - the base's signature
        """Print the names."""
        names = own_spiders()
        if self.settings.getlist("SPIDER_MODULES") != [_FOLDER]:
            from scrapy.spiderloader import get_spider_loader

            names = get_spider_loader(self.settings).list()
        for name in sorted(names):
            print(name)


def own_spiders() -> list[str]:
    """Return the names of the spiders of this package: each has the name of its file, and says so there."""
    found = {file.name.removesuffix(".py"): file for file in files(_FOLDER).iterdir() if file.name.endswith(".py")}
    return [name for name, file in found.items() if f'\n    name = "{name}"\n' in file.read_text(encoding="utf-8")]
