from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from anomaly.repetition import repeated_days, repeating_runs

DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data"
LAGS = tuple(range(1, 8))


def home(seed: int = 1, days: int = 60) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 900, (days, 24, 1)).astype(np.float64)


@pytest.mark.parametrize("lag", LAGS)
def test_a_day_sent_again_up_to_a_week_later_is_far_beyond_chance(lag: int) -> None:
    hourly = home()
    hourly[40] = hourly[40 - lag]
    found = repeated_days(hourly, 20, LAGS, 14)
    assert (found.row.tolist(), found.lag.tolist()) == ([40], [lag])
    assert found.digits[0] < -40


def test_an_empty_home_is_no_repetition() -> None:
    assert len(repeated_days(np.zeros((60, 24, 3)), 20, LAGS, 14).row) == 0


def test_a_steady_or_alternating_load_tells_nothing_however_long() -> None:
    steady = np.full((60, 24, 1), 12.0)
    alternating = np.tile(np.array([12.0, 13.0]), 12)[None, :, None].repeat(60, axis=0)
    for hourly in (steady, alternating):
        found = repeated_days(hourly, 20, LAGS, 14)
        assert len(found.row) == 40
        assert found.digits.min() > -1


def test_a_coarse_register_never_reaches_the_limit() -> None:
    """Whole cubic metres: on some days one hour shows 1 and the others 0."""
    hourly = (np.random.default_rng(3).random((400, 24, 50)) < 0.02).astype(np.float64)
    found = repeated_days(hourly, 20, LAGS, 14)
    assert len(found.row) > 100
    assert found.digits.min() > -3


def test_an_unknown_hour_is_equal_to_nothing() -> None:
    hourly = home()
    hourly[40] = hourly[39]
    hourly[40, 3] = hourly[39, 3] = np.nan
    assert len(repeated_days(hourly, 20, LAGS, 14).row) == 0


@pytest.mark.skipif(not DATA.is_dir(), reason="the recorded data do not lie beside the checkout")
def test_finds_every_minute_that_was_borrowed_from_the_day_before() -> None:
    """The gate of the recorded home: 33 runs of two minutes or more, 25,941 rows in all."""
    columns = ["active_power", "reactive_power", "voltage_l1", "current_l1", "sub_1", "sub_2", "sub_3"]
    table = pq.read_table(DATA / "electricity_uci_household" / "minutes.parquet", columns=columns)
    rows = np.stack([np.asarray(table[name].to_numpy(), dtype=np.float64) for name in columns], axis=1)
    _, lengths = repeating_runs(rows, 24 * 60)
    certain = lengths[lengths >= 2]
    assert (len(certain), int(certain.sum())) == (33, 25_941)
