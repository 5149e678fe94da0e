"""One file a screen; each is a title line, lines of facts, one table, and a foot with its keys."""
