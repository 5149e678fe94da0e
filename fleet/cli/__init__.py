"""The command line: parse, call one use case, render, exit with a code of the contract."""
