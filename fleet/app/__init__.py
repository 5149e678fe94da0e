"""One use case per file: what the command line and the screens call."""
