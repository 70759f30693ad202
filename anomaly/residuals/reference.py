"""What an instrument registered against what is known to have passed: a balance, a master, a reference meter."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Reference:
    """What is known to have passed each instrument, arrays shaped (rows, instruments), NaN where nobody knows.

    Whoever knows hands it in: the balance of a district or feeder, a master meter, a meter under test. No household's
    habits are in what is left over, so errors of a few per cent show that its own history never tells.

    Parameters
    ----------
    quantity
        Quantity that passed [the register's unit].
    uncertainty
        Standard uncertainty of it, k = 1 [the register's unit].
    """

    quantity: Numbers
    uncertainty: Numbers


def error(registered: Numbers, reference: Reference) -> Numbers:
    """Relative error of indication, (registered − passed)/passed [1], NaN where unknown or nothing passed.

    Examples
    --------
    >>> known = Reference(np.array([[2.0, 0.0]]), np.array([[0.01, 0.01]]))
    >>> error(np.array([[1.96, 0.1]]), known).round(6).tolist()
    [[-0.02, nan]]
    """
    passed = np.where(reference.quantity > 0, reference.quantity, np.nan)
    return np.asarray((registered - passed) / passed)


def score(registered: Numbers, reference: Reference) -> Numbers:
    """The same over its standard uncertainty [σ]: what the charts are put to.

    Examples
    --------
    >>> known = Reference(np.array([[2.0]]), np.array([[0.01]]))
    >>> score(np.array([[1.96]]), known).round(6).tolist()
    [[-4.0]]
    """
    passed = np.where(reference.quantity > 0, reference.quantity, np.nan)
    return np.asarray((registered - passed) / np.where(reference.uncertainty > 0, reference.uncertainty, np.nan))
