"""The wiring of the crawl, in the order a page travels. Every line can be overridden with `-s NAME=value`.

wartacrawl/config reads and checks our own settings; their defaults are here alone.
"""

from wartacrawl import __version__

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
# An honest name, so that the portal's people can tell this crawler from others, and block it.
USER_AGENT = f"wartacrawl/{__version__}"
# Who runs this crawl: an e-mail address or URL, put in brackets behind USER_AGENT. A crawl of a real portal without one
# logs a warning.
WARTA_CONTACT = None
DEFAULT_REQUEST_HEADERS = {
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "Accept-Language": "id",
}
ROBOTSTXT_OBEY = True
# The name whose rules in robots.txt apply; the whole USER_AGENT would also match the rules for words in it.
ROBOTSTXT_USER_AGENT = BOT_NAME
# The longest Crawl-delay (seconds) that is kept in full; a longer one is cut to this, and the log says so: with 3,600 s
# the news of one day could not be read in a day. Crawl-delay is a minimum for DOWNLOAD_DELAY and AutoThrottle.
LONGEST_CRAWL_DELAY = 60.0
# One request a second on average, few at a time: the portal's limits are unknown (2026-11).
DOWNLOAD_DELAY = 1.0
# Off: the delay changes with answers that ask to wait, and with failures. On: also with how long answers take.
AUTOTHROTTLE_ENABLED = False
CONCURRENT_REQUESTS = 8
CONCURRENT_REQUESTS_PER_DOMAIN = 4
DOWNLOAD_TIMEOUT = 30
# The …_BASE lists are Scrapy's defaults without the parts that are switched off, which Scrapy would import all the
# same. extensions/switches.py adds a part when its switch is on.
DOWNLOAD_HANDLERS_BASE = {
    "data": "scrapy.core.downloader.handlers.datauri.DataURIDownloadHandler",
    "file": "scrapy.core.downloader.handlers.file.FileDownloadHandler",
}
# Scrapy's own handlers, which can also give up downloads when the crawl is stopped.
DOWNLOAD_HANDLERS = {
    "http": "wartacrawl.middlewares.downloads.HTTPHandler",
    "https": "wartacrawl.middlewares.downloads.HTTPHandler",
}
# Seconds that running downloads may take when the crawl is stopped (SIGTERM, SIGINT); then they are given up.
SHUTDOWN_SECONDS = 3.0
# A page of the portal has about 80 KB; what is a hundred times larger is not a page. Decompressed bytes count, too.
DOWNLOAD_MAXSIZE = 8 * 1024 * 1024
DOWNLOAD_WARNSIZE = 2 * 1024 * 1024
DOWNLOAD_VERIFY_CERTIFICATES = True
RETRY_TIMES = 2
# Without 429, which Scrapy would repeat at once: PolitenessMiddleware pauses.
RETRY_HTTP_CODES = [500, 502, 503, 504, 522, 524, 408]
# Seconds by the clock that a crawl goes on without a page while the portal asks it to wait; then it ends as blocked
# (429) or unreachable (503 with Retry-After).
PATIENCE_SECONDS = 300.0
# Seconds of pause after a 429 without Retry-After; doubled with each further one in a row, up to SLOWEST_DELAY.
BACKOFF_SECONDS = 5.0
# Each pause also doubles the delay between requests, from 1 s up to this; pages that come lower it again.
SLOWEST_DELAY = 30.0
# Number of 401 and 403 in a row that ends the crawl as blocked, and of 5xx and broken connections (retries included)
# that ends it as unreachable, or as partial when some pages came. 0 is never.
REFUSALS_IN_A_ROW = 10
FAILURES_IN_A_ROW = 60
# Requests a crawl may send, robots.txt, redirects and retries included; 0 is no limit. Then it ends as partial, and
# what is missing is remembered.
REQUEST_BUDGET = 0
REDIRECT_MAX_TIMES = 5
# The page is what came: the portal's pages reload themselves (its home page of 2018 every 300 s).
METAREFRESH_ENABLED = False
# No page of the portal needs a session, and cookies would make answers differ.
COOKIES_ENABLED = False
# Without OffsiteMiddleware, which ignores ports, and RobotsTxtMiddleware, which lets some requests pass and takes a
# robots.txt that fails for permission.
DOWNLOADER_MIDDLEWARES_BASE = {
    "scrapy.downloadermiddlewares.httpauth.HttpAuthMiddleware": 300,
    "scrapy.downloadermiddlewares.downloadtimeout.DownloadTimeoutMiddleware": 350,
    "scrapy.downloadermiddlewares.defaultheaders.DefaultHeadersMiddleware": 400,
    "scrapy.downloadermiddlewares.useragent.UserAgentMiddleware": 500,
    "scrapy.downloadermiddlewares.retry.RetryMiddleware": 550,
    "scrapy.downloadermiddlewares.httpcompression.HttpCompressionMiddleware": 590,
    "scrapy.downloadermiddlewares.redirect.RedirectMiddleware": 600,
    "scrapy.downloadermiddlewares.httpproxy.HttpProxyMiddleware": 750,
    "scrapy.downloadermiddlewares.stats.DownloaderStats": 850,
}
DOWNLOADER_MIDDLEWARES = {
    # Before robots.txt (100): a request to another host must not even fetch its robots.txt.
    "wartacrawl.middlewares.portal.PortalOnlyMiddleware": 40,
    "wartacrawl.middlewares.robots.RobotsMiddleware": 100,
    # Behind Scrapy's retries (550): a request to wait must be obeyed before they repeat the request.
    "wartacrawl.middlewares.politeness.PolitenessMiddleware": 560,
}
# Without DepthMiddleware (lists are long, not deep: its numbers mislead) and MetaCopyDetectionMiddleware, which looks
# for a mistake that tests find.
SPIDER_MIDDLEWARES_BASE = {
    "scrapy.spidermiddlewares.start.StartSpiderMiddleware": 25,
    "scrapy.spidermiddlewares.httperror.HttpErrorMiddleware": 50,
    "scrapy.spidermiddlewares.referer.RefererMiddleware": 700,
    "scrapy.spidermiddlewares.urllength.UrlLengthMiddleware": 800,
}
SPIDER_MIDDLEWARES = {
    # Nearest to the spider: an error over the output folder is logged once, before others handle it.
    "wartacrawl.middlewares.faults.EndOnFault": 950,
}

