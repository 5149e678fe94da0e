"""The kinds of resource, one a file; each knows how to make, look at, mend and remove itself."""
