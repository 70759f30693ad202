from dataclasses import dataclass

from ingest.pulse import Pulse


@dataclass
class Clock:
    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


def test_asks_twice_in_a_keepalive_whatever_else_is_said() -> None:
    clock, asked = Clock(), list[float]()
    pulse = Pulse(10, lambda: asked.append(clock.now), clock)
    for second in range(1, 26):
        clock.now = 1000.0 + second
        pulse.hear()
        assert pulse.silence() is None
    assert asked == [1005, 1010, 1015, 1020, 1025]


def test_loses_patience_after_one_and_a_half_keepalives_of_silence() -> None:
    clock = Clock()
    pulse = Pulse(10, lambda: None, clock)
    clock.now += 4
    pulse.hear()
    clock.now += 15
    assert pulse.silence() is None
    clock.now += 0.5
    assert pulse.silence() == 15.5
    pulse.begin()
    assert pulse.silence() is None
