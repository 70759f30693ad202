"""One finding for each instrument, register and onset: the key under which the store keeps it."""

from collections.abc import Iterable
from dataclasses import replace

from metrology.finding import Finding


def one_per_onset(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Findings of one judge, of each key only the largest; the evidence of the others goes along with it.

    Two transactions of one instrument may begin at the same instant, for instance after its clock was set.
    """
    groups: dict[tuple[object, ...], list[Finding]] = {}
    for finding in findings:
        groups.setdefault((finding.instrument, finding.register, finding.onset), []).append(finding)
    return tuple(_largest(group) for group in groups.values())


def _largest(group: list[Finding]) -> Finding:
    first, *others = sorted(group, key=lambda finding: -abs(finding.magnitude.value))
    if not others:
        return first
    also = [dict(finding.evidence) for finding in others]
    return replace(first, evidence={**first.evidence, "also": also})
