"""The monthly report: facts become figures with their evidence, and these become documents."""
