import numpy as np
import pytest

from anomaly.scale_watch import onset

BASELINE, TEST, HOMES = 84, 56, 400


def homes(scatter: float, correlation: float, seed: int) -> np.ndarray:
    """Log residuals of independent homes whose days follow one another, shape (days, homes)."""
    chance = np.random.default_rng(seed).standard_normal((BASELINE + TEST, HOMES))
    for row in range(1, len(chance)):
        chance[row] = correlation * chance[row - 1] + np.sqrt(1 - correlation**2) * chance[row]
    return scatter * chance


@pytest.mark.parametrize("scatter", [0.2, 0.35, 0.5])
@pytest.mark.parametrize("correlation", [0.0, 0.4])
@pytest.mark.parametrize("share", [0.5, 0.3])
def test_the_interval_holds_the_onset_as_often_as_it_says(scatter: float, correlation: float, share: float):
    residual = homes(scatter, correlation, seed=17)
    begins = np.random.default_rng(18).integers(BASELINE - 5, BASELINE + 25, HOMES)
    residual[np.arange(len(residual))[:, None] >= begins] += np.log(share)
    residual -= np.median(residual[:BASELINE], axis=0)
    held = 0
    for home, begin in enumerate(begins):
        change = float(np.median(residual[BASELINE:, home]))
        _, earliest, latest = onset(residual[:, home], change, BASELINE)
        held += earliest <= begin <= latest
    assert held >= 0.94 * HOMES
