"""The wiring of the crawl, in the order a page travels. Every line can be overridden with `-s NAME=value`."""

# -- who we are and where we go ------------------------------------------------------------------------------
BOT_NAME = "wartacrawl"
# Origin of the portal; mirrors, tests and `make demo` set another.
WARTA_URL = "https://wartaekonomi.co.id"
# Where everything is written: beside scrapy.cfg unless absolute. A scrapyd job must be given an absolute path.
OUTPUT_DIR = "output"
SPIDER_MODULES = ["wartacrawl.spiders"]
NEWSPIDER_MODULE = "wartacrawl.spiders"
COMMANDS_MODULE = "wartacrawl.commands"

# -- asking --------------------------------------------------------------------------------------------------
# An honest name: the project's page lets the portal's people find and block us.
USER_AGENT = "wartacrawl/0.1 (+https://github.com/wartacrawl/wartacrawl)"
DEFAULT_REQUEST_HEADERS = {
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "Accept-Language": "id",
}
ROBOTSTXT_OBEY = True
# One request a second on average, few at a time: a guest's pace, as nothing is known of the portal's limits (2026-11).
DOWNLOAD_DELAY = 1.0
CONCURRENT_REQUESTS = 8
CONCURRENT_REQUESTS_PER_DOMAIN = 4
DOWNLOAD_TIMEOUT = 30
# A page of the portal has about 80 KB; what is a hundred times larger is no page. Counts after decompression too.
DOWNLOAD_MAXSIZE = 8 * 1024 * 1024
DOWNLOAD_WARNSIZE = 2 * 1024 * 1024
DOWNLOAD_VERIFY_CERTIFICATES = True
RETRY_TIMES = 2
REDIRECT_MAX_TIMES = 5
# Nothing on the portal needs a session, and cookies would make answers differ.
COOKIES_ENABLED = False

# One article, one fingerprint, whatever its slug, host or generation.
REQUEST_FINGERPRINTER_CLASS = "wartacrawl.fingerprint.IdentityFingerprinter"
DOWNLOADER_MIDDLEWARES = {
    # Before robots.txt (100): a request that leaves the portal must not even ask another host's robots.txt.
    "wartacrawl.politeness.OnlyThePortal": 40,
    "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware": None,  # knows host names, not ports
}
SPIDER_MIDDLEWARES = {
    "scrapy.spidermiddlewares.depth.DepthMiddleware": None,  # lists are long, not deep: its numbers mislead
}

# -- finding -------------------------------------------------------------------------------------------------
# Sections and sitemaps are walked again after so many hours even when index and RSS bring nothing new: sources are
# compared, not trusted.
RECONCILE_HOURS = 24
# A first crawl through the dated index goes back until so many days in a row list nothing.
INDEX_EMPTY_DAYS = 7
# Ages of an article (seconds after publication) at which it is looked at again; [] switches this off.
RECHECK_AGES = [3_600, 21_600, 86_400, 604_800]

# -- writing -------------------------------------------------------------------------------------------------
ITEM_PIPELINES = {
    "wartacrawl.pipelines.Validate": 100,
    "wartacrawl.pipelines.Classify": 200,
    "wartacrawl.pipelines.Export": 300,
}
# A transaction is made of so many articles (64 at most), or of what came within so many seconds.
EXPORT_BATCH = 32
EXPORT_SECONDS = 2.0
# Pipelines hand over at once: items waiting here would only wait for the transaction.
CONCURRENT_ITEMS = 32
DEFAULT_DROPITEM_LOG_LEVEL = "DEBUG"

# -- watching ------------------------------------------------------------------------------------------------
EXTENSIONS = {
    "wartacrawl.outcome.OutcomeKeeper": 0,
}
LOG_LEVEL = "INFO"
# Doors that Scrapy opens by default: both run Python for whoever can connect.
TELNETCONSOLE_ENABLED = False
REMOTE_CONTROL_ENABLED = False
TWISTED_REACTOR = "twisted.internet.asyncioreactor.AsyncioSelectorReactor"
