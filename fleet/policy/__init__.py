"""Rules of the notice and of the law over a city's declared facts, and over what devices tell."""

from fleet.policy.judge import judge, judge_suspects
from fleet.policy.registry import RULES
from fleet.policy.rules.biometric import judge_observed

__all__ = ["RULES", "judge", "judge_observed", "judge_suspects"]
