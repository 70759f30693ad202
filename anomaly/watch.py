"""The watch: claims what is due, judges it, and waits for the doorbell; polling is the truth."""

import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import psycopg
from prometheus_client import Counter, Gauge, Histogram

from anomaly.chance_watch import reckon_once
from anomaly.passes import QUIET, Passed, detect_once, summarise_once
from anomaly.policy import Policy
from anomaly.source_silence import SourceSilence, Unjudged
from anomaly.source_watch import look_once
from store import due
from store.connection import Connection, connect
from store.errors import StoreUnreachable
from store.findings import Recorded

logger = logging.getLogger("hengjian.watch")

POLL = 1.0
"""Longest wait for the doorbell [s]."""

SHORTEST_REST, LONGEST_REST = 0.5, 15.0
"""A block rests as long as its pass took, within these bounds [s]: marks gather and one pass serves them all."""

SOURCES_LOOK = 15.0
"""Time between two looks at the sources [s]."""

CHANCE = "set_against_chance"
"""Stands for a judge's name where alerts change because all findings of a month were set against chance."""

PASSES = Counter("watch_passes_total", "Passes over a block", ["stage"])
PASS_SECONDS = Histogram("watch_pass_seconds", "Duration of a pass over a block", ["stage"])
DAYS_WRITTEN = Counter("watch_days_written_total", "Days of registers new or changed")
FINDINGS = Counter("watch_findings_total", "Findings entered, changed or withdrawn", ["judge", "change"])
FAILURES = Counter("watch_judge_failures_total", "Stretches that a judge failed on; the log has the cause", ["judge"])
ALERTS = Counter("watch_alerts_total", "Alerts opened, updated or closed", ["judge", "change"])
SOURCES_NOT_JUDGED = Gauge("watch_sources_not_judged", "Silent sources that could not be judged, by reason", ["reason"])


class Watch:
    """Passes over due blocks, one after the other, on a connection of its own.

    Several may run at once: a block is claimed by one of them.

    Parameters
    ----------
    quiet
        Detectors wait until a block's past days have been left alone for so long.
    """

    def __init__(self, connection: Connection, policy: Policy, *, quiet: timedelta = QUIET) -> None:
        self._connection = connection
        self._policy = policy
        self._quiet = quiet
        self._rest_until: dict[int, float] = {}
        self._next_look = 0.0

    def look_at_sources(self) -> None:
        """Judge the silence of sources, if it is time."""
        began = time.monotonic()
        if began < self._next_look:
            return
        self._next_look = began + SOURCES_LOOK
        looked = look_once(self._connection, self._policy)
        if looked is None:
            return
        for reason in Unjudged:
            SOURCES_NOT_JUDGED.labels(reason.value).set(looked.not_judged[reason])
        if looked.recorded != Recorded():
            _count(SourceSilence.name, looked.recorded)
            logger.info("looked at sources: %s", _brief(looked.recorded))

    def step(self) -> bool:
        """Make one pass if anything is due; whether there was one."""
        began = time.monotonic()
        resting = [block for block, until in self._rest_until.items() if until > began]
        passed = summarise_once(self._connection, self._policy, resting=resting)
        if passed is not None:
            took = time.monotonic() - began
            self._rest_until[passed.claim.block] = began + took + min(max(took, SHORTEST_REST), LONGEST_REST)
        else:
            passed = detect_once(self._connection, self._policy, now=datetime.now(UTC), quiet=self._quiet)
        if passed is None:
            return self._set_against_chance()
        _tell(passed, time.monotonic() - began)
        return True

    def _set_against_chance(self) -> bool:
        weighed = reckon_once(self._connection, self._policy, now=datetime.now(UTC))
        if weighed is None:
            return False
        for month in weighed.months:
            logger.info(
                "set %s against chance: %d of %d findings stand out, of %d questions",
                month.month.strftime("%Y-%m"),
                month.standing_out,
                month.found,
                month.questions,
            )
        _count(CHANCE, weighed.recorded)
        return True


def run(url: str, policy: Policy, stopped: Callable[[], bool], *, quiet: timedelta = QUIET) -> None:
    """Watch until `stopped` says so; a lost database is waited for, a lost race is run again."""
    wait = 1.0
    while not stopped():
        try:
            with connect(url, application="hengjian-watch", autocommit=True) as connection:
                due.listen(connection)
                logger.info("watching with policy %s", policy.hash[:12])
                for kind, total in policy.beyond_budget.items():
                    logger.warning(
                        "statistical judges of %s have %.3g false alarms per 1,000 instrument-years together, over the "
                        "budget: only findings strong enough for their part of it open alerts",
                        kind,
                        total,
                    )
                wait = 1.0
                watch = Watch(connection, policy, quiet=quiet)
                while not stopped():
                    watch.look_at_sources()
                    if not watch.step():
                        for _ in connection.notifies(timeout=POLL, stop_after=1):
                            pass
        except (psycopg.errors.DeadlockDetected, psycopg.errors.SerializationFailure) as error:
            logger.warning("a pass lost a race and is made again: %s", error)
        except (StoreUnreachable, psycopg.OperationalError) as error:
            logger.warning("database lost, next attempt in %.0f s: %s", wait, error)
            _sleep(wait, stopped)
            wait = min(wait * 2, 30.0)


def _sleep(seconds: float, stopped: Callable[[], bool]) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until and not stopped():
        time.sleep(0.1)


def _tell(passed: Passed, seconds: float) -> None:
    stage = passed.claim.stage.value
    PASSES.labels(stage).inc()
    PASS_SECONDS.labels(stage).observe(seconds)
    DAYS_WRITTEN.inc(passed.days_written)
    for judge in passed.failures:
        FAILURES.labels(judge).inc()
    for judge, recorded in passed.recorded.items():
        _count(judge, recorded)
    logger.info(
        "%s block %d: %d days due from %s to %s, %d days written, %s, %.2f s",
        stage,
        passed.claim.block,
        len(passed.claim.days),
        passed.claim.days[0],
        passed.claim.days[-1],
        passed.days_written,
        ", ".join(f"{judge} {_brief(recorded)}" for judge, recorded in passed.recorded.items() if recorded.changed)
        or "nothing new found",
        seconds,
    )


def _count(judge: str, recorded: Recorded) -> None:
    FINDINGS.labels(judge, "recorded").inc(recorded.changed)
    FINDINGS.labels(judge, "withdrawn").inc(recorded.withdrawn)
    ALERTS.labels(judge, "opened").inc(recorded.opened)
    ALERTS.labels(judge, "updated").inc(recorded.updated)
    ALERTS.labels(judge, "closed").inc(recorded.closed)


def _brief(recorded: object) -> str:
    changes = {name: getattr(recorded, name) for name in ("changed", "withdrawn", "opened", "updated", "closed")}
    return "/".join(f"{count} {name}" for name, count in changes.items() if count)
