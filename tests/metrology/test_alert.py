import re

import pytest

from metrology.alert import AlertState, ClosedReason, Severity, state


@pytest.mark.parametrize(
    "condition,acknowledged,expected",
    [
        (True, False, AlertState.UNACKNOWLEDGED),
        (True, True, AlertState.ACKNOWLEDGED),
        (False, False, AlertState.RETURNED_UNACKNOWLEDGED),
        (False, True, AlertState.NORMAL),
    ],
)
def test_condition_and_handling_are_separate(condition: bool, acknowledged: bool, expected: AlertState) -> None:  # noqa: FBT001 - a truth table
    assert state(condition_present=condition, acknowledged=acknowledged) is expected


def test_shelving_hides_either() -> None:
    assert state(condition_present=True, acknowledged=False, shelved=True) is AlertState.SHELVED


def test_out_of_service_outranks_all() -> None:
    assert state(condition_present=True, acknowledged=False, suppressed=True, out_of_service=True) is (
        AlertState.OUT_OF_SERVICE
    )


@pytest.mark.parametrize("code", [*Severity, *ClosedReason])
def test_every_code_has_words_in_both_languages(code: Severity | ClosedReason) -> None:
    assert re.search(r"[\u4e00-\u9fff]", code.wording.zh)
    assert code.wording.en.isascii()
