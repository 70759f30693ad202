"""How sure a statistical claim is, in words: its p-value, its judge's run length, its share of chance."""

from metrology import plain_number
from metrology.wording import Wording

_EXACT = Wording(
    zh="确定性判定：由数据直接得出，不涉及概率。", en="Exact: it follows from the data; no probability is involved."
)
_P = Wording(
    zh="正常器具一年内出现同等或更强证据的概率约为{p}。",
    en="An honest instrument shows evidence at least as strong within a year with a probability of about {p}.",
)
_RUN = Wording(
    zh="该判据获准每千台年至多误报约{rate}次，即一台正常器具平均至少约{years}年误报一次。",
    en="This judge may raise at most about {rate} false alarms per 1,000 instrument-years: one honest instrument waits "
    "about {years} years for one, or longer.",
)
_Q = Wording(
    zh="在同月同等或更强的统计性发现中，至多约{share} %出于偶然。",
    en="Of the statistical findings of the same month at least as strong, at most about {share} % are chance.",
)
_HELD = Wording(zh="因此未单独发出告警。", en="That is more than the policy allows, so it opens no alert by itself.")


def meaning(p_value: float | None, rate: float | None, q_value: float | None, *, stands_out: bool = True) -> Wording:
    """What the figures of confidence mean.

    Parameters
    ----------
    p_value
        Of the finding; None for an exact one.
    rate
        Stated false-alarm rate of its judge [1/(1000 instrument-years)].
    q_value
        Share of chance among findings at least as strong, at most; None where it was not reckoned.
    stands_out
        Whether the finding may open an alert.

    Examples
    --------
    >>> print(meaning(0.0004, 5.0, 0.12).en)  # doctest: +NORMALIZE_WHITESPACE
    An honest instrument shows evidence at least as strong within a year with a probability of about 0.0004. This judge
    may raise at most about 5 false alarms per 1,000 instrument-years: one honest instrument waits about 200 years for
    one, or longer. Of the statistical findings of the same month at least as strong, at most about 12 % are chance.
    >>> meaning(None, None, None).zh
    '确定性判定：由数据直接得出，不涉及概率。'
    """
    if p_value is None:
        return _EXACT
    parts = [_P.fill(p=plain_number.probability(p_value))]
    if rate:
        parts.append(_RUN.fill(rate=_figures(rate), years=_figures(1000 / rate)))
    if q_value is not None:
        parts.append(_Q.fill(share=_figures(100 * min(q_value, 1.0))))
        if not stands_out:
            parts.append(_HELD)
    return Wording(zh="".join(part.zh for part in parts), en=" ".join(part.en for part in parts))


def _figures(number: float) -> str:
    return plain_number.text(plain_number.significant(number, 2).normalize())
