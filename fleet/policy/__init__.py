"""Rules of the notice and of the law over a city's declared facts, and over what devices tell."""

from fleet.policy.judge import judge, judge_suspects
from fleet.policy.observed import judge_observed
from fleet.policy.registry import RULES

__all__ = ["RULES", "judge", "judge_observed", "judge_suspects"]
