"""Every screen as it was last looked at and found good."""
