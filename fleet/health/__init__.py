"""Health as pure functions of what was seen: intervals, rates, alarms. No I/O, no clock."""
