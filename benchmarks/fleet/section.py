"""What was measured, as a section of a page."""

import os
from pathlib import Path

import numpy as np

from benchmarks.fleet.measurement import Compared, Findings

LONGEST, MOST_MEMORY, STEEPEST, DEAREST, LARGEST_SHARE = 600.0, 2 * 2**30, 1.05, 3.0, 0.20
"""Goals: seconds and bytes of a day of a million, exponent of cost, multiple of the floor, share of judges."""

MILLION = 1_000_000
TITLES = {
    "history": "the history: summing up, rules, detectors",
    "day": "a day more: summing up, rules, detectors",
}


def exponent(compared: list[Compared]) -> float | None:
    """Exponent of the fleet's size to which cost grows: processor time of all, fitted in logarithms.

    None where fewer than two sizes were measured.
    """
    if len(compared) < 2:  # noqa: PLR2004 - a slope has two points
        return None
    cost = [one.processor for one in compared]
    return float(np.polyfit(np.log([one.instruments for one in compared]), np.log(cost), 1)[0])


def goals(found: Findings) -> list[tuple[str, bool]]:
    """Each goal that what was measured speaks of, in words, and whether it is met."""
    answer = []
    for one in found.compared:
        if one.name == "day" and one.instruments == MILLION:
            answer += [
                (f"a day of a million instruments in {one.seconds:.0f} s, at most 600", one.seconds <= LONGEST),
                (f"in {one.memory / 2**20:,.0f} MiB, at most 2,048", one.memory <= MOST_MEMORY),
            ]
    largest = {one.name: one for one in found.compared}
    for name, one in largest.items():
        ratio = one.seconds / one.bare
        answer.append((f"{TITLES[name]}: {ratio:.2f} times bare COPY OUT, at most 3", ratio <= DEAREST))
    if "day" in largest:
        share = largest["day"].judging
        answer.append((f"judges take {100 * share:.0f} % of a day's job, at most 20", share <= LARGEST_SHARE))
    for name in largest:
        slope = exponent([one for one in found.compared if one.name == name])
        if slope is not None:
            answer.append(
                (f"{TITLES[name]}: cost grows as the fleet to the {slope:.2f}, at most 1.05", slope <= STEEPEST)
            )
    return answer


ABOUT = """
Every block holds all kinds: 40 % water, 35 % electricity and 20 % gas meters, chargers, dispensers and tank gauges;
each instrument shows its principal register once an hour, at a minute of its own, chargers and dispensers sell three
times a day, and every judge of the standard policy is on. Readings lie in the table in the order in which they come,
hour by hour. The floor is bare COPY OUT of the rows that the job reads, by the same driver over as many connections,
thrown away; both are timed from the first look to the last, processes started already. Readings of the neighbouring
days are read too, for midnights lie between two readings; they are part of both.
"""
COLUMNS = (
    "Fleet",
    "what",
    "readings new",
    "**job [s]**",
    "of it summing up and rules",
    "bare COPY OUT [s]",
    "**job / floor**",
    "the same of processor time",
    "judges",
    "memory [MiB]",
    "processor: watches, database [s]",
)


def page(found: Findings, command: str) -> str:
    """Markdown of all that was measured."""
    stood = (
        f"{size:,}: " + (", ".join(f"{judge} {count}" for judge, count in each.items()) or "none")
        for size, each in found.found.items()
    )
    lines = [
        "## Judging a fleet",
        "",
        f"Made by `{command}` on {os.cpu_count()} cores and {_memory():.0f} GiB of memory, shared by",
        f"{found.watches} watch processes and the database.",
        ABOUT,
        "| " + " | ".join(COLUMNS) + " |",
        "| --: | --- |" + " --: |" * (len(COLUMNS) - 2),
        *(_row(one) for one in found.compared),
        "",
        "Judges: their processor time, of that of watches and database together. Memory: the most that each watch ever",
        "held, added up.",
        "",
        "| Fleet | what | processor time in judges [s] |",
        "| --: | --- | --- |",
        *(_judges(one) for one in found.compared),
        "",
        "Findings that stood in the end: " + "; ".join(stood) + ".",
        "",
        "Goals:",
        "",
        *(f"- {'met' if met else '**missed**'}: {words}" for words, met in goals(found)),
        *(f"- left out: {words}" for words in found.left_out),
    ]
    return "\n".join(lines)


def _row(one: Compared) -> str:
    watches, database = sum(took.processor for took in one.job), sum(took.database for took in one.job)
    cells = (
        f"{one.instruments:,}",
        TITLES[one.name],
        f"{one.readings:,}",
        f"**{one.seconds:.1f}**",
        f"{one.summing:.1f}",
        f"{one.bare:.1f}",
        f"**{one.seconds / one.bare:.2f}**",
        f"{one.processor / one.bare_processor:.2f}",
        f"{100 * one.judging:.0f} %",
        f"{one.memory / 2**20:,.0f}",
        f"{watches:.1f}, {database:.1f}",
    )
    return "| " + " | ".join(cells) + " |"


def _judges(one: Compared) -> str:
    total: dict[str, float] = {}
    for took in one.job:
        for judge, seconds in took.by_judge.items():
            total[judge] = total.get(judge, 0.0) + seconds
    told = ", ".join(f"{judge} {total[judge]:.1f}" for judge in sorted(total, key=lambda judge: -total[judge]))
    return f"| {one.instruments:,} | {TITLES[one.name]} | {told} |"


def _memory() -> float:
    text = Path("/proc/meminfo").read_text(encoding="ascii")
    return int(text.split()[1]) / 2**20
