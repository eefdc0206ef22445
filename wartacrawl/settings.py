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
# An honest name, so that the portal's people can tell this crawler from others, and block it.
USER_AGENT = "wartacrawl/0.1"
# Who runs this crawl: an e-mail address or URL, put in brackets behind USER_AGENT. A crawl of a real portal without one
# logs a warning.
WARTA_CONTACT = None
DEFAULT_REQUEST_HEADERS = {
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "Accept-Language": "id",
}
ROBOTSTXT_OBEY = True
# The word robots.txt is searched for; the whole USER_AGENT would match rules for parts of its URL, too.
ROBOTSTXT_USER_AGENT = BOT_NAME
# A Crawl-delay is a floor under DOWNLOAD_DELAY and AutoThrottle; a longer one than this (seconds) is cut to it, and the
# log says so: with 3,600 not even one day's news could be read in a day.
LONGEST_CRAWL_DELAY = 60.0
# One request a second on average, few at a time: a guest's pace, as nothing is known of the portal's limits (2026-11).
DOWNLOAD_DELAY = 1.0
# The delay is changed by answers that ask to wait, and by failures; AutoThrottle goes by how long answers take.
AUTOTHROTTLE_ENABLED = False
CONCURRENT_REQUESTS = 8
CONCURRENT_REQUESTS_PER_DOMAIN = 4
DOWNLOAD_TIMEOUT = 30
# Scrapy's own handlers, able to give up at once when the crawl is told to stop.
# The lists of Scrapy's defaults (…_BASE) without what is switched off: Scrapy would import it all the same. See
# extensions/switches.py.
DOWNLOAD_HANDLERS_BASE = {
    "data": "scrapy.core.downloader.handlers.datauri.DataURIDownloadHandler",
    "file": "scrapy.core.downloader.handlers.file.FileDownloadHandler",
}
DOWNLOAD_HANDLERS = {
    "http": "wartacrawl.middlewares.downloads.HTTPHandler",
    "https": "wartacrawl.middlewares.downloads.HTTPHandler",
}
# Seconds that downloads under way may take when the crawl is told to stop (SIGTERM, SIGINT); then it goes without them.
SHUTDOWN_SECONDS = 3.0
# A page of the portal has about 80 KB; what is a hundred times larger is no page. Counts after decompression too.
DOWNLOAD_MAXSIZE = 8 * 1024 * 1024
DOWNLOAD_WARNSIZE = 2 * 1024 * 1024
DOWNLOAD_VERIFY_CERTIFICATES = True
RETRY_TIMES = 2
# 429 is not here: Scrapy would ask again at once. It is answered by a pause, see below.
RETRY_HTTP_CODES = [500, 502, 503, 504, 522, 524, 408]
# Seconds a crawl waits without getting a page in between, Retry-After and back-off together; when a 429 (or a 503 with
# Retry-After) asks for more, it ends as blocked (unreachable).
PATIENCE_SECONDS = 300.0
# Pause after a 429 that does not say for how long; doubled with each one in a row, up to SLOWEST_DELAY.
BACKOFF_SECONDS = 5.0
# Each pause also doubles the delay between requests, from 1 s up to this; pages that come bring it back down.
SLOWEST_DELAY = 30.0
# So many 401 and 403 in a row end the crawl as blocked; so many 5xx and broken connections (retries count) as
# unreachable, or partial when it had pages. 0 is never.
REFUSALS_IN_A_ROW = 10
FAILURES_IN_A_ROW = 60
# Requests a run may send, robots.txt, redirects and retries included; 0 is no limit. A spent budget ends the crawl as
# partial; what is missing is remembered.
REQUEST_BUDGET = 0
REDIRECT_MAX_TIMES = 5
# The page is what came: the portal's pages reload themselves (its home page of 2018 every 300 s).
METAREFRESH_ENABLED = False
# Nothing on the portal needs a session, and cookies would make answers differ.
COOKIES_ENABLED = False
# Without Scrapy's OffsiteMiddleware, which knows host names and not ports, and its RobotsTxtMiddleware, which forgets
# some requests, and a robots.txt that fails.
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
    # Before robots.txt (100): a request that leaves the portal must not even ask another host's robots.txt.
    "wartacrawl.middlewares.portal.PortalOnlyMiddleware": 40,
    "wartacrawl.middlewares.robots.RobotsMiddleware": 100,
    # Behind Scrapy's retries (550): a "wait" must be heard before they ask again.
    "wartacrawl.middlewares.politeness.PolitenessMiddleware": 560,
}
# Without Scrapy's DepthMiddleware (lists are long, not deep: its numbers mislead) and its MetaCopyDetectionMiddleware,
# which looks for a mistake that tests find.
SPIDER_MIDDLEWARES_BASE = {
    "scrapy.spidermiddlewares.start.StartSpiderMiddleware": 25,
    "scrapy.spidermiddlewares.httperror.HttpErrorMiddleware": 50,
    "scrapy.spidermiddlewares.referer.RefererMiddleware": 700,
    "scrapy.spidermiddlewares.urllength.UrlLengthMiddleware": 800,
}
SPIDER_MIDDLEWARES = {
    # Nearest to the spider: what a callback raises over the output folder is told once, and nobody handles it before.
    "wartacrawl.middlewares.faults.EndOnFault": 950,
}

