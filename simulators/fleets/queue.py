"""Customers in line: a nozzle or a connector serves one at a time."""

import numpy as np

from simulators.day_book import Counts, Numbers


def begin_of_service(server: Counts, arrival: Numbers, service: Numbers, free_from: Numbers) -> Numbers:
    """When each customer's service begins [s], first come first served at each server.

    Parameters
    ----------
    server
        Server of each customer, shape (customers,), ascending; arrivals ascend within a server.
    arrival, service
        Seconds of arrival and seconds taken, the gap to the next customer included, shape (customers,).
    free_from
        When each server is free at first, shape (servers,) [s].

    Notes
    -----
    Lindley's recursion begin_k = max(arrival_k, begin_{k-1} + service_{k-1}) without a loop: with C_k the service
    taken before k, begin_k − C_k is the running maximum of arrival_k − C_k; servers are kept apart by offsets larger
    than any time of theirs.

    Examples
    --------
    >>> begin_of_service(np.array([0, 0, 1]), np.array([5.0, 6, 3]), np.array([10.0, 10, 10]), np.array([0.0, 9]))
    array([ 5., 15.,  9.])
    """
    if not server.size:
        return arrival
    arrival = np.maximum(arrival, free_from[server])
    taken = np.cumsum(service) - service
    firsts = np.flatnonzero(np.diff(server, prepend=-1))
    taken -= np.repeat(taken[firsts], np.diff(firsts, append=server.size))
    apart = 1e7 * server
    begin: Numbers = np.maximum.accumulate(arrival - taken + apart) - apart + taken
    return begin


def running_total(server: Counts, amount: Counts) -> Counts:
    """Sum of each server's amounts up to and including each element; `server` ascending.

    Examples
    --------
    >>> running_total(np.array([0, 0, 1]), np.array([5, 6, 3])).tolist()
    [5, 11, 3]
    """
    if not server.size:
        return amount
    total = np.cumsum(amount)
    firsts = np.flatnonzero(np.diff(server, prepend=-1))
    before = np.repeat(total[firsts] - amount[firsts], np.diff(firsts, append=server.size))
    result: Counts = total - before
    return result


def ordinal(server: Counts) -> Counts:
    """1, 2, 3 … within each server; `server` ascending."""
    return running_total(server, np.ones_like(server))


def total_at(server: Counts, second: Counts, amount: Counts, marks: Counts, servers: int) -> Counts:
    """Sum of the amounts that fell at or before each mark, shape (marks, servers); marks at a constant step from 0.

    Examples
    --------
    >>> total_at(np.array([0, 0]), np.array([10, 11]), np.array([5, 7]), np.array([0, 10, 20]), 1).tolist()
    [[0], [5], [12]]
    """
    step = int(marks[1] - marks[0])
    row = -(-second // step)
    inside = row < marks.size
    result = np.zeros((marks.size, servers), np.int64)
    np.add.at(result, (np.maximum(row[inside], 0), server[inside]), amount[inside])
    return np.cumsum(result, axis=0)
