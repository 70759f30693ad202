import numpy as np
import pytest

from store.columns import fetch, send
from store.connection import connect


def test_columns_survive_the_way_in_and_out(database: str) -> None:
    rows = np.zeros(3, dtype=[("a", "i8"), ("b", "i2"), ("c", "f8")])
    rows["a"], rows["b"], rows["c"] = [1, -(2**62), 3], [4, 5, -6], [0.1, np.inf, -2.5]
    with connect(database, application="test") as connection:
        connection.execute("CREATE TEMPORARY TABLE t (a bigint, b smallint, c float8)")
        send(connection, "COPY t FROM STDIN (FORMAT BINARY)", rows)
        back = fetch(connection, "SELECT a, b, c FROM t", {}, a="i8", b="i2", c="f8")
    assert (back == rows).all()


def test_an_empty_answer_is_an_empty_array(plain_database: str) -> None:
    with connect(plain_database, application="test") as connection:
        assert len(fetch(connection, "SELECT 1::bigint WHERE FALSE", {}, a="i8")) == 0


@pytest.mark.parametrize("query", ["SELECT NULL::bigint", "SELECT 1::integer", "SELECT 1::bigint, 2::bigint"])
def test_an_answer_of_another_shape_is_refused(plain_database: str, query: str) -> None:
    with connect(plain_database, application="test") as connection, pytest.raises(ValueError, match=r"width|rows of"):
        fetch(connection, query, {}, a="i8")
