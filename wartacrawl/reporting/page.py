"""The pages: of a report, and of all crawls. Each is one HTML document that needs nothing else."""

from __future__ import annotations

import math
from datetime import date, datetime
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import jinja2
from markupsafe import Markup, escape

from wartacrawl.language import dates
from wartacrawl.reporting import overview
from wartacrawl.reporting.number import counted, duration
from wartacrawl.reporting.outcome import ADVICE
from wartacrawl.reporting.printable import printable
from wartacrawl.storage.coverage import state_of

if TYPE_CHECKING:
    from wartacrawl.reporting.facts import Facts


def render(report: Facts) -> str:
    """Return the page of a report."""
    advice = ADVICE.get(report["outcome"]["word"])
    return _render("report.html.j2", report=report, months=_months(report["coverage"]), advice=advice)


def render_index(index: Facts) -> str:
    """Return the page of all crawls."""
    return _render("index.html.j2", index=index, **overview.words(index))


def _render(name: str, **values: Any) -> str:
    environment = jinja2.Environment(
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        finalize=lambda value: printable(value) if type(value) is str else value,
        lstrip_blocks=True,
        bytecode_cache=_bytecode_cache(),
        loader=jinja2.FunctionLoader(lambda name: files(__package__).joinpath(name).read_text(encoding="utf-8")),
    )
    environment.filters.update(
        number=_number,
        percent=_percent,
        seconds=lambda value: "–" if value is None else duration(value),
        wib=_wib,
        link=_link,
        size=_size,
        weekday=_weekday,
        counted=counted,
        code=_code,
    )
    return environment.get_template(name).render(**values)


def _bytecode_cache() -> jinja2.BytecodeCache | None:
    """Return the cache of compiled templates, in a folder of the user's own below the one for temporary files."""
    try:
        return jinja2.FileSystemBytecodeCache()
    except (RuntimeError, OSError):
        return None  # there is none that is safe to use


def _code(text: str) -> Markup:
    """Return a sentence with the text between backticks as code.

    >>> _code("run `scrapy doctor` & <look>")
    Markup('run <code>scrapy doctor</code> &amp; &lt;look&gt;')
    """
    parts = printable(text).split("`")
    whole = parts if len(parts) % 2 else [*parts[:-2], "`".join(parts[-2:])]
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if number % 2 else escape(part) for number, part in enumerate(whole)
    )


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:,}"


def _percent(share: float | None) -> str:
    """Return a share for reading: only a complete one is shown as 100 %.

    >>> _percent(0.9996), _percent(1.0), _percent(0.0004)
    ('99.9%', '100%', '0.1%')
    """
    if share is None:
        return "–"
    if 0 < share < 0.001:
        return "0.1%"
    if 0.995 <= share < 1:
        return f"{math.floor(share * 1000) / 10:.1f}%"
    return f"{share:.0%}"


def _size(value: int) -> str:
    return f"{value / 1e6:,.1f} MB" if value >= 1e5 else f"{value / 1e3:,.1f} kB"


def _wib(text: str | None, shape: str = "%-d %b %Y, %H:%M WIB") -> str:
    return "–" if text is None else datetime.fromisoformat(text).astimezone(dates.JAKARTA).strftime(shape)


def _weekday(iso: str) -> str:
    try:
        return date.fromisoformat(iso).strftime("%a %-d %b %Y")
    except ValueError:
        return "no date"


def _link(url: str | None) -> str | None:
    """Return an address that may be linked, None for all but web addresses: a page may hold any text."""
    return url if url and url.startswith(("https://", "http://")) else None


def _months(days: list[Facts]) -> list[Facts]:
    """Return the days of the calendar by month, each with the empty places before its first day (Monday first)."""
    months: list[Facts] = []
    for fact in days:
        day = date.fromisoformat(fact["day"])
        name = day.strftime("%B %Y")
        if not months or months[-1]["name"] != name:
            months.append({"name": name, "blanks": day.weekday(), "days": []})
        months[-1]["days"].append({**fact, "number": day.day, "state": _state(fact), "title": _title(fact)})
    return months


def _state(day: Facts) -> str:
    return state_of(day["total"], day["missing"], is_walked=day["is_walked"])


def _title(day: Facts) -> str:
    words = {
        "missing": f"{day['missing']:,} missing",
        "empty": "walked, nothing listed",
        "unknown": "not walked, nothing known",
        "closed": "complete",
        "open": "all of it exported so far, the day's index not walked to its end yet",
    }
    reasons = "; ".join(f"{reason}: {number}" for reason, number in day["reasons"].items())
    exported = f"{day['exported']:,} of {counted(day['total'], 'article')} exported"
    title = f"{_weekday(day['day'])}: {words[_state(day)]}; {exported}"
    return f"{title} ({reasons})" if reasons else title
