"""Pure planning: desired and observed values in, field changes, steps, waves and a seal out."""
