"""What each file of a city may say, with an explanation of every field in both languages."""
