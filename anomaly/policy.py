"""The policy in force: which judges look at which kind, what a unit costs, what makes a finding severe."""

import hashlib
import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from decimal import Decimal, InvalidOperation
from functools import cached_property
from pathlib import Path
from typing import Self

from anomaly.catalogue import judge_called
from anomaly.errors import MalformedPolicy, UnfitParameter, UnknownParameter
from anomaly.judge import Judge
from anomaly.multiplicity import Budget, allotments
from anomaly.source_silence import SourceSilence
from metrology.alert import Severity
from metrology.finding import Grade
from metrology.kinds import KINDS, kind_called
from metrology.wording import Wording

STANDARD = Path(__file__).with_name("policy.toml")
"""The policy that the product brings along."""


@dataclass(frozen=True, slots=True)
class Tariff:
    """What a unit costs, for ranking only.

    Parameters
    ----------
    unit
        UCUM code of the quantity priced.
    cny_per_unit
        Price [CNY/unit].
    source
        Where the figure comes from, for people; says that it is configuration.
    """

    unit: str
    cny_per_unit: Decimal
    source: Wording


@dataclass(frozen=True, slots=True)
class SeverityLimits:
    """What moves a finding up or down from where its grade starts.

    Parameters
    ----------
    costly_cny, very_costly_cny, trifling_cny
        Cost from which on it goes one or two steps up, and below which one step down [CNY].
    mpe_multiple
        Multiple of the MPE from which on an exact finding goes one step up [1].
    certain_p_value
        Probability below which a statistical finding goes one step up.
    statistical_at_most
        Highest severity of a statistical finding.
    at_most
        Highest severity of single judges, by name.
    """

    costly_cny: Decimal
    very_costly_cny: Decimal
    trifling_cny: Decimal
    mpe_multiple: float
    certain_p_value: float
    statistical_at_most: Severity
    at_most: Mapping[str, Severity]


