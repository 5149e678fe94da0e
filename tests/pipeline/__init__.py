"""The pipeline script and its host helper, which cities copy into their repositories."""
