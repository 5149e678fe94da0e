"""What the screens show, as plain data: no terminal, no Textual, all of it testable alone."""
