"""The house rules, counted by machine."""
