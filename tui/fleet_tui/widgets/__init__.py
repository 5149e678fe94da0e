"""The three widgets that all screens are made of: a table, a few lines, a prompt."""