# Scrapy would read the source of every callback to look for a mistake that tests find; it fails when the files are
# updated during a crawl.
WARN_ON_GENERATOR_RETURN_VALUE = False

# Seconds of processor time that reading one page may take; an article that takes longer has failed.
PAGE_SECONDS = 5.0

# -- asking public web archives (`scrapy crawl arsip`), see docs/archives.md -----------------------------------
# Origins of Common Crawl's list of crawls (collinfo.json) and of its files, and of the Wayback Machine; tests and
# mirrors set others.
ARSIP_INDEX_URL = "https://index.commoncrawl.org"
ARSIP_DATA_URL = "https://data.commoncrawl.org"
ARSIP_WAYBACK_URL = "https://web.archive.org"

# -- finding -------------------------------------------------------------------------------------------------
# Hours after which sections and sitemaps are walked again although index and RSS bring nothing new: sources are
# compared.
RECONCILE_HOURS = 24
# Number of days in a row without an article at which a first crawl through the dated index stops.
INDEX_EMPTY_DAYS = 7
# Bounds that no sound portal reaches: pages of one list, days of the index (27 years), sitemaps. A list that goes on is
# left there, and the log says so.
LIST_PAGES = 1_000
INDEX_DAYS = 10_000
SITEMAP_FILES = 500
# Ages of an article (seconds after publication) at which it is fetched again if it changed; [] switches this off.
RECHECK_AGES = [3_600, 21_600, 86_400, 604_800]

# -- writing -------------------------------------------------------------------------------------------------
ITEM_PIPELINES = {
    "wartacrawl.pipelines.Validate": 100,
    "wartacrawl.pipelines.Classify": 200,
    "wartacrawl.pipelines.Export": 300,
}
# Articles in a transaction (64 at most), and seconds after which a smaller one is written.
EXPORT_BATCH = 32
EXPORT_SECONDS = 2.0
# Our pipelines do not wait, so one task is enough; Scrapy starts this number for every response (its 100 cost as much
# as the download, measured 2026-11).
CONCURRENT_ITEMS = 1
DEFAULT_DROPITEM_LOG_LEVEL = "DEBUG"
# For `scrapy crawl -o`; the articles themselves are always UTF-8.
FEED_EXPORT_ENCODING = "utf-8"

