"""Wire codecs without I/O: what goes over a socket, as values; pure, and fuzzed."""
