"""Common Crawl on loopback: the list of its crawls, the index of each in blocks, and its files, by byte ranges."""

import gzip
import json
import re
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from pathlib import Path

from tests.archives.captures import Capture, Line, index, write
from tests.archives.host import Answer, Host

# Sites before and after ours in every index, and others that are easily taken for ours.
STRANGERS = ("ac,ada)/{}", "com,example)/berita/{}", "id,co,wartaekonom)/read{}/x", "id,co,wartaekonomi-lain)/read{}/x",
             "id,co,wartaekonomia)/read{}/x", "org,zebra)/{}")  # fmt: skip


class CommonCrawl:
    """The two servers for the length of a `with` block: `index` has `collinfo.json`, `data` has all files.

    Crawls are `add`ed, the newest first; `folder` holds what `data` serves, under the paths of the real one.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.crawls: list[str] = []
        self.index = Host(self._list)
        self.data = Host(lambda target, headers: ranged(folder, target, headers))

    def __enter__(self):
        with ExitStack() as stack:
            stack.enter_context(self.index)
            stack.enter_context(self.data)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *exception: object) -> None:
        self._stack.close()

    @property
    def settings(self) -> dict[str, object]:
        """The settings that lead a crawl here."""
        return {"ARSIP_INDEX_URL": self.index.url, "ARSIP_DATA_URL": self.data.url}

    def add(self, crawl: str, captures: Iterable[Capture], *, lines: int = 7, parts: int = 3, strangers: int = 40):
        """Add a crawl such as `CC-MAIN-2024-10`; its index has blocks of some `lines`, in some `parts` (files)."""
        self.crawls.append(crawl)
        root = self.folder / "crawl-data" / crawl
        held = list(captures)
        # Common Crawl keeps all answers but pages with status 200 in other files.
        for name, is_here in (("warc", True), ("crawldiagnostics", False)):
            chosen = [capture for capture in held if (capture.status == 200 and not capture.is_revisit) == is_here]
            if chosen:
                where = root / "segments" / "1707947473347.0" / name
                for number, path in enumerate(write(where, chosen)):
                    path.rename(where / f"{crawl}-{number:05}.warc.gz")
        files = sorted(path.relative_to(self.folder).as_posix() for path in root.rglob("*.warc.gz"))
        (root / "warc.paths.gz").write_bytes(gzip.compress("".join(f"{path}\n" for path in files).encode()))
        ours = [_line(line, f"crawl-data/{crawl}/") for line in index(root)]
        self._write_index(crawl, sorted([*ours, *_strangers(crawl, strangers)]), lines, parts)

    def collection(self, crawl: str) -> dict[str, object]:
        """Return a collection of pywb that serves a crawl from the same files."""
        cluster = self.folder / "cc-index" / "collections" / crawl / "indexes" / "cluster.idx"
        return {"index": {"type": "zipnum", "path": str(cluster)}, "archive_paths": f"{self.folder}/"}

    def _write_index(self, crawl: str, lines: list[str], size: int, parts: int) -> None:
        """Write blocks of lines, each a gzip member, and the table of their first lines."""
        folder = self.folder / "cc-index" / "collections" / crawl / "indexes"
        folder.mkdir(parents=True)
        blocks = [lines[start : start + size] for start in range(0, len(lines), size)]
        share = -(-len(blocks) // parts)
        table = []
        for number, block in enumerate(blocks):
            path = folder / f"cdx-{number // share:05}.gz"
            data = gzip.compress("".join(f"{line}\n" for line in block).encode())
            with path.open("ab") as file:
                first = " ".join(block[0].split(" ", 2)[:2])
                table.append(f"{first}\t{path.name}\t{file.tell()}\t{len(data)}\t{number + 1}\n")
                file.write(data)
        (folder / "cluster.idx").write_text("".join(table), encoding="utf-8")
        names = sorted(path.name for path in folder.glob("cdx-*.gz"))
        # For pywb alone: which file has a part.
        (folder / "cluster.loc").write_text("".join(f"{name}\t{name}\n" for name in names), encoding="utf-8")

    def _list(self, target: str, headers: Mapping[str, str]) -> Answer:  # noqa: ARG002
        if target.partition("?")[0] != "/collinfo.json":
            return Answer(404, b"no such page")
        crawls = [
            {
                "id": crawl,
                "name": f"{crawl} Index",
                "timegate": f"{self.index.url}/{crawl}/",
                "cdx-api": f"{self.index.url}/{crawl}-index",
                "from": "2024-02-20T22:43:44",
                "to": "2024-03-05T18:23:19",
            }
            for crawl in self.crawls
        ]
        return Answer(200, json.dumps(crawls).encode(), {"Content-Type": "application/json"})


def _line(line: Line, root: str) -> str:
    """Return a line as Common Crawl writes it: digests without a prefix, two more fields, longer file names."""
    where = {
        "url": line.where["url"],
        "mime": line.where.get("mime", "unk"),
        "mime-detected": "text/html",
        "status": line.where.get("status", "-"),
        "digest": line.where.get("digest", "").removeprefix("sha1:"),
        "length": line.where["length"],
        "offset": line.where["offset"],
        "filename": root + line.where["filename"],
        "languages": "ind",
        "encoding": "UTF-8",
    }
    return f"{line.key} {line.timestamp} {json.dumps(where)}"


def _strangers(crawl: str, count: int) -> list[str]:
    where = {"url": "https://example.org/", "mime": "text/html", "status": "200", "digest": "A" * 32}
    where |= {"length": "900", "offset": "0", "filename": f"crawl-data/{crawl}/segments/0/warc/none.warc.gz"}
    return [f"{key.format(number)} 20240221000000 {json.dumps(where)}" for number in range(count) for key in STRANGERS]


def ranged(folder: Path, target: str, headers: Mapping[str, str]) -> Answer:
    """Serve a file, or the bytes of it that are asked for: 206, 416, 404."""
    path = folder / target.partition("?")[0].lstrip("/")
    if ".." in path.parts or not path.is_file():
        return Answer(404, b"<Error><Code>NoSuchKey</Code></Error>", {"Content-Type": "application/xml"})
    data, asked = path.read_bytes(), headers.get("Range", "")
    kept = {"Content-Type": "application/octet-stream", "Accept-Ranges": "bytes"}
    if not asked:
        return Answer(200, data, kept)
    found = re.fullmatch(r"bytes=(\d*)-(\d*)", asked)
    if found is None or found[0] == "bytes=-":
        return Answer(416, b"", {"Content-Range": f"bytes */{len(data)}"})
    first = int(found[1]) if found[1] else max(0, len(data) - int(found[2]))
    last = min(int(found[2]), len(data) - 1) if found[1] and found[2] else len(data) - 1
    if first >= len(data) or first > last:
        return Answer(416, b"", {"Content-Range": f"bytes */{len(data)}"})
    return Answer(206, data[first : last + 1], {**kept, "Content-Range": f"bytes {first}-{last}/{len(data)}"})
