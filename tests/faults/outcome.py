"""What stands in a store in the end, in words that do not depend on when it came or how often it was looked at."""

from typing import Any

from tests.services.enrolled import connect_to

STANDING = {
    "readings": """
        SELECT serial, name, taken_at, value FROM reading
          JOIN instrument ON instrument.id = instrument_id JOIN register ON register.id = register_id""",
    "conflicts": """
        SELECT serial, name, taken_at, value FROM reading_conflict
          JOIN instrument ON instrument.id = instrument_id JOIN register ON register.id = register_id""",
    "transactions": """
        SELECT serial, sequence, started_at, ended_at, quantity, unit_price, amount, start_indication, end_indication,
               attributes::text
          FROM transaction JOIN instrument ON instrument.id = instrument_id""",
    "transaction conflicts": "SELECT instrument_id, sequence, statement::text FROM transaction_conflict",
    "quarantine": "SELECT source_code, topic, cause, detail, payload, released_at FROM quarantine",
    "days": """
        SELECT serial, name, day, readings, first_at, last_at, first_value, last_value, longest_gap, maximum_rate,
               consumption, night_minimum, hourly::text
          FROM instrument_day JOIN instrument ON instrument.id = instrument_id
          JOIN register ON register.id = register_id""",
    "findings": """
        SELECT finding.judge_name, serial, register.name, onset, until, noticed_at,
               magnitude, magnitude_unit, uncertainty, p_value, loss, severity, cost_amount,
               CASE WHEN judge_name NOT IN ('reading_conflict', 'transaction_conflict')
                    THEN concat_ws(' ', statement_zh, statement_en, evidence::text) END
          FROM finding JOIN instrument ON instrument.id = instrument_id
          LEFT JOIN register ON register.id = register_id WHERE withdrawn_at IS NULL""",
    "alerts": """
        SELECT judge_name, grade, serial, register.name, severity, condition_present, since, findings,
               magnitude, magnitude_unit, uncertainty, relative_percent, mpe_percent, cost_amount,
               CASE WHEN judge_name NOT IN ('reading_conflict', 'transaction_conflict')
                    THEN concat_ws(' ', statement_zh, statement_en) END
          FROM alert JOIN instrument ON instrument.id = instrument_id
          LEFT JOIN register ON register.id = register_id WHERE closed_at IS NULL""",
}
"""Questions by what they ask for; when something was received, seen or recorded is left out, and with it what judges of
conflicts state: it says when each value came.

Table not_judged is left out too: its rows are kept by the stretch of days that a pass looked at, and which days are
due together depends on when they came.
"""

Outcome = dict[str, set[tuple[Any, ...]]]


def outcome(database: str) -> Outcome:
    """What stands in a store."""
    with connect_to(database) as connection:
        return {noun: set(connection.execute(question).fetchall()) for noun, question in STANDING.items()}


def differences(expected: Outcome, found: Outcome) -> str:
    """What is missing and what is too much, a few of each; empty where nothing is."""
    lines = []
    for noun, rows in expected.items():
        for verdict, differing in (("missing", rows - found[noun]), ("too much", found[noun] - rows)):
            if differing:
                lines.append(f"{noun}: {len(differing)} {verdict}, among them")
                lines += [f"    {row}"[:400] for row in sorted(differing, key=str)[:3]]
    return "\n".join(lines)


def due(database: str) -> int:
    """How much still has to be judged."""
    with connect_to(database) as connection:
        ((marks,),) = connection.execute("SELECT count(*) FROM due").fetchall()
    return int(marks)
