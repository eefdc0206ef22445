"""What is asked of the portal, and in which order."""
