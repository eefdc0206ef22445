"""The verbs of the `scrapy` command line in this project."""
