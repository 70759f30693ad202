"""Who speaks: a judge with the parameters and the policy in force, as an alert must remember it."""

import inspect
from dataclasses import asdict

from anomaly.catalogue import judge_called, parameters
from anomaly.policy import Policy
from anomaly.source_silence import SourceSilence
from metrology.finding import Grade
from store.findings import Speaker


def speaker(policy: Policy, name: str) -> Speaker:
    """The judge called `name`, with its parameters for every kind that it looks at.

    Raises
    ------
    UnknownJudge
        if no file of that name stands in the folders.
    """
    judge = judge_called(name)
    in_force = {
        kind: parameters(member)
        for kind, members in policy.by_kind.items()
        for member in members
        if member.name == name
    }
    return Speaker(
        name=name,
        version=judge.version,
        grade=judge.grade,
        question=judge.question,
        check=judge.check,
        method=inspect.getdoc(judge) or "",
        parameters=in_force,
        policy_hash=policy.hash,
        false_alarms_per_1000_instrument_years=judge.false_alarms_per_1000_instrument_years,
        rates={kind: rates[name] for kind, rates in policy.allotted.items() if name in rates} if policy.budget else {},
        controlled=policy.budget is not None and judge.grade is Grade.STATISTICAL,
    )


def speaker_of(judge: SourceSilence, policy: Policy) -> Speaker:
    """The judge of sources, as an alert must remember it."""
    return Speaker(
        name=judge.name,
        version=judge.version,
        grade=judge.grade,
        question=judge.question,
        check=judge.check,
        method=inspect.getdoc(judge) or "",
        parameters=asdict(judge),
        policy_hash=policy.hash,
        false_alarms_per_1000_instrument_years=None,
    )
