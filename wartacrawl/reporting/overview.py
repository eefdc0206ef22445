"""What the template of the page of all crawls needs in addition to the facts: sums, charts and the calendar."""

from __future__ import annotations

import math
from collections import Counter
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from wartacrawl.reporting.chart import smoothed, stacked, steps
from wartacrawl.reporting.index import TREND_DAYS
from wartacrawl.reporting.number import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wartacrawl.reporting.index import Facts

# Sections with an area of their own in the chart; the template has a colour for each, and one for the others.
SECTION_LIMIT = 6
# The trend of a folder with few days is no longer than this, and always has the first day of a month.
FEWEST_TREND_DAYS = 31
OTHERS = "others"
_HEIGHT = 100.0
# The state of a day → the class of its square.
_KEYS = {"closed": "c", "open": "o", "missing": "m", "empty": "e", "unknown": "u"}
_WORDS = {
    "closed": "complete",
    "open": "all so far",
    "missing": "some missing",
    "empty": "nothing listed",
    "unknown": "not walked",
}


def words(index: Facts) -> dict[str, Any]:
    """Return the values of the template by their names."""
    days = index["days"]
    crawls = sum(sum(month["outcomes"].values()) for month in index["months"])
    closed = sum(day["state"] == "closed" for day in days)
    return {
        "totals": {
            "exported": sum(day["exported"] for day in days),
            "days": len(days),
            "closed": closed,
            "closed_share": closed / len(days) if days else None,
            "crawls": crawls,
            "good": sum(month["outcomes"].get(word, 0) for month in index["months"] for word in ("ok", "partial")),
        },
        "trend": _trend(index),
        "years": list(_years(days)),
        "calendar": _calendar(days),
    }


def _trend(index: Facts) -> Facts:
    last = date.fromisoformat(index["days"][-1]["day"]) if index["days"] else date.fromisoformat(index["made"][:10])
    first = date.fromisoformat(index["days"][0]["day"]) if index["days"] else last
    shown = min(max((last - first).days + 1, FEWEST_TREND_DAYS), TREND_DAYS)
    days = [(last - timedelta(days=ago)).isoformat() for ago in range(shown - 1, -1, -1)]
    names = _names(index["sections"])
    counts = [_counts(index["sections"].get(day, {}), names) for day in days]
    columns = [[row[name] for row in counts] for name in names]
    areas = stacked([smoothed(column) for column in columns], _HEIGHT)
    months = [{"x": x, "name": _month(day)} for x, day in enumerate(days) if day.endswith("-01")]
    states = {day["day"]: day for day in index["days"]}
    shares = [_share(states.get(day)) for day in days]
    known = [share for share in shares if share is not None]
    # From the lowest share, in tens of percent: a day of which two articles in a hundred are missing is to be seen.
    floor = min(math.floor(min(known, default=1.0) * 10) / 10, 0.9)
    raised = [None if share is None else (share - floor) / (1 - floor) for share in shares]
    table: dict[str, Counter[str]] = {}
    for day, row in zip(days, counts, strict=True):
        table[day[:7]] = table.get(day[:7], Counter()) + Counter(row)
    listed = ", ".join(f"{name} {sum(column):,}" for name, column in zip(names, columns, strict=True))
    return {
        "days": shown,
        "most": max((sum(row.values()) for row in counts), default=0),
        "sections": [
            {"name": name or "without a section", "count": sum(column), "path": area}
            for name, column, area in zip(names, columns, areas, strict=True)
        ],
        "label": f"New articles a day by section over {shown} days: {listed}",
        "months": months,
        "coverage": steps(raised, _HEIGHT),
        "floor": floor,
        "coverage_label": (
            f"Coverage of {counted(len(known), 'day')} of the last year with articles, "
            f"{sum(share == 1 for share in known)} of them complete"
        ),
        "table": [
            {"month": month, "counts": [row[name] for name in names]}
            for month, row in sorted(table.items(), reverse=True)
        ],
    }


def _names(sections: dict[str, dict[str, int]]) -> list[str]:
    total: Counter[str] = Counter()
    for row in sections.values():
        total.update(row)
    names = [name for name, _ in total.most_common()]
    return names if len(names) <= SECTION_LIMIT + 1 else [*names[:SECTION_LIMIT], OTHERS]


def _counts(row: dict[str, int], names: list[str]) -> dict[str, int]:
    found = {name: row.get(name, 0) for name in names}
    if OTHERS in found:
        found[OTHERS] = sum(row.values()) - sum(found[name] for name in names if name != OTHERS)
    return found


def _share(day: Facts | None) -> float | None:
    return 1 - day["missing"] / day["total"] if day is not None and day["total"] else None


def _month(iso: str) -> str:
    day = date.fromisoformat(iso)
    return f"{day:%Y}" if day.month == 1 else f"{day:%b}"


def _years(days: list[Facts]) -> Iterator[Facts]:
    """Yield the years, the latest first, each with its days in columns of weeks that begin on Monday."""
    for year in sorted({day["day"][:4] for day in days}, reverse=True):
        mine = [day for day in days if day["day"].startswith(year)]
        offset = date(int(year), 1, 1).weekday()
        states = Counter(day["state"] for day in mine)
        squares = []
        for day in mine:
            place = date.fromisoformat(day["day"]).timetuple().tm_yday - 1 + offset
            squares.append(
                {"key": _KEYS[day["state"]], "x": place // 7 * 10, "y": place % 7 * 10, "title": _title(day)}
            )
        listed = ", ".join(f"{states[state]} {_WORDS[state]}" for state in _KEYS if states[state])
        yield {"year": year, "weeks": 54, "days": squares, "label": f"{year}, days: {listed}"}


def _title(day: Facts) -> str:
    title = f"{day['day']}: {_WORDS[day['state']]}"
    return f"{title}, {day['exported']} of {day['total']}" if day["total"] else title


def _calendar(days: list[Facts]) -> list[Facts]:
    """Return the months, the latest first: the number of days by state, the articles exported and missing."""
    rows: dict[str, Facts] = {}
    for day in days:
        row = rows.setdefault(
            day["day"][:7], {"month": day["day"][:7], **dict.fromkeys((*_KEYS, "exported", "lacking"), 0)}
        )
        row[day["state"]] += 1
        row["exported"] += day["exported"]
        row["lacking"] += day["missing"]
    return sorted(rows.values(), key=lambda row: str(row["month"]), reverse=True)
