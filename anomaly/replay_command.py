"""`hengjian judge` and `hengjian explain`: judging stored data again, without touching any alert."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from anomaly import telling
from anomaly.catalogue import CATALOGUE
from anomaly.errors import AnomalyError
from anomaly.evidence import to_microseconds
from anomaly.explain import Explanation, explain
from anomaly.policy import Policy
from anomaly.replay import Difference, compare, difference, only, recorded_block, replay_block
from anomaly.settings import WatchSettings
from anomaly.silence_replay import silence_now
from anomaly.source_silence import SourceSilence
from metrology import confidence, plain_number
from metrology.errors import MetrologyError
from metrology.finding import Finding
from metrology.wording import Wording
from store import readiness, recorded
from store.command_line import refuse
from store.connection import Connection, connect
from store.due import BLOCK_BITS
from store.errors import StoreError
from store.recorded import Recorded
from store.settings import StoreSettings

DIFFERS = 3
"""Exit status where what is said now is not what stands recorded."""

_VERDICTS = ("new", "gone", "changed", "same")


class Language(StrEnum):
    """In which a command answers."""

    ZH = "zh"
    EN = "en"


PolicyFile = Annotated[Path | None, typer.Option(help="Policy file instead of the one in force.")]
AsJson = Annotated[bool, typer.Option("--json", help="Answer in JSON.")]
InLanguage = Annotated[Language, typer.Option(help="Language of statements.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("judge")(judge_again)
    app.command("explain")(explain_alert)


def judge_again(
    first: Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="First civil day.")],
    last: Annotated[datetime, typer.Option("--to", formats=["%Y-%m-%d"], help="Last civil day.")],
    judge: Annotated[list[str] | None, typer.Option(help="This judge alone; may be named several times.")] = None,
    instrument: Annotated[list[int] | None, typer.Option(help="This instrument alone, by its number.")] = None,
    policy: PolicyFile = None,
    language: InLanguage = Language.EN,
    *,
    as_json: AsJson = False,
) -> None:
    """Judge stored data of past days again and say what differs from what was raised; no alert is touched.

    Ends with 0 where all is the same, with 3 where anything is new, gone or changed.
    """
    begin, end = first.date(), last.date()
    if end < begin:
        raise typer.BadParameter("--to lies before --from")
    in_force = policy_of(policy)
    judges = _judges(in_force, judge)
    try:
        differences = _differences(in_force, judges, begin, end, instrument)
    except StoreError as error:
        refuse(error)
    counts = Counter(one.verdict for one in differences)
    if as_json:
        typer.echo(
            json.dumps(
                {
                    "from": begin.isoformat(),
                    "to": end.isoformat(),
                    "policy_hash": in_force.hash,
                    "judges": sorted(judges),
                    "counts": {verdict: counts[verdict] for verdict in _VERDICTS},
                    "differences": [_document(one) for one in differences if one.verdict != "same"],
                },
                ensure_ascii=False,
                indent=2,
            )
        )
    else:
        for one in differences:
            if one.verdict != "same":
                typer.echo(_line(one, language))
        typer.echo(", ".join(f"{counts[verdict]} {verdict}" for verdict in _VERDICTS))
    if counts.total() != counts["same"]:
        raise typer.Exit(DIFFERS)


def explain_alert(
    alert: Annotated[int, typer.Argument(help="Number of the alert.", min=1)],
    policy: PolicyFile = None,
    language: InLanguage = Language.EN,
    *,
    as_json: AsJson = False,
) -> None:
    """Recompute an alert from the stored data, with the parameters that it keeps, and say whether it reproduces.

    Ends with 0 where every standing finding comes out the same, with 3 where one does not.
    """
    in_force = policy_of(policy)
    try:
        with _reading("hengjian-explain") as connection:
            explained = explain(connection, in_force, alert, now=datetime.now(UTC), told=_progress)
    except StoreError as error:
        refuse(error)
    if explained is None:
        refuse(f"alert {alert} is not known, or none of its findings stands any longer")
    typer.echo(_explained_json(explained) if as_json else _explained_text(explained, language))
    if not explained.reproduces:
        raise typer.Exit(DIFFERS)


def policy_of(path: Path | None) -> Policy:
    """Policy of a file, else the one in force; a command with one that cannot be used ends with the reason."""
    try:
        return Policy.load(path or WatchSettings().policy)
    except (AnomalyError, MetrologyError) as error:
        refuse(error)


@contextmanager
def _reading(application: str) -> Iterator[Connection]:
    """One state of the store, which is not changed."""
    with connect(str(StoreSettings().database_url), application=application) as connection:
        recorded.snapshot(connection)
        if missing := readiness.missing_migrations(connection):
            refuse(f"the database lacks {', '.join(missing)}: run `hengjian migrate`")
        yield connection


def _judges(policy: Policy, wanted: Iterable[str] | None) -> set[str]:
    known = {judge.name for those in policy.by_kind.values() for judge in those}
    known |= {SourceSilence.name} if policy.source_silence else set()
    for name in wanted or ():
        if name not in known:
            there = "is in no kind's policy" if name in CATALOGUE else "is no judge"
            raise typer.BadParameter(f"{name!r} {there}; there are {', '.join(sorted(known))}")
    return set(wanted or known)


def _differences(
    policy: Policy, judges: set[str], first: date, last: date, instruments: list[int] | None
) -> list[Difference]:
    answer: list[Difference] = []
    narrowed = only(policy, judges)
    with _reading("hengjian-judge") as connection:
        blocks = (
            sorted({number >> BLOCK_BITS for number in instruments}) if instruments else recorded.blocks(connection)
        )
        now = datetime.now(UTC)
        for block in blocks:
            said = replay_block(connection, narrowed, block, first, last, now=now, told=_progress)
            stands = recorded_block(connection, block, first, last, judges)
            if instruments:
                said = {key: one for key, one in said.items() if key[1] in instruments}
                stands = {key: one for key, one in stands.items() if key[1] in instruments}
            answer += compare(said, stands)
        if policy.source_silence and SourceSilence.name in judges and not instruments:
            start, end = (datetime.combine(day, datetime.min.time(), UTC) for day in (first, last + timedelta(days=1)))
            for then in recorded.of_sources(connection, start, end):
                answer.append(difference(then.judge, silence_now(connection, policy.source_silence, then), then))
    return answer


def _progress(line: str) -> None:
    typer.echo(line, err=True)


def _line(one: Difference, language: Language) -> str:
    now, then = one.now, one.then
    told = now.statement if now else then.statement if then else Wording(zh="", en="")
    whom = f"instrument {now.instrument}" if now and now.instrument else _whom(then)
    detail = f" [{', '.join(one.changed)}]" if one.changed else ""
    where = f" (alert {then.alert})" if then and then.alert else ""
    return f"{one.verdict:8}{one.judge}, {whom}{where}{detail}: {_in(told, language)}"


def _whom(then: Recorded | None) -> str:
    if then is None:
        return ""
    return f"instrument {then.instrument} ({then.serial})" if then.instrument else f"source {then.source_code}"


def _in(words: Wording, language: Language) -> str:
    return words.zh if language is Language.ZH else words.en


def _document(one: Difference) -> dict[str, object]:
    then = one.then
    return {
        "verdict": one.verdict,
        "judge": one.judge,
        "instrument": (one.now.instrument if one.now else None) or (then.instrument if then else None),
        "source": then.source_code if then else None,
        "alert": then.alert if then else None,
        "changed": list(one.changed),
        "now": one.now and _claim(one.now),
        "then": then
        and {
            "finding": then.id,
            "judge_version": then.version,
            "policy_hash": then.policy_hash,
            "q_value": then.q_value,
            "stands_out": then.stands_out,
            "evidence_from": _moment(then.evidence_from),
            "evidence_to": _moment(then.evidence_to),
            "register": then.register,
            "onset": _moment(then.onset),
            "onset_earliest": _moment(then.onset_earliest),
            "onset_latest": _moment(then.onset_latest),
            "until": _moment(then.until),
            "statement": asdict(then.statement),
            "magnitude": then.magnitude,
            "uncertainty": then.uncertainty,
            "unit": then.unit,
            "relative_percent": then.relative_percent,
            "p_value": then.p_value,
            "evidence": dict(then.evidence),
        },
    }


def _claim(now: Finding) -> dict[str, object]:
    return {
        "register": now.register,
        "onset": _moment(now.onset),
        "onset_earliest": _moment(now.onset_earliest),
        "onset_latest": _moment(now.onset_latest),
        "until": _moment(now.until),
        "statement": asdict(now.statement),
        "magnitude": now.magnitude.value,
        "uncertainty": now.magnitude.uncertainty,
        "unit": now.magnitude.unit,
        "relative_percent": now.magnitude.relative_percent,
        "p_value": now.p_value,
        "evidence": dict(now.evidence),
    }


def _moment(at: datetime | None) -> str | None:
    return None if at is None else at.astimezone(UTC).isoformat()


def _clock(at: datetime, then: Recorded) -> str:
    """Instant by the clock by which the statement speaks; of a source, whose instruments may have several, UTC."""
    return (
        telling.moment(to_microseconds(at), then.time_zone)
        if then.time_zone
        else f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%SZ}"
    )


def _explained_json(explained: Explanation) -> str:
    return json.dumps(
        {
            "alert": explained.alert,
            "judge": explained.judge,
            "reproduces": explained.reproduces,
            "parameters": dict(explained.parameters),
            "remarks": [asdict(remark) for remark in explained.remarks],
            "findings": [_document(one) for one in explained.differences],
        },
        ensure_ascii=False,
        indent=2,
    )


_REPRODUCES = {
    True: Wording(zh="重算结果与告警一致。", en="The alert reproduces: every finding comes out the same."),
    False: Wording(zh="重算结果与告警不一致。", en="The alert does not reproduce."),
}
_WORDS = {
    "same": Wording(zh="一致", en="comes out the same"),
    "changed": Wording(zh="结果不同", en="comes out otherwise"),
    "gone": Wording(zh="现已得不出该结论", en="is not found any more"),
}
_DATA = Wording(zh="所用数据：{begin} 至 {end}", en="data used: {begin} to {end}")
_SAID = Wording(zh="第{version}版，策略{hash}", en="judge version {version}, policy {hash}")


def _explained_text(explained: Explanation, language: Language) -> str:
    head = _in(Wording(zh="告警{0}：判据“{1}”", en="Alert {0}, judge {1}"), language)
    lines = [head.format(explained.alert, explained.judge), _in(_REPRODUCES[explained.reproduces], language)]
    lines += [_in(remark, language) for remark in explained.remarks]
    lines.append(_in(Wording(zh="重算所用参数：", en="Recomputed with:"), language))
    lines += _listed(explained.parameters)
    for one in explained.differences:
        then = one.then
        if then is None:
            continue
        lines += ["", f"{then.id}: {_in(then.statement, language)}", f"  → {_in(_WORDS[one.verdict], language)}"]
        if one.changed and one.now is not None:
            lines.append(f"  {', '.join(one.changed)}: {_in(one.now.statement, language)}")
        value, uncertainty = plain_number.estimate(then.magnitude, then.uncertainty)
        lines.append(f"  {value}{f' ± {uncertainty}' if uncertainty else ''} {telling.unit(then.unit)}")
        meaning = confidence.meaning(then.p_value, None, then.q_value, stands_out=then.stands_out)
        lines.append(f"  {_in(meaning, language)}")
        said = _SAID.fill(version=then.version, hash=then.policy_hash[:12])
        if then.evidence_from and then.evidence_to:
            window = _DATA.fill(begin=_clock(then.evidence_from, then), end=_clock(then.evidence_to, then))
            lines.append(f"  {_in(window, language)}; {_in(said, language)}")
        else:
            lines.append(f"  {_in(said, language)}")
        lines += _listed(dict(sorted(then.evidence.items())))
    return "\n".join(lines)


def _listed(numbers: Mapping[str, Any]) -> list[str]:
    return [f"    {name} = {json.dumps(value, ensure_ascii=False)}" for name, value in numbers.items()]
