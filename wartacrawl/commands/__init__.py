"""The verbs of the `scrapy` command line in this project, one a file.

Scrapy imports every one of these files whatever is typed, so a command imports what it needs when it runs.
"""
