"""Native telemetry format v1 as bytes, from columns: one template a sheet and day, filled instrument by instrument.

Cumulative registers travel as JSON strings, momentary ones as JSON numbers: the contract allows both, and a city that
sends both keeps the decoder honest. `"%.3f" % (count / 1000)` is exact: the nearest double to count/1000 prints back to
the same three decimals for every count below 2^50.
"""

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

import numpy as np

from simulators.civil_day import HOUR_SECONDS, second_of, stamp
from simulators.day_book import Bills, DayBook, Notice, Numbers, Sheet


class Message(NamedTuple):
    """One payload, when it is due at the broker [s since 1970], what it carries, and who says it if one alone does."""

    due: float
    source: str
    payload: bytes
    readings: int = 0
    transactions: int = 0
    events: int = 0
    instrument: str = ""
    format: str = "native"


def encode(book: DayBook, after: int, until: int, *, daily: bool) -> Iterator[Message]:
    """Messages of what was indicated, billed or noticed in (after, until] [s after midnight], in no special order.

    Parameters
    ----------
    daily
        One message an instrument and sheet (what a meter sends once a day) instead of one a time.
    """
    for sheet in book.sheets:
        rows = [row for row, second in enumerate(sheet.seconds.tolist()) if after < second <= until]
        if not rows:
            continue
        if daily:
            yield from _sheet_messages(book.day, sheet, rows, spread=0)
        else:
            gap = int(sheet.seconds[1] - sheet.seconds[0])
            for row in rows:
                yield from _sheet_messages(book.day, sheet, [row], spread=min(gap, HOUR_SECONDS) * 5 // 6)
    for bills in book.bills:
        yield from _bill_messages(book.day, bills, after, until)
    for notice in book.notices:
        if after < notice.second <= until:
            yield _notice_message(book.day, notice)


def _sheet_messages(day: date, sheet: Sheet, rows: list[int], spread: int) -> Iterator[Message]:
    """One message an instrument with the sheet's `rows`, due up to `spread` seconds after the last of them."""
    templates, values = zip(*(_row(day, sheet, row) for row in rows), strict=True)
    widths = [part.shape[1] for part in values]
    table = np.concatenate(values, axis=1).tolist()
    whole, readings = ",".join(templates), sum(widths)
    last = second_of(day) + int(sheet.seconds[rows[-1]])
    present = None if sheet.present is None else sheet.present[rows]
    for index, instrument in enumerate(sheet.instruments):
        body, filled, count = whole, table[index], readings
        if present is not None and not present[:, index].all():
            kept = np.flatnonzero(present[:, index])
            if kept.size == 0:
                continue
            edges = np.cumsum([0, *widths])
            body = ",".join(templates[row] for row in kept)
            filled = [number for row in kept for number in filled[edges[row] : edges[row + 1]]]
            count = len(filled)
        text = f'{{"instrument":"{instrument.serial}","readings":[{body % tuple(filled)}]}}'
        delay = index * 7919 % spread if spread else 0
        yield Message(last + delay, instrument.source, text.encode(), count, instrument=instrument.serial)


def _row(day: date, sheet: Sheet, row: int) -> tuple[str, Numbers]:
    """Template of one reading object and its numbers, shape (instruments, registers)."""
    second = int(sheet.seconds[row])
    columns = [column for column in sheet.columns if second % column.period == 0]
    fields = ",".join(
        f'"{column.register.name}":'
        + (f'"%.{column.register.decimals}f"' if column.register.cumulative else f"%.{column.register.decimals}f")
        for column in columns
    )
    numbers = np.stack([column.counts[row] / 10.0**column.register.decimals for column in columns], axis=1)
    return f'{{"taken_at":"{stamp(day, second)}","registers":{{{fields}}}}}', numbers


def decimal(count: int, decimals: int) -> str:
    """Exact decimal text of a count of resolution steps, not negative.

    Examples
    --------
    >>> decimal(2672, 2), decimal(5, 4), decimal(7, 0)
    ('26.72', '0.0005', '7')
    """
    if not decimals:
        return str(count)
    whole, part = divmod(count, 10**decimals)
    return f"{whole}.{part:0{decimals}}"


def _bill_messages(day: date, bills: Bills, after: int, until: int) -> Iterator[Message]:
    start = second_of(day)
    for row, (member, ended) in enumerate(zip(bills.member.tolist(), bills.ended.tolist(), strict=True)):
        if not after < ended <= until:
            continue
        instrument = bills.instruments[member]
        text = (
            f'{{"instrument":"{instrument.serial}",{_companions(bills, row)}"transactions":[{{'
            f'"seq":{bills.sequence[row]},"started_at":"{stamp(day, int(bills.started[row]))}",'
            f'"ended_at":"{stamp(day, ended)}",{_indications(bills, row)}'
            f'"quantity":"{decimal(int(bills.quantity[row]), bills.quantity_decimals)}",{_money(bills, row)}'
            f'"attributes":{bills.attributes[row]}}}]}}'
        )
        yield Message(
            start + ended, instrument.source, text.encode(), bills.readings_each, 1, instrument=instrument.serial
        )


def _companions(bills: Bills, row: int) -> str:
    return f'"readings":[{bills.readings[row]}],' if bills.readings else ""


def _indications(bills: Bills, row: int) -> str:
    if bills.start_indication is None or bills.end_indication is None:
        return ""
    before = decimal(int(bills.start_indication[row]), bills.indication_decimals)
    behind = decimal(int(bills.end_indication[row]), bills.indication_decimals)
    return f'"start_indication":"{before}","end_indication":"{behind}",'


def _money(bills: Bills, row: int) -> str:
    if bills.unit_price is None or bills.amount is None:
        return ""
    price = decimal(int(bills.unit_price[row]), bills.price_decimals)
    return f'"unit_price":"{price}","amount":"{decimal(int(bills.amount[row]), 2)}",'


def _notice_message(day: date, notice: Notice) -> Message:
    at = stamp(day, notice.second)
    event = f'{{"at":"{at}","code":"{notice.code}","detail":{notice.detail}}}'
    instrument = notice.instrument
    text = f'{{"instrument":"{instrument.serial}","events":[{event}]}}'
    due = second_of(day) + notice.second
    return Message(due, instrument.source, text.encode(), events=1, instrument=instrument.serial)
