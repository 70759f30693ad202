from datetime import date

import httpx
import numpy as np

from store import chance, findings
from store.chance import Reckoned
from store.connection import Connection
from store.findings import Judged, Silent
from tests.api.world import MAY, enrol


def ask(connection: Connection, first: date, last: date, silent: dict[str, Silent], judge: str = "level_shift") -> None:
    period = Judged(0, first, last, MAY, MAY, lambda *_: True, MAY)
    findings.record_asked(connection, judge, "water_meter", period, 3, silent)
    connection.commit()


def test_says_of_each_judge_and_month_whom_it_could_not_judge(client: httpx.Client, connection: Connection) -> None:
    meters = enrol(connection, 3)
    short = {"short_history": Silent.of(np.array(meters[:2]))}
    ask(connection, date(2024, 5, 1), date(2024, 5, 7), short)
    ask(connection, date(2024, 5, 8), date(2024, 5, 31), {"short_history": Silent.of(np.array(meters[:1]))})
    ask(connection, date(2024, 6, 1), date(2024, 6, 30), {})
    asked = {"judge": "level_shift", "kind": "water_meter", "instruments": 3}
    answer = client.get("/v1/judging", params={"from": "2024-05-03", "to": "2024-06-02"})
    assert answer.json()["items"] == [
        asked | {"month": "2024-06-01", "not_judged": {}},
        asked | {"month": "2024-05-01", "not_judged": {"short_history": 2}},
    ]
    assert client.get("/v1/judging", params={"from": "2024-05-03", "kind": "gas_meter"}).json()["items"] == []


def test_says_of_one_instrument_who_did_not_judge_it_and_why(client: httpx.Client, connection: Connection) -> None:
    meters = enrol(connection, 3)
    ask(connection, date(2024, 5, 1), date(2024, 5, 31), {"short_history": Silent.of(np.array(meters))})
    ask(connection, date(2024, 6, 1), date(2024, 6, 30), {"idle_history": Silent.of(np.array(meters[:1]))})
    ask(connection, date(2024, 6, 1), date(2024, 6, 30), {"mood": Silent(2, None)}, judge="custom")

    def told(meter: int) -> dict[str, tuple[bool | None, list[str]]]:
        items = client.get(f"/v1/instruments/{meter}/judging").json()["items"]
        assert all((item["first"], item["last"]) == ("2024-06-01", "2024-06-30") for item in items)
        return {item["judge"]: (item["judged"], item["reasons"]) for item in items}

    assert told(meters[0]) == {"level_shift": (False, ["idle_history"]), "custom": (None, [])}
    assert told(meters[1]) == {"level_shift": (True, []), "custom": (None, [])}
    assert client.get("/v1/instruments/999999/judging").status_code == 404


def test_says_how_much_of_a_month_stands_out_from_chance(client: httpx.Client, connection: Connection) -> None:
    enrol(connection, 1)
    chance.record(connection, Reckoned(date(2024, 5, 1), 1200, 9, 4, 0.5), [])
    connection.commit()
    (month,) = client.get("/v1/chance").json()["items"]
    assert month.pop("reckoned_at").endswith("Z")
    assert month == {"month": "2024-05-01", "questions": 1200, "found": 9, "standing_out": 4, "at_most": 0.5}
