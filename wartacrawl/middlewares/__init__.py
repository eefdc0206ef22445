"""How requests travel: the portal alone, robots.txt, politeness."""