@dataclass(frozen=True)
class Policy:
    """One policy file, read and checked.

    Parameters
    ----------
    by_kind
        Judges in force for each kind of instrument.
    tariffs
        Tariff of each kind that has one.
    severity
        Limits of severity.
    source_silence
        The judge of sources that send nothing; None where the policy does not name it.
    budget
        What statistical judges may raise by chance; None where the policy does not say: each finding opens an alert.
    hash
        SHA-256 of the content, comments and order aside [hexadecimal].
    """

    by_kind: Mapping[str, tuple[Judge, ...]]
    tariffs: Mapping[str, Tariff]
    severity: SeverityLimits
    hash: str
    source_silence: SourceSilence | None = None
    budget: Budget | None = None

    @classmethod
    def load(cls, path: Path | None = None) -> Self:
        """Policy of a file, the standard one by default.

        Raises
        ------
        MalformedPolicy
            if the file cannot be read, is not TOML, or lacks or misspells a section.
        UnknownJudge, UnknownParameter, UnfitParameter
            naming what is wrong.

        Examples
        --------
        >>> [judge.name for judge in Policy.load().judges("tank_gauge")]
        ['impossible_rate', 'reading_conflict', 'overlapping_transactions', 'transaction_conflict']
        """
        origin = path or STANDARD
        try:
            content = tomllib.loads(origin.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise MalformedPolicy(str(origin), str(error)) from error
        return cls.parse(content, str(origin))

    @classmethod
    def parse(cls, content: Mapping[str, object], origin: str = "<memory>") -> Self:
        """Policy of parsed TOML; raises as :meth:`load`."""
        sections = {"judges", "tariffs", "severity"}
        if set(content) - {"sources", "budget"} != sections:
            raise MalformedPolicy(origin, f"needs the sections {sorted(sections)}, has {sorted(content)}")
        tables = {name: _table(content[name], name, origin) for name in sections}
        for section in ("judges", "tariffs"):
            for kind in tables[section]:
                if kind not in KINDS:
                    raise MalformedPolicy(origin, f"[{section}.{kind}]: no instrument kind is called {kind!r}")
        by_kind = {
            kind: tuple(
                _judge(name, _table(given, f"judges.{kind}.{name}", origin))
                for name, given in _table(judges, f"judges.{kind}", origin).items()
            )
            for kind, judges in tables["judges"].items()
        }
        return cls(
            by_kind=by_kind,
            tariffs={
                kind: _tariff(_table(tariff, f"tariffs.{kind}", origin), f"tariffs.{kind}", origin)
                for kind, tariff in tables["tariffs"].items()
            },
            severity=_severity(tables["severity"], origin),
            hash=hashlib.sha256(
                json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
            ).hexdigest(),
            source_silence=_source_silence(_table(content.get("sources", {}), "sources", origin), origin),
            budget=_budget(_table(content["budget"], "budget", origin), by_kind, origin)
            if "budget" in content
            else None,
        )

    def judges(self, kind: str) -> tuple[Judge, ...]:
        """Judges in force for a kind, none where the policy does not name it.

        Raises
        ------
        UnknownKind
            if there is no such kind.
        """
        return self.by_kind.get(kind_called(kind).name, ())

    @property
    def statistical(self) -> frozenset[str]:
        """Names of the statistical judges in force on any kind."""
        return frozenset(name for rates in self.allotted.values() for name in rates)

    @cached_property
    def allotted(self) -> dict[str, dict[str, float]]:
        """By kind, what each statistical judge in force may raise by chance [1/(1000 instrument-years)].

        The rate that the policy names or else the judge states; where these are more than the budget together, its part
        of it.

        Examples
        --------
        >>> budgets = [sum(rates.values()) for rates in Policy.load().allotted.values()]
        >>> all(total <= 20.001 for total in budgets)
        True
        """
        limit = self.budget.false_alarms_per_1000_instrument_years if self.budget else float("inf")
        return {kind: allotments(self._rates(kind), limit) for kind in self.by_kind}

    @cached_property
    def beyond_budget(self) -> dict[str, float]:
        """Kinds whose statistical judges have higher rates together than the budget, and what that makes."""
        if self.budget is None:
            return {}
        totals = {kind: sum(self._rates(kind).values()) for kind in self.by_kind}
        limit = self.budget.false_alarms_per_1000_instrument_years * (1 + 1e-9)
        return {kind: total for kind, total in totals.items() if total > limit}

    def _rates(self, kind: str) -> dict[str, float]:
        given = self.budget.allotted.get(kind, {}) if self.budget else {}
        return {
            judge.name: given.get(judge.name, judge.false_alarms_per_1000_instrument_years or 0.0)
            for judge in self.by_kind[kind]
            if judge.grade is Grade.STATISTICAL
        }

    def tariff(self, kind: str) -> Tariff | None:
        """Tariff of a kind; None where the policy names none."""
        return self.tariffs.get(kind)


def _source_silence(given: Mapping[str, object], origin: str) -> SourceSilence | None:
    """The judge of sources, where an older policy or a terser one does not leave it out."""
    name = SourceSilence.name
    if set(given) - {name}:
        raise MalformedPolicy(origin, f"[sources] may name {name} alone, has {sorted(given)}")
    if name not in given:
        return None
    known = {field.name: field.type for field in fields(SourceSilence)}
    return SourceSilence(**_parameters(name, known, _table(given[name], f"sources.{name}", origin)))  # type: ignore[arg-type]  # whole numbers where the field is one


def _budget(given: Mapping[str, object], by_kind: Mapping[str, tuple[Judge, ...]], origin: str) -> Budget:
    figures = {"false_alarms_per_1000_instrument_years", "by_chance_at_most"}
    _exactly({name: value for name, value in given.items() if name != "allotted"}, figures, "budget", origin)
    allotted: dict[str, dict[str, float]] = {}
    for kind, rates in _table(given.get("allotted", {}), "budget.allotted", origin).items():
        where = f"budget.allotted.{kind}"
        statistical = {judge.name for judge in by_kind.get(kind, ()) if judge.grade is Grade.STATISTICAL}
        for judge, rate in _table(rates, where, origin).items():
            if judge not in statistical:
                raise MalformedPolicy(origin, f"[{where}] {judge!r} is no statistical judge of that kind")
            allotted.setdefault(kind, {})[judge] = _rate(rate, where, origin)
    share = _rate(given["by_chance_at_most"], "budget", origin)
    if share > 1:
        raise MalformedPolicy(origin, f"[budget] by_chance_at_most is a share, 0 to 1, not {share}")
    return Budget(_rate(given["false_alarms_per_1000_instrument_years"], "budget", origin), share, allotted)


def _rate(given: object, where: str, origin: str) -> float:
    if isinstance(given, bool) or not isinstance(given, int | float) or not 0 < given < float("inf"):
        raise MalformedPolicy(origin, f"[{where}] needs a number above zero, not {given!r}")
    return float(given)


def _judge(name: str, given: Mapping[str, object]) -> Judge:
    judge = judge_called(name)
    known = {field.name: field.type for field in fields(judge)}  # type: ignore[arg-type]  # every judge is a dataclass: conformance checks it
    return judge(**_parameters(name, known, given))


def _parameters(name: str, known: Mapping[str, object], given: Mapping[str, object]) -> dict[str, int | float]:
    values: dict[str, int | float] = {}
    for parameter, value in given.items():
        if parameter not in known:
            raise UnknownParameter(name, parameter, tuple(known))
        values[parameter] = _number(name, parameter, value, whole=known[parameter] in (int, "int"))
    return values


def _number(judge: str, parameter: str, value: object, *, whole: bool) -> int | float:
    wanted = f"a {'whole ' if whole else ''}number not below zero"
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < float("inf"):
        raise UnfitParameter(judge, parameter, value, wanted)
    if whole:
        if not isinstance(value, int):
            raise UnfitParameter(judge, parameter, value, wanted)
        return value
    return float(value)


def _tariff(given: Mapping[str, object], where: str, origin: str) -> Tariff:
    _exactly(given, {"unit", "cny_per_unit", "source_zh", "source_en"}, where, origin)
    source = Wording(zh=_words(given, "source_zh", where, origin), en=_words(given, "source_en", where, origin))
    return Tariff(str(given["unit"]), _money(given["cny_per_unit"], where, origin), source)


def _words(given: Mapping[str, object], name: str, where: str, origin: str) -> str:
    words = given[name]
    if not isinstance(words, str) or not words.strip():
        raise MalformedPolicy(origin, f"[{where}] {name} must be words for people, not {words!r}")
    return words


def _severity(given: Mapping[str, object], origin: str) -> SeverityLimits:
    _exactly(given, {field.name for field in fields(SeverityLimits)}, "severity", origin)
    for name in ("mpe_multiple", "certain_p_value"):
        if not isinstance(given[name], int | float):
            raise MalformedPolicy(origin, f"[severity] {name} must be a number, not {given[name]!r}")
    at_most = _table(given["at_most"], "severity.at_most", origin)
    return SeverityLimits(
        costly_cny=_money(given["costly_cny"], "severity", origin),
        very_costly_cny=_money(given["very_costly_cny"], "severity", origin),
        trifling_cny=_money(given["trifling_cny"], "severity", origin),
        mpe_multiple=float(str(given["mpe_multiple"])),
        certain_p_value=float(str(given["certain_p_value"])),
        statistical_at_most=_level(given["statistical_at_most"], origin),
        at_most={judge_called(name).name: _level(level, origin) for name, level in at_most.items()},
    )


def _table(given: object, where: str, origin: str) -> Mapping[str, object]:
    if not isinstance(given, dict):
        raise MalformedPolicy(origin, f"[{where}] must be a table, not {given!r}")
    return given


def _exactly(given: Mapping[str, object], wanted: set[str], where: str, origin: str) -> None:
    if set(given) != wanted:
        raise MalformedPolicy(origin, f"[{where}] needs {sorted(wanted)}, has {sorted(given)}")


def _money(given: object, where: str, origin: str) -> Decimal:
    try:
        amount = Decimal(given) if isinstance(given, str) else None
    except InvalidOperation:
        amount = None
    if amount is None or not amount.is_finite() or amount < 0:
        raise MalformedPolicy(origin, f'[{where}] needs an amount of money as text, like "5.00", not {given!r}')
    return amount


def _level(given: object, origin: str) -> Severity:
    try:
        return Severity(str(given))
    except ValueError:
        raise MalformedPolicy(origin, f"no severity is called {given!r}; there are {[*map(str, Severity)]}") from None
