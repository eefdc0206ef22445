"""The spiders: what is requested from the portal, and in which order."""