# -- optional modes ------------------------------------------------------------------------------------------
# Each is an add-on that does nothing until its switch is on. See docs/archive.md.
ADDONS = {
    "wartacrawl.extensions.switches.Switches": -10,
    "wartacrawl.extensions.switches.Archive": 0,
    "wartacrawl.extensions.switches.ProgressLine": 0,
    "wartacrawl.rendering.escalation.Render": 10,
}
# Keep every request and response as WARC in OUTPUT_DIR/archive/, for `scrapy replay`; needs warcio and fastwarc.
ARCHIVE_ENABLED = False
# Size in bytes at which an archive file is full and the next one begins.
ARCHIVE_FILE_BYTES = 1_000_000_000
# Let a page that comes as an empty shell be opened once in a browser; needs scrapy-playwright and a Chromium.
RENDER_ENABLED = False
# Seconds until the browser must have a page; a list with "load more" may take four times as long.
RENDER_SECONDS = 30
# Pages after which a browser context is replaced: browsers use more memory with every page.
RENDER_CONTEXT_PAGES = 25
# Path of a Chromium; None is the one playwright downloaded, or one that is installed.
RENDER_EXECUTABLE = None

# -- watching ------------------------------------------------------------------------------------------------
EXTENSIONS_BASE = {
    "scrapy.extensions.corestats.CoreStats": 0,
    "scrapy.extensions.logcount.LogCount": 0,
    "scrapy.extensions.memusage.MemoryUsage": 0,
    "scrapy.extensions.closespider.CloseSpider": 0,
    "scrapy.extensions.feedexport.FeedExporter": 0,  # for -o
    "scrapy.extensions.logstats.LogStats": 0,
}
EXTENSIONS = {
    "wartacrawl.extensions.shutdown.Shutdown": -40,
    # They see the crawl close in this order: OutcomeKeeper judges and stores what those before it found.
    "wartacrawl.extensions.report.Stopwatch": -30,
    "wartacrawl.extensions.monitors.Monitors": -20,
    "wartacrawl.extensions.outcome.OutcomeKeeper": 0,
    "wartacrawl.extensions.report.Reporter": 20,
    "wartacrawl.extensions.notify.Notifier": 40,
}
STATS_CLASS = "wartacrawl.extensions.stats.Stats"
# A moving line and a closing banner, only where standard error is a terminal.
PROGRESS_ENABLED = True
# Who gets a message when a crawl ends neither ok nor partial: Apprise addresses, separated by spaces. Better in the
# environment, as WARTACRAWL_NOTIFY_URLS, where tokens are in no command line and no log.
NOTIFY_URLS = ""
# Thresholds. Crossing one that is marked "drift" by more than chance makes the outcome drift; the others only warn. See
# docs/operations.md.
# Number of articles after which a crawl that already shows drift is ended; 0 is never.
MONITORS_EARLY_ARTICLES = 20
# Shares of fewer articles than this are not judged.
MONITORS_MIN_ARTICLES = 10
# drift: the share of articles that must have a field. No article of the portal is known to lack these.
MONITORS_FIELD_COVERAGE = {"headline": 0.95, "article_body": 0.9, "date_published": 0.9}
# drift: a field most articles had in earlier crawls of the same kind may fall by this share of the articles.
MONITORS_COVERAGE_DROP = 0.3
# Number of earlier crawls of the same kind to compare with.
MONITORS_EARLIER_RUNS = 10
# drift: the share of texts that may come from the generic layer, which fits any page of any site.
MONITORS_FALLBACK_SHARE = 0.5
# drift: the share of articles that may be rejected.
MONITORS_REJECTED_SHARE = 0.2
# The share of articles that may fail; those that do make the outcome partial in any case.
MONITORS_FAILED_SHARE = 0.2
# Error lines the log may have.
MONITORS_ERRORS = 10
# Articles a crawl must bring, unchanged ones included; nothing new is normal, so 0.
MONITORS_ITEMS = 0
# Hours the newest article may be old after `scrapy crawl warta`: the portal publishes about a hundred a day. 0 is any.
MONITORS_SILENT_HOURS = 48
# Versions, components and settings are logged at DEBUG alone, and so are the stats: the report has them.
LOG_LEVEL = "INFO"
STATS_DUMP = False
# On by default in Scrapy; both run Python code for everybody who can connect.
TELNETCONSOLE_ENABLED = False
REMOTE_CONTROL_ENABLED = False
TWISTED_REACTOR = "twisted.internet.asyncioreactor.AsyncioSelectorReactor"
