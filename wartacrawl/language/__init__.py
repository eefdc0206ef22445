"""Indonesian: text, dates, similarity. Knows no newspaper."""