# Scrapy reads the source of every callback to look for a mistake that tests find; an update of the files under a
# running crawl would make an unhandled fault of that.
WARN_ON_GENERATOR_RETURN_VALUE = False

# Seconds of processor time that one page may take to be read; an article that takes longer has failed.
PAGE_SECONDS = 5.0

# -- finding -------------------------------------------------------------------------------------------------
# Sections and sitemaps are walked again after so many hours even when index and RSS bring nothing new: sources are
# compared, not trusted.
RECONCILE_HOURS = 24
# A first crawl through the dated index goes back until so many days in a row list nothing.
INDEX_EMPTY_DAYS = 7
# Bounds that no sound portal meets: pages of one list, days of the index (27 years), sitemaps. A list that goes on is
# left there, and the log says so.
LIST_PAGES = 1_000
INDEX_DAYS = 10_000
SITEMAP_FILES = 500
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
# Pipelines hand over at once, so there is nothing to do side by side; Scrapy starts so many tasks for every response
# (its 100 cost as much as the download, measured 2026-11).
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
# Keep every exchange as WARC in OUTPUT_DIR/archive/, for `scrapy replay`; needs warcio and fastwarc.
ARCHIVE_ENABLED = False
# Size in bytes at which an archive file is full and the next one begins.
ARCHIVE_FILE_BYTES = 1_000_000_000
# Let a page that comes as an empty shell be opened once in a browser; needs scrapy-playwright and a Chromium.
RENDER_ENABLED = False
# Seconds until the browser must have a page; a list with "load more" may take four times as long.
RENDER_SECONDS = 30
# Pages after which a browser context is closed and a fresh one begun: browsers grow with every page.
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
    # In this order they see the crawl close: what the first two find is judged and kept by the third.
    "wartacrawl.extensions.report.Stopwatch": -30,
    "wartacrawl.extensions.monitors.Monitors": -20,
    "wartacrawl.extensions.outcome.OutcomeKeeper": 0,
    "wartacrawl.extensions.report.Reporter": 20,
    "wartacrawl.extensions.notify.Notifier": 40,
}
STATS_CLASS = "wartacrawl.extensions.stats.Stats"
# A moving line and a closing banner, only where standard error is a terminal.
PROGRESS_ENABLED = True
# Whom to tell when a crawl ends neither ok nor partial: Apprise addresses, separated by spaces. Better in the
# environment, as WARTACRAWL_NOTIFY_URLS: a token there stands in no command line and no log.
NOTIFY_URLS = ""
# Thresholds. Crossing one that is marked "drift" by more than chance makes the outcome drift; the others only warn. See
# docs/operations.md.
# Look at so many articles, and end the crawl when they already show drift; 0 is never.
MONITORS_EARLY_ARTICLES = 20
# Shares of fewer articles than this say nothing.
MONITORS_MIN_ARTICLES = 10
# drift: the share of articles that must have a field. These three no article of the portal is known to lack.
MONITORS_FIELD_COVERAGE = {"headline": 0.95, "article_body": 0.9, "date_published": 0.9}
# drift: a field most articles had in earlier crawls of the same kind may fall by this share of the articles.
MONITORS_COVERAGE_DROP = 0.3
# How many earlier crawls of the same kind are compared with.
MONITORS_EARLIER_RUNS = 10
# drift: the share of texts that may come from the generic layer, which fits any page of any site.
MONITORS_FALLBACK_SHARE = 0.5
# drift: the share of articles that may be rejected.
MONITORS_REJECTED_SHARE = 0.2
# The share of articles that may fail; those that do make the outcome partial in any case.
MONITORS_FAILED_SHARE = 0.2
# Error lines the log may have.
MONITORS_ERRORS = 10
# Articles a crawl must bring, unchanged ones among them; nothing new is no fault, so 0.
MONITORS_ITEMS = 0
# Hours the newest article may be old after `scrapy crawl warta`: the portal publishes about a hundred a day. 0 is any.
MONITORS_SILENT_HOURS = 48
# Versions, components and settings are logged at DEBUG alone, and so are the stats: the report has them.
LOG_LEVEL = "INFO"
STATS_DUMP = False
# Doors that Scrapy opens by default: both run Python for whoever can connect.
TELNETCONSOLE_ENABLED = False
REMOTE_CONTROL_ENABLED = False
TWISTED_REACTOR = "twisted.internet.asyncioreactor.AsyncioSelectorReactor"
