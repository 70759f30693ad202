import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

from store import due
from store.connection import connect
from store.due import Stage

MONDAY, TUESDAY = date(2026, 11, 16), date(2026, 11, 17)


def test_nothing_is_claimed_where_nothing_is_due(plain_database: str) -> None:
    with connect(plain_database, application="test") as connection:
        assert due.claim(connection, Stage.SUMMARISE) is None


def test_a_block_is_claimed_with_all_its_days(plain_database: str) -> None:
    with connect(plain_database, application="test") as connection:
        due.mark_summarise(connection, [7, 7, 7], [TUESDAY, MONDAY, MONDAY])
        claim = due.claim(connection, Stage.SUMMARISE)
        assert claim is not None
        assert (claim.block, claim.days) == (7, (MONDAY, TUESDAY))


def test_two_watchers_never_claim_one_block(plain_database: str) -> None:
    with (
        connect(plain_database, application="one") as one,
        connect(plain_database, application="two") as two,
    ):
        due.mark_summarise(one, [1], [MONDAY])
        due.mark_summarise(one, [2], [MONDAY])
        one.commit()
        first, second = due.claim(one, Stage.SUMMARISE), due.claim(two, Stage.SUMMARISE)
        assert first is not None
        assert second is not None
        assert {first.block, second.block} == {1, 2}


def test_both_stages_of_a_block_exclude_each_other(plain_database: str) -> None:
    with (
        connect(plain_database, application="one") as one,
        connect(plain_database, application="two") as two,
    ):
        due.mark_summarise(one, [1], [MONDAY])
        due.mark_detect(one, 1, [MONDAY])
        one.commit()
        assert due.claim(one, Stage.SUMMARISE) is not None
        assert due.claim(two, Stage.DETECT) is None


def test_a_mark_set_while_the_block_is_worked_on_is_not_lost(plain_database: str) -> None:
    with (
        connect(plain_database, application="watch") as watch,
        connect(plain_database, application="ingest", autocommit=True) as ingest,
    ):
        due.mark_summarise(ingest, [1], [MONDAY])
        with watch.transaction():
            claim = due.claim(watch, Stage.SUMMARISE)
            assert claim is not None
            due.mark_summarise(ingest, [1], [MONDAY])
            due.clear(watch, claim)
        again = due.claim(watch, Stage.SUMMARISE)
        assert again is not None
        assert again.days == (MONDAY,)


def test_days_that_are_not_over_are_left(plain_database: str) -> None:
    with connect(plain_database, application="test") as connection:
        due.mark_detect(connection, 1, [MONDAY, TUESDAY])
        claim = due.claim(connection, Stage.DETECT, before=TUESDAY)
        assert claim is not None
        assert claim.days == (MONDAY,)
        due.clear(connection, claim)
        assert due.claim(connection, Stage.DETECT, before=TUESDAY) is None
        assert due.claim(connection, Stage.DETECT) is not None


def test_a_restless_block_waits_but_not_for_ever(plain_database: str) -> None:
    with connect(plain_database, application="test", autocommit=True) as connection:
        due.mark_detect(connection, 1, [MONDAY])
        assert due.claim(connection, Stage.DETECT, quiet=timedelta(hours=1)) is None
        connection.execute("UPDATE due SET marked_at = now() - interval '11 minutes'")
        due.mark_detect(connection, 1, [TUESDAY])
        assert due.claim(connection, Stage.DETECT, quiet=timedelta(hours=1)) is not None


def test_a_resting_block_is_left_alone(plain_database: str) -> None:
    with connect(plain_database, application="test") as connection:
        due.mark_summarise(connection, [1], [MONDAY])
        assert due.claim(connection, Stage.SUMMARISE, resting=[1]) is None


def test_one_pass_takes_a_bounded_number_of_days(plain_database: str) -> None:
    with connect(plain_database, application="test") as connection:
        due.mark_summarise(connection, [1] * 40, [MONDAY + timedelta(days=n) for n in range(40)])
        claim = due.claim(connection, Stage.SUMMARISE, days=31)
        assert claim is not None
        assert len(claim.days) == 31
        assert claim.days[0] == MONDAY


def test_watchers_that_race_for_one_block_never_claim_nothing(plain_database: str) -> None:
    end = time.monotonic() + 1.5

    def mark() -> int:
        with connect(plain_database, application="test", autocommit=True) as connection:
            while time.monotonic() < end:
                due.mark_summarise(connection, [0], [date(2026, 1, 1)])
        return 0

    def watch() -> int:
        empty = 0
        with connect(plain_database, application="test", autocommit=True) as connection:
            while time.monotonic() < end:
                with connection.transaction():
                    claimed = due.claim(connection, Stage.SUMMARISE)
                    if claimed is not None:
                        empty += not claimed.days
                        due.clear(connection, claimed)
        return empty

    with ThreadPoolExecutor() as pool:
        at_work = [pool.submit(work) for work in (mark, watch, watch, watch)]
    assert sum(done.result() for done in at_work) == 0
