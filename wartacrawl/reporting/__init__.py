"""What a crawl brought: its figures, the judgement of them, the reports. Nothing here imports Scrapy."""
