"""What a crawl brought, and the verdict on it."""
