"""Small constructs of real portals' pages, each read in the known template and in one nobody knows.

Each row says what a reader sees: which lines are text, and what of the rest is data. Full pages are in `tests/pages`.
"""

# ruff: noqa: E501 - each row is one construct

import re
from datetime import UTC, datetime

import pytest

from wartacrawl.page import Page
from wartacrawl.reading.extract import extract

URL = "https://wartaekonomi.co.id/read611900/kebun-kelapa-di-tepi-pantai-kembali-ditanami"
HEADLINE = "Kebun Kelapa di Tepi Pantai Kembali Ditanami"
NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)

FIRST = (
    "Petani di sepanjang pantai selatan menanam kembali kebun kelapa yang tumbang diterjang angin dua tahun lalu.",
    "Bibitnya dibagikan koperasi, dan setiap keluarga memperoleh empat puluh batang yang tingginya sudah selutut.",
)
LAST = (
    "Pohon pertama diperkirakan berbuah dalam empat tahun, lebih cepat daripada jenis lama yang ditanam kakek mereka.",
    "Sampai saat itu, petani menanam kacang tanah dan jagung di sela barisan untuk menutup biaya pupuk.",
)
_MENU = '<a href="/category-17/ekbis">EkBis</a> <a href="/category-322/kabar-sawit">Kabar Sawit</a>'
_SIDE = "".join(
    f'<li><a href="/read6118{number}/{slug}">{slug.replace("-", " ").title()}</a></li>'
    for number, slug in enumerate(("harga-gabah-naik-lagi", "kapal-feri-kembali-berlayar", "bursa-ditutup-menguat"), 10)
)
OTHER = "/read611700/harga-kopra-naik-tipis"
OTHER_URL = f"https://wartaekonomi.co.id{OTHER}"
OTHER_TITLE = "Harga Kopra Naik Tipis"
LINK = f'<a href="{OTHER}">{OTHER_TITLE}</a>'
RELATED = [{"headline": OTHER_TITLE, "url": OTHER_URL}]


def _paragraphs(texts):
    return "".join(f"<p>{text}</p>\n" for text in texts)


def _page(template, *, text, head="", above="", under="", behind=""):
    frame = {
        "current": ('<article class="articlePost"><div class="articlePostHeader">{above}<h1>{headline}</h1></div>{under}'
                    '<div class="articlePostContent">{text}</div>{behind}</article>'),
        "unknown": '<div class="kiri">{above}<h1>{headline}</h1>{under}<div class="naskah">{text}</div>{behind}</div>',
    }[template]  # fmt: skip
    inner = frame.format(above=above, headline=HEADLINE, under=under, text=text, behind=behind)
    html = (
        f'<!DOCTYPE html><html lang="id"><head><meta charset="utf-8"><title>{HEADLINE} - Warta Ekonomi</title>'
        f'<link rel="canonical" href="{URL}"><meta property="og:title" content="{HEADLINE}">{head}</head><body>'
        f'<div class="atas"><a href="/"><img src="/logo.png" alt="Warta Ekonomi"></a> {_MENU}</div>'
        f'<div class="badan">{inner}<div class="kanan"><h3>Terpopuler</h3><ol>{_SIDE}</ol></div></div>'
        '<div class="bawah"><p>© 2026 Warta Ekonomi. Seluruh isi dilindungi undang-undang.</p></div></body></html>'
    )
    return Page.from_bytes(URL, html.encode(), fetched_at=NOW, via="artikel", content_type="text/html; charset=utf-8")


def read(template, *, between="", start="", end="", **parts):
    """Return the article of a page with `between` amid its four paragraphs, `start` before and `end` behind them."""
    text = f"{start}{_paragraphs(FIRST)}{between}\n{_paragraphs(LAST)}{end}"
    return extract(_page(template, text=text, **parts)).article


TEMPLATES = pytest.mark.parametrize("template", ["current", "unknown"])


# -- advice that names apps and channels is text ----------------------------------------------------------------------

KEPT = [
    "Unduh aplikasi BRImo di Google Play Store atau App Store.",
    "Buka WhatsApp, lalu pilih tab Pembaruan dan cari saluran BMKG.",
    "Ketuk tombol Ikuti pada saluran Telegram Kementerian Pertanian.",
    "Gulir ke bawah sampai menu Pengaturan terlihat.",
    "Gulir ke bawah untuk membaca syarat dan ketentuan, lalu centang kotak persetujuan.",
    "Selanjutnya: unggah foto KTP dan swafoto.",
    "Selanjutnya, klik ikon panah di pojok kanan atas.",
    "Klik Bagikan, lalu pilih WhatsApp atau Telegram.",
    "Bagikan bukti transfer ke grup Telegram pembeli.",
    "Salin tautan undangan itu dan kirim lewat surel.",
    "Baca juga petunjuk di balik kemasan sebelum menyemprot.",
    "Jangan lupa baca juga syarat polisnya.",
    "Simak juga cara petani tetangga mengatur jarak tanam.",
    "Lihat juga tabel di bawah ini.",
    "Komentar itu dibaca seribu orang.",
    "Iklan rokok di tepi jalan itu sudah diturunkan.",
    "Penulis buku itu mengaku tidak pernah menanam kelapa.",
    "Editor video gratis ini bisa dipakai tanpa internet.",
    "Oleh karena itu, koperasi membuka posko.",
    "Foto: bukti transfer wajib dilampirkan bersama salinan KTP.",
    "Sumber: air tanah, sungai, dan embung.",
    "Topik: pupuk, bibit, dan pasar.",
    "Warta Ekonomi mencatat harga kopra naik sejak Januari.",
    "Warta Ekonomi menemui petani itu di kebunnya, Senin.",
    "Kepada Warta Ekonomi, ia mengirim foto kebun lewat WhatsApp.",
    "Ikuti akun Instagram @kebunraya untuk melihat jadwal tur.",
    "“Unduh aplikasi kami di Play Store,” kata direktur koperasi.",
    "Unduh aplikasi kami di Play Store, demikian bunyi pesan penipu itu.",
    "Kami berjualan lewat WhatsApp dan Instagram, cerita pemilik kebun.",
    "Halaman berikutnya dari catatan harian itu kosong.",
    "Tag harga ditempel di setiap karung.",
    "Share perusahaan di pasar turun.",
    "Semua halaman rumahnya ditanami kelapa.",
    "Next, kata sopirnya singkat.",
    "1. Cuci tangan.",
    "Stop!",
    "Begini caranya:",
    "Advertorial bukan berita.",
]


@TEMPLATES
@pytest.mark.parametrize("tag", ["p", "li"])
@pytest.mark.parametrize("line", KEPT)
def test_advice_that_names_apps_is_text(template, tag, line):
    between = f"<p>{line}</p>" if tag == "p" else f"<ol><li>Siapkan gawai.</li><li>{line}</li><li>Selesai.</li></ol>"
    got = read(template, between=between).article_body.split("\n\n")
    kept = [line] if tag == "p" else ["- Siapkan gawai.", f"- {line}", "- Selesai."]
    assert got == [*FIRST, *kept, *LAST]


# -- calls, buttons and labels are none -------------------------------------------------------------------------------

WHATSAPP = "https://whatsapp.com/channel/0029Va"
DROPPED = [
    "<p>Ikuti saluran WhatsApp Warta Ekonomi untuk kabar terbaru.</p>",
    f'<p><a href="{WHATSAPP}">Gabung saluran WhatsApp kami, klik di sini</a></p>',
    f'<div class="wa"><span>Dapatkan berita pilihan kami di</span> <a href="{WHATSAPP}">WhatsApp Channel</a></div>',
    "<p><em>Yuk, ikuti Warta Ekonomi di Google News dan dapatkan berita terkini.</em></p>",
    "<p><strong>Jadikan Warta Ekonomi sumber berita pilihan Anda di Google.</strong></p>",
    "<div>ADVERTISEMENT</div>",
    "<p>SCROLL TO CONTINUE WITH CONTENT</p>",
    "<p>Gulir ke bawah untuk lanjut membaca</p>",
    '<div class="pg"><a href="?page=1">1</a> <a href="?page=2">2</a> <a href="?page=all">Tampilkan Semua</a></div>',
    "<div>Bagikan: <a href='https://www.facebook.com/sharer.php?u=x'>Facebook</a> <a href='https://x.com/intent/post'>X</a></div>",
    "<div>[Gambas:Video 20detik]</div>",
    "<p>Lanjutkan membaca artikel di bawah</p>",
    "<p>Konten di bawah ini disajikan oleh advertiser. Jurnalis kami tidak terlibat.</p>",
    "<p>ADVERTISEMENT<br>SCROLL TO CONTINUE WITH CONTENT</p>",
    "<div class='ads'><p>Iklan</p><a href='https://ads.wartaekonomi.co.id/x'><img src='https://ads.wartaekonomi.co.id/b.jpg'></a></div>",
]


@TEMPLATES
@pytest.mark.parametrize("html", DROPPED)
def test_calls_and_buttons_are_no_text(template, html):
    got = read(template, between=html)
    assert got.article_body.split("\n\n") == [*FIRST, *LAST]
    assert got.related == []


# -- labels of related links ------------------------------------------------------------------------------------------

LABELLED = {
    "label-break-link": f"<p><strong>Baca Juga:</strong><br>{LINK}</p>",
    "label-in-span": f'<div class="x"><span>Baca juga</span>{LINK}</div>',
    "blank-before-colon": f"<p>BACA JUGA : {LINK}</p>",
    "glued": f"<p>Baca Juga{LINK}</p>",
    "label-in-link": f'<p><a href="{OTHER}">Baca juga: {OTHER_TITLE}</a></p>',
    "bold-label-in-link": f'<a href="{OTHER}"><strong>Baca juga:</strong> {OTHER_TITLE}</a>',
    "all-bold": f"<p><strong>Baca juga: {LINK}</strong></p>",
    "table-of-one-row": f'<table class="linksisip"><tbody><tr><td><div class="lihatjg"><strong>Baca juga: </strong>{LINK}</div></td></tr></tbody></table>',
    "lihat-juga-table": f"<table><tr><td><strong>Lihat Juga :</strong></td></tr><tr><td>{LINK}</td></tr></table>",
    "baca-alone": f"<div><strong>Baca:</strong> {LINK}</div>",
    "pilihan-editor": f"<p><strong>Pilihan Editor: {LINK}</strong></p>",
    "box-with-list": f'<div class="baca-juga"><div class="hd">Baca Juga</div><ul><li>{LINK}</li></ul></div>',
    "own-paragraphs": f"<p><strong>BACA JUGA:</strong></p><p>{LINK}</p>",
    "picture-and-link": f'<div class="bj"><p>BACA JUGA</p><a href="{OTHER}"><img src="/k.jpg" alt=""><h4>{OTHER_TITLE}</h4></a></div>',
    "block-in-link": f'<a href="{OTHER}"><div>Baca Juga</div><div>{OTHER_TITLE}</div></a>',
    "two-spans-in-link": f'<a href="{OTHER}"><span>Baca Juga</span><span>{OTHER_TITLE}</span></a>',
    "arrow": f"<p>&gt;&gt; Baca juga: {LINK}</p>",
    "quote": f"<blockquote><p>Baca juga: {LINK}</p></blockquote>",
    "aside": f"<aside><h4>Baca Juga</h4>{LINK}</aside>",
    "figure-card": f'<div><span>Artikel Terkait</span><figure><a href="{OTHER}"><img src="/k.jpg"></a><figcaption><a href="{OTHER}">{OTHER_TITLE}</a></figcaption></figure></div>',
    "jangan-lewatkan": f"<div><b>Jangan Lewatkan</b><br>{LINK}</div>",
    "bare-link": f"<p>{LINK}</p>",
    "heading-label": f"<h3>Baca Juga</h3><p>{LINK}</p>",
    "ul-with-label-item": f"<ul><li>Baca Juga: {LINK}</li></ul>",
    "emoji": f"<p>📌 Baca Juga: {LINK}</p>",
    "hr-around": f"<hr><p>Baca Juga: {LINK}</p><hr>",
    "simak-pula": f"<p>Simak pula: {LINK}</p>",
    "artikel-selanjutnya": f"<p>Artikel Selanjutnya: {LINK}</p>",
    "brackets": f"<p>(Baca juga: {LINK})</p>",
    "brackets-square": f"<p>[Baca Juga: {LINK}]</p>",
    "dl": f"<dl><dt>Baca Juga</dt><dd>{LINK}</dd></dl>",
    "button": f"<div><button>Baca Juga</button>{LINK}</div>",
    "date-under-card": f"<div><p>Baca Juga</p><p>{LINK}</p><p><small>23 November 2026</small></p></div>",
    "section-over-card": f'<div class="rel"><p>Baca Juga</p><div><span>EkBis</span><h4>{LINK}</h4></div></div>',
    "headline-in-title": f'<p>Baca Juga: <a href="{OTHER}" title="{OTHER_TITLE}">{OTHER_TITLE}</a>.</p>',
}


@TEMPLATES
@pytest.mark.parametrize("html", LABELLED.values(), ids=LABELLED)
def test_a_labelled_link_is_data(template, html):
    got = read(template, between=html)
    assert got.article_body.split("\n\n") == [*FIRST, *LAST]
    assert got.related == RELATED


@TEMPLATES
@pytest.mark.parametrize(
    "line",
    [
        f"Petani yang menjual kopra ({LINK}) menunggu kabar dari pabrik.",
        f"Seperti diberitakan sebelumnya, {LINK.replace(OTHER_TITLE, 'harga kopra naik tipis')} pekan lalu.",
        f"Sebelumnya, {LINK.replace(OTHER_TITLE, 'pabrik menambah pembelian')}.",
        'Aturan lengkapnya dapat dibaca di <a href="https://jdih.pertanian.go.id/p/12">laman kementerian</a>.',
        'Petani <a href="/tag-88/kelapa">kelapa</a> di Cilacap ikut menanam.',
    ],
)
def test_a_link_in_a_sentence_is_text(template, line):
    got = read(template, between=f"<p>{line}</p>")
    assert got.article_body.split("\n\n") == [*FIRST, re.sub("<[^>]*>", "", line), *LAST]
    assert got.related == []


# -- round-ups --------------------------------------------------------------------------------------------------------

SECOND = '<a href="/read611701/pabrik-santan-dibuka">Pabrik Santan Dibuka</a>'
ROUND_UPS = {
    "h2": ("<h2>{}</h2>", ""),
    "h3-bold": ("<h3><strong>{}</strong></h3>", ""),
    "numbered-p": ("<p><strong>{n}. {}</strong></p>", "{n}. "),
    "numbered-in-link": ("<p><b>{n}. {}</b></p>", "{n}. "),
    "h2-numbered": ("<h2>{n}. {}</h2>", "{n}. "),
    "hash": ("<p><strong>#{n} {}</strong></p>", None),
    "wrapped": ("<div class='poin'><h3>{}</h3>", ""),
}


@TEMPLATES
@pytest.mark.parametrize("form", ROUND_UPS.values(), ids=ROUND_UPS)
def test_linked_headlines_of_a_round_up_are_text(template, form):
    pattern, number = form
    number = "#{n} " if number is None else number
    intro = ("Pabrik di Kebumen membeli lebih banyak daripada bulan lalu.", "Dua ratus orang bekerja di sana.")
    between = "".join(
        pattern.replace("{n}", str(n)).replace("{}", link) + f"<p>{words}</p>" + "</div>" * pattern.startswith("<div")
        for n, (link, words) in enumerate(zip((LINK, SECOND), intro, strict=True), 1)
    )
    got = read(template, between=between)
    heads = [number.replace("{n}", str(n)) + title for n, title in enumerate((OTHER_TITLE, "Pabrik Santan Dibuka"), 1)]
    assert got.article_body.split("\n\n") == [*FIRST, heads[0], intro[0], heads[1], intro[1], *LAST]


# -- stray ends -------------------------------------------------------------------------------------------------------

STRAY = {
    "div": "</div>",
    "two-divs": "</div></div>",
    "div-between-bare-text": "</div><br>",
    "body": "</body></html>",
    "article": "</article>",
    "section": "</section>",
    "main": "</main>",
    "span-center": "</span></center>",
    "table": "</td></tr></table>",
    "open-div": '<div class="x">',
    "open-bold": "<b>",
    "open-link": '<a name="x">',
    "open-li": "<li>",
    "open-p-in-p": "<p><p>",
    "comment": "<!-- buka",
    "form": "</form>",
}


@TEMPLATES
@pytest.mark.parametrize("html", [html for html in STRAY.values() if "<!--" not in html])
def test_a_stray_tag_loses_nothing(template, html):
    got = read(template, between=html, behind="<p>Editor: Joko Santoso</p>")
    assert got.article_body.replace("- ", "").split("\n\n") == [*FIRST, *LAST]


REST = {
    "style": '</div><p style="text-align: justify;">Paragraf itu punya gaya sendiri.</p>',
    "advert": '</div><div class="adInArticle"><div id="iklan-2"></div></div><p>Paragraf itu ada di bawah iklan.</p>',
    "heading": "</div><h2>Cara Menanam</h2><p>Paragraf itu ada di bawah judul.</p>",
    "related": f"</div></div><p>Baca Juga: {LINK}</p><p>Paragraf itu ada di bawah tautan.</p>",
    "figure": '</div><figure><img src="/a/b.jpg"></figure><p>Paragraf itu ada di bawah gambar.</p>',
}


@TEMPLATES
@pytest.mark.parametrize("html", REST.values(), ids=REST)
def test_the_rest_of_a_text_behind_a_stray_end_is_text(template, html):
    got = read(template, between=html)
    body = [line for line in got.article_body.split("\n\n") if line != "Cara Menanam"]
    assert [line[:12] for line in body] == [line[:12] for line in (*FIRST, "Paragraf itu", *LAST)]


def test_what_stands_behind_the_byline_is_not_taken_back():
    junk = "<p>Terima rangkuman berita setiap pagi langsung di kotak surat Anda, gratis untuk selamanya.</p>"
    got = read("current", behind=f"<p>Editor: Joko Santoso</p>{junk}")
    assert got.article_body.split("\n\n") == [*FIRST, *LAST]
    assert [person["name"] for person in got.editors] == ["Joko Santoso"]


# -- the head of the page ---------------------------------------------------------------------------------------------

DATE = "Senin, 23 November 2026 08:15 WIB"
WHEN = "2026-11-23T08:15:00+07:00"
CRUMBS = '<a href="/">Home</a> <a href="/category-17/ekbis">EkBis</a>'
HEADS = {
    "date": f"<div>{DATE}</div>",
    "pipe": "<div>Senin, 23 November 2026 | 08:15 WIB</div>",
    "dot": "<div>23 November 2026 | 08.15 WIB</div>",
    "short-month": "<div>Senin, 23 Nov 2026 08:15 WIB</div>",
    "no-comma": "<span>Senin 23 Nov 2026 08:15 WIB</span>",
    "house-and-date": "<div>Warta Ekonomi - 23/11/2026, 08:15 WIB</div>",
    "tayang": "<div>Tayang: Senin, 23 November 2026 08:15 WIB</div>",
    "diterbitkan": "<p>Diterbitkan 23 November 2026, 08:15 WIB</p>",
    "in-time": f"<time>{DATE}</time>",
    "iso-time": '<time datetime="2026-11-23T08:15:00+07:00">19 jam lalu</time>',
    "with-read-time": f"<div><span>{DATE}</span> <span>3 menit baca</span></div>",
    "with-views": f"<div>{DATE} <i class='eye'></i> 1.204 views</div>",
    "with-comments": f"<div>{DATE}</div><div>0 Komentar</div>",
    "with-share": f"<div>{DATE}</div><div>Share</div>",
    "with-font-size": f"<div>{DATE}</div><div><a href='#'>A-</a> <a href='#'>A+</a></div>",
    "with-listen": f"<div>{DATE}</div><button>Dengarkan artikel</button>",
    "in-list": f"<ul><li>{DATE}</li><li>3 menit baca</li></ul>",
    "parted": "<div><span>Senin, 23 November 2026</span> <span>08:15 WIB</span></div>",
    "parted-by-dot": "<div>23 November 2026 • 08:15 WIB</div>",
    "pukul": "<div>Senin, 23 November 2026, pukul 08.15 WIB</div>",
    "in-brackets": "<div>Senin (23/11/2026) 08:15 WIB</div>",
    "clock-first": "<div>08:15 WIB, 23 November 2026</div>",
    "am": "<div>November 23, 2026 8:15 AM</div>",
    "oleh": "<div>Oleh Rina Puspita, 23 November 2026 08:15 WIB</div>",
    "name-dash-house": f"<div>Rina Puspita - Warta Ekonomi</div><div>{DATE}</div>",
    "name-comma-house-date": f"<div>Rina Puspita, Warta Ekonomi</div><div>{DATE}</div>",
    "penulis-no-colon": f"<div>Penulis <b>Rina Puspita</b></div><div>{DATE}</div>",
    "updated": f"<div>{DATE}</div><div>Diperbarui: Senin, 23 November 2026 10:20 WIB</div>",
    "updated-one-row": "<div>Senin, 23 November 2026 08:15 WIB | Diperbarui 23 November 2026 10:20 WIB</div>",
    "table-row": f"<table><tr><td>{DATE}</td></tr><tr><td>Oleh: Rina Puspita</td></tr></table>",
    "author-box": f'<div class="author"><img src="/users/12.jpg" alt="Rina"><div><div>Rina Puspita</div><div>Jurnalis</div></div></div><div>{DATE}</div>',
    "oleh-block": f'<div><div>Oleh</div> <a href="/author/rina">Rina Puspita</a></div><div>{DATE}</div>',
}
NO_NAME = {"am"}


@TEMPLATES
@pytest.mark.parametrize("place", ["under", "start", "above"])
@pytest.mark.parametrize("name", HEADS)
def test_the_head_of_a_page_is_data(template, place, name):
    html = HEADS[name]
    got = read(template, **{place: html})
    assert got.article_body.split("\n\n") == [*FIRST, *LAST]
    assert got.date_published == WHEN
    assert [person["name"] for person in got.authors] == (["Rina Puspita"] if "Rina" in html else [])
    assert got.date_modified == ("2026-11-23T10:20:00+07:00" if "iperbarui" in html else None)


TRAILS = {
    "links": CRUMBS,
    "slash": '<div><a href="/">Home</a> / <a href="/category-17/ekbis">EkBis</a></div>',
    "angle": '<div><a href="/">Beranda</a> &rsaquo; <a href="/category-17/ekbis">EkBis</a> &rsaquo; '
    + HEADLINE
    + "</div>",
    "ol": '<ol><li><a href="/">Home</a></li><li><a href="/category-17/ekbis">EkBis</a></li></ol>',
    "nav": '<nav aria-label="breadcrumb"><ol><li><a href="/">Home</a></li><li><a href="/category-17/ekbis">EkBis</a></li></ol></nav>',
    "bc": '<ul class="bc"><li><a href="/">Home</a></li><li><a href="/category-17/ekbis">EkBis</a></li><li>Detail</li></ul>',
    "spans": '<div><span><a href="/">Home</a></span><span>/</span><span><a href="/category-17/ekbis">EkBis</a></span></div>',
    "microdata": '<ol itemscope itemtype="https://schema.org/BreadcrumbList"><li itemprop="itemListElement"><a itemprop="item" href="/"><span itemprop="name">Home</span></a></li><li itemprop="itemListElement"><a itemprop="item" href="/category-17/ekbis"><span itemprop="name">EkBis</span></a></li></ol>',
    "house": '<div><a href="/">Warta Ekonomi</a> » <a href="/category-17/ekbis">EkBis</a></div>',
}


@TEMPLATES
@pytest.mark.parametrize("html", TRAILS.values(), ids=TRAILS)
def test_a_trail_over_the_headline_is_data(template, html):
    got = read(template, above=html, under=f"<div>{DATE}</div>")
    assert got.article_body.split("\n\n") == [*FIRST, *LAST]
    assert [crumb["name"] for crumb in got.breadcrumbs][1:2] == ["EkBis"]
    assert got.article_section == "EkBis"


# -- people at the end ------------------------------------------------------------------------------------------------

ENDS = {
    "editor": ("<p>Editor: Joko Santoso</p>", [], ["Joko Santoso"]),
    "penulis-editor": ("<p>Penulis: Rina Puspita<br>Editor: Joko Santoso</p>", ["Rina Puspita"], ["Joko Santoso"]),
    "no-colon": ("<div>Penulis <b>Rina Puspita</b></div><div>Editor <b>Joko Santoso</b></div>", ["Rina Puspita"], ["Joko Santoso"]),
    "rep-red": ("<p>Rep: Rina Puspita/ Red: Joko Santoso</p>", ["Rina Puspita"], ["Joko Santoso"]),
    "pewarta-copyright": ("<p>Pewarta: Rina Puspita<br>Editor: Joko Santoso<br>Copyright © Warta Ekonomi 2026</p>", ["Rina Puspita"], ["Joko Santoso"]),
    "initials": ("<p>(rps/jks)</p>", [], []),
    "initials-bold": ("<p><strong>(rps)</strong></p>", [], []),
    "initials-upper": ("<p>[RPS/JKS]</p>", [], []),
    "initials-dash": ("<p>(rps/jks) *** </p>", [], []),
    "bracket-reporter": ("<p>(Reporter: Rina Puspita | Editor: Joko Santoso)</p>", ["Rina Puspita"], ["Joko Santoso"]),
    "laporan": ("<p>Laporan: Rina Puspita</p>", ["Rina Puspita"], []),
    "three-names": ("<p>Penulis: Rina Puspita, Andi Wijaya, dan Sari Utami</p>", ["Rina Puspita", "Andi Wijaya", "Sari Utami"], []),
    "editor-and-tags": ('<p>Editor: Joko Santoso</p><p>Tag: <a href="/tag-1/kelapa">kelapa</a>, <a href="/tag-2/petani">petani</a></p>', [], ["Joko Santoso"]),
    "editor-and-promo": ("<p>Editor: Joko Santoso</p><p>Ikuti saluran WhatsApp Warta Ekonomi untuk berita lain.</p>", [], ["Joko Santoso"]),
    "promo-and-editor": ("<p>Ikuti saluran WhatsApp Warta Ekonomi untuk berita lain.</p><p>Editor: Joko Santoso</p>", [], ["Joko Santoso"]),
    "table": ("<table><tr><td>Penulis</td><td>:</td><td>Rina Puspita</td></tr><tr><td>Editor</td><td>:</td><td>Joko Santoso</td></tr></table>", ["Rina Puspita"], ["Joko Santoso"]),
    "dl": ("<dl><dt>Penulis</dt><dd>Rina Puspita</dd><dt>Editor</dt><dd>Joko Santoso</dd></dl>", ["Rina Puspita"], ["Joko Santoso"]),
    "list": ("<ul><li>Penulis: Rina Puspita</li><li>Editor: Joko Santoso</li></ul>", ["Rina Puspita"], ["Joko Santoso"]),
    "berita-terkait": (f"<p>Editor: Joko Santoso</p><h4>Berita Terkait</h4><ul>{_SIDE}</ul>", [], ["Joko Santoso"]),
    "penerjemah": ("<p>Penerjemah: Dewi Lestari<br>Editor: Joko Santoso</p>", [], ["Joko Santoso"]),
    "fotografer": ("<p>Penulis: Rina Puspita | Fotografer: Tono Hadi | Editor: Joko Santoso</p>", ["Rina Puspita"], ["Joko Santoso"]),
}  # fmt: skip


@TEMPLATES
@pytest.mark.parametrize("place", ["end", "behind"])
@pytest.mark.parametrize("name", ENDS)
def test_the_people_behind_a_text_are_data(template, place, name):
    html, authors, editors = ENDS[name]
    got = read(template, **{place: html})
    assert got.article_body.split("\n\n") == [*FIRST, *LAST]
    assert [person["name"] for person in got.authors] == authors
    assert [person["name"] for person in got.editors] == editors


NOTE = "Artikel ini sudah diperbaiki karena ada salah hitung pada jumlah bibit yang dibagikan."


@TEMPLATES
def test_a_byline_before_a_note_is_data(template):
    got = read(template, end=f"<p>Penulis: Rina Puspita | Editor: Joko Santoso</p><p>{NOTE}</p>")
    assert got.article_body.split("\n\n") == [*FIRST, *LAST, NOTE]
    assert [person["name"] for person in (*got.authors, *got.editors)] == ["Rina Puspita", "Joko Santoso"]


@TEMPLATES
def test_the_crew_of_a_film_before_a_note_is_text(template):
    crew = ("Sutradara: Andi Wijaya", "Penulis: Rina Puspita", "Editor: Joko Santoso")
    got = read(template, end=_paragraphs((*crew, NOTE)))
    assert got.article_body.split("\n\n") == [*FIRST, *LAST, *crew, NOTE]


# -- datelines --------------------------------------------------------------------------------------------------------

DATELINES = {
    "Warta Ekonomi, Cilacap - ": "Cilacap",
    "Warta Ekonomi,Cilacap - ": "Cilacap",
    "Cilacap, Warta Ekonomi - ": "Cilacap",
    "CILACAP, WARTA EKONOMI – ": "CILACAP",
    "WARTAEKONOMI.CO.ID, CILACAP -- ": "CILACAP",
    "Cilacap (Warta Ekonomi) - ": "Cilacap",
    "WE Online, Cilacap - ": "Cilacap",
    "Warta Ekonomi – Cilacap – ": "Cilacap",
    "Warta Ekonomi.co.id, Cilacap — ": "Cilacap",
    "Cilacap (23/11) - ": "Cilacap",
    "Warta Ekonomi, Kota Batu, Jawa Timur - ": "Kota Batu, Jawa Timur",
    "Warta Ekonomi, Pangkal Pinang, Senin (23/11/2026) - ": "Pangkal Pinang",
    "<b>Warta Ekonomi, Cilacap</b> - ": "Cilacap",
    "<b>Warta Ekonomi, Cilacap -</b> ": "Cilacap",
    "<strong>Warta Ekonomi</strong>, Cilacap - ": "Cilacap",
    '<b>Warta Ekonomi, <a href="/dateline3/cilacap.html">Cilacap</a></b> -': "Cilacap",
    "Warta Ekonomi, Kab. Cilacap - ": "Kab. Cilacap",
    "Warta Ekonomi, Washington D.C. - ": "Washington D.C.",
    "Warta Ekonomi, Jakarta &#8213; ": "Jakarta",
}


@TEMPLATES
@pytest.mark.parametrize("head", DATELINES)
@pytest.mark.parametrize("form", ["inline", "own", "break"])
def test_a_dateline_is_data(template, head, form):
    joint = {"inline": "", "own": "</p><p>", "break": "<br>"}[form]
    text = f"<p>{head}{joint}{FIRST[0]}</p>{_paragraphs((FIRST[1], *LAST))}"
    got = extract(_page(template, text=text)).article
    assert got.article_body.split("\n\n") == [*FIRST, *LAST]
    assert got.dateline == DATELINES[head]


@TEMPLATES
@pytest.mark.parametrize(
    "words",
    [
        "Jakarta - Surabaya kini ditempuh kereta cepat dalam empat jam, kata kepala stasiun itu kepada para petani.",
        "Warta Ekonomi, majalah yang terbit sejak 1989, mencatat harga kelapa setiap pekan di tiga pasar.",
        "Warta Ekonomi - bersama koperasi petani - menggelar lokakarya di Cilacap selama dua hari penuh.",
    ],
)
def test_what_only_looks_like_a_dateline_is_text(template, words):
    got = extract(_page(template, text=_paragraphs((words, *FIRST, *LAST)))).article
    assert got.article_body.split("\n\n") == [words, *FIRST, *LAST]
    assert got.dateline is None


# -- pictures ---------------------------------------------------------------------------------------------------------

PICTURE = "https://foto.wartaekonomi.co.id/files/arsip_foto_2026_11_20/kelapa_101010_big.jpg"
LAZY = f'<img class="lazy" src="data:image/gif;base64,R0lGODlhAQABAAAAACw=" data-src="{PICTURE}">'
CAPTION, CREDIT = "Bibit kelapa setinggi lutut di pesemaian koperasi.", "Antara/Reno"
BOTH = f"{CAPTION} (Foto: {CREDIT})"
PICTURES = {
    "figure": f'<figure><img src="{PICTURE}"><figcaption>{BOTH}</figcaption></figure>',
    "figure-two-spans": f'<figure><img src="{PICTURE}"><figcaption><span>{CAPTION}</span> <span>Foto: {CREDIT}</span></figcaption></figure>',
    "div-noscript-div": f'<div class="f">{LAZY}<noscript><img src="{PICTURE}"></noscript><div class="k">{BOTH}</div></div>',
    "div-div": f'<div><img src="{PICTURE}"><div>{BOTH}</div></div>',
    "div-link-div": f'<div><a href="{PICTURE}"><img src="{PICTURE}"></a><figcaption>{BOTH}</figcaption></div>',
    "div-span": f'<div><img src="{PICTURE}"><span>{BOTH}</span></div>',
    "center-small": f'<center><img src="{PICTURE}"><br><small>{BOTH}</small></center>',
    "wp-caption": f'<div class="wp-caption"><img src="{PICTURE}"><p class="wp-caption-text">{BOTH}</p></div>',
    "picture-source": f'<figure><picture><source srcset="{PICTURE} 900w"><img src="data:,"></picture><figcaption>{BOTH}</figcaption></figure>',
    "kredit-foto": f'<div><img src="{PICTURE}"></div><div>{CAPTION} Kredit Foto: {CREDIT}</div>',
    "div-in-div-in-div": f'<div><div><img src="{PICTURE}"></div><div>{BOTH}</div></div>',
}


@TEMPLATES
@pytest.mark.parametrize("html", PICTURES.values(), ids=PICTURES)
def test_a_caption_belongs_to_its_picture(template, html):
    got = read(template, between=html)
    assert got.article_body.split("\n\n") == [*FIRST, *LAST]
    assert got.images == [{"url": PICTURE, "caption": CAPTION, "credit_text": CREDIT}]


HEAD_CAPTIONS = {
    "dok": "Ladang kelapa di tepi pantai. Dok. Koperasi",
    "brackets": "Ladang kelapa di tepi pantai (Dok. Koperasi)",
    "foto": "Ladang kelapa di tepi pantai. Foto: Rina Puspita",
    "foto-brackets": "Ladang kelapa di tepi pantai. (Foto: Antara/Reno)",
    "ist": "Ladang kelapa di tepi pantai. (Ist)",
    "slash": "Ladang kelapa di tepi pantai/Dok. Koperasi",
}


@TEMPLATES
@pytest.mark.parametrize("picture", ["", f'<img src="{PICTURE}">'])
@pytest.mark.parametrize("words", HEAD_CAPTIONS.values(), ids=HEAD_CAPTIONS)
def test_a_caption_above_the_text_is_none(template, picture, words):
    got = read(template, start=f"<div>{DATE}</div>{picture}<div>{words}</div>")
    assert got.article_body.split("\n\n") == [*FIRST, *LAST]
    assert (got.main_image is None) == (not picture)
    if got.main_image:
        assert got.main_image["caption"].startswith("Ladang kelapa di tepi pantai")


@TEMPLATES
@pytest.mark.parametrize(
    "line", ["Petani menunggu hujan (Dok. Kementan).", "Begini kata foto itu: Andi.", "Ia membuka Dok. Kementan"]
)
def test_a_paragraph_that_ends_like_a_caption_is_text(template, line):
    got = read(template, between=f"<p>{line}</p>")
    assert got.article_body.split("\n\n") == [*FIRST, line, *LAST]


# -- what a print view adds -------------------------------------------------------------------------------------------

PRINTED = [
    f"<p>Sumber: {URL}</p>",
    f"<p>Sumber: {URL}</p><p>Dicetak pada 24 November 2026 pukul 10:20 WIB</p><p>Hak cipta © 2026 Warta Ekonomi.</p>",
    f'<p>Tautan: <a href="{URL}">{URL}</a></p>',
    "<p>Diakses 24 November 2026 10:20 WIB</p><p>© Warta Ekonomi</p>",
    f"<div>{URL}?page=all</div>",
]


@TEMPLATES
@pytest.mark.parametrize("html", PRINTED)
def test_what_a_print_view_adds_is_no_text(template, html):
    got = read(template, end=html)
    assert got.article_body.split("\n\n") == [*FIRST, *LAST]


@TEMPLATES
def test_the_address_of_another_article_in_a_sentence_is_text(template):
    line = f"Laporan lengkapnya ada di https://wartaekonomi.co.id{OTHER}, kata petani itu."
    assert line in read(template, between=f"<p>{line}</p>").article_body


# -- machine dates beside the headline --------------------------------------------------------------------------------

LATER = "2026-11-23T10:20:00+07:00"
TIMES = {
    "only-updated": (f'<time class="entry-date updated" datetime="{WHEN}">23 November 2026</time>', None),
    "published-and-updated": (
        f'<time class="entry-date published" datetime="{WHEN}">23 November 2026</time><time class="updated" datetime="{LATER}">23 November 2026</time>',
        LATER,
    ),
    "labelled": (
        f'<time datetime="{WHEN}">23 November 2026</time> Diperbarui <time datetime="{LATER}">10:20</time>',
        LATER,
    ),
    "both-in-one-class": (f'<time class="published updated" datetime="{WHEN}">23 November 2026</time>', None),
    "parent-class": (f'<span class="post-modified"><time datetime="{WHEN}">23 November 2026</time></span>', None),
}


@TEMPLATES
@pytest.mark.parametrize("name", TIMES)
def test_the_only_date_of_an_article_is_that_of_its_publication(template, name):
    html, modified = TIMES[name]
    got = read(template, under=f"<div>{html}</div>")
    assert (got.date_published, got.date_modified) == (WHEN, modified)


def test_a_date_in_a_table_row_above_the_headline_is_the_articles():
    rows = f'<table><tr><td>{_MENU}</td></tr><tr><td>{DATE}</td></tr><tr><td><h1>{HEADLINE}</h1></td></tr><tr><td>Oleh: Rina Puspita</td></tr><tr><td class="isi">{"<br><br>".join((*FIRST, *LAST))}</td></tr></table>'
    html = f'<html><head><title>{HEADLINE} - Warta Ekonomi</title><link rel="canonical" href="{URL}"></head><body>{rows}</body></html>'
    page = Page.from_bytes(URL, html.encode(), fetched_at=NOW, via="artikel", content_type="text/html; charset=utf-8")
    got = extract(page).article
    assert (got.date_published, got.article_body) == (WHEN, "\n\n".join((*FIRST, *LAST)))


@TEMPLATES
@pytest.mark.parametrize("field", ["headline", "description"])
def test_words_of_a_json_ld_with_broken_quotes_come_last(template, field):
    words = {"headline": f'{HEADLINE} "Lagi"', "description": 'Petani "untung" besar'}[field]
    head = f'<script type="application/ld+json">{{"@type": "NewsArticle", "{field}": "{words}", "datePublished": "{WHEN}"}}</script><meta name="description" content="Petani menanam lagi.">'
    got = read(template, head=head)
    assert (got.headline, got.description) == (HEADLINE, "Petani menanam lagi.")


# -- who "kami" is ----------------------------------------------------------------------------------------------------

ANSWERS = [
    "Kalau mau melihat hasilnya, ikuti saja akun Instagram kami.",
    "Ikuti kanal YouTube kami, di sana semua langkah diperagakan.",
    "Pembeli biasanya menghubungi kami lewat WhatsApp atau Instagram.",
    "Kami punya grup WhatsApp untuk petani, dan siapa pun boleh bergabung.",
    "Unduh aplikasi kami, lalu pindai kode di karung.",
    "Dapatkan bibit gratis kami lewat aplikasi itu, begitu bunyi spanduknya.",
]


@TEMPLATES
@pytest.mark.parametrize("line", ANSWERS)
def test_what_somebody_says_of_a_channel_of_his_own_is_text(template, line):
    between = f"<p><strong>Bagaimana pembeli menemukan Anda?</strong></p><p>{line}</p>"
    got = read(template, between=between)
    assert got.article_body.split("\n\n") == [*FIRST, "Bagaimana pembeli menemukan Anda?", line, *LAST]


CALLS = [
    "<p>Ikuti berita terbaru kami di saluran WhatsApp.</p>",
    "<p><strong>Ikuti akun Instagram kami.</strong></p>",
    f'<p>Ikuti <a href="{WHATSAPP}">saluran WhatsApp kami</a>.</p>',
    "<p>Mau kabar lain? Ikuti saluran WhatsApp kami.</p>",
    "<div><em>Dapatkan artikel pilihan kami lewat Telegram.</em></div>",
]


@TEMPLATES
@pytest.mark.parametrize("html", CALLS)
def test_a_call_to_our_own_channel_is_none(template, html):
    assert read(template, between=html).article_body.split("\n\n") == [*FIRST, *LAST]
    assert read(template, end=html).article_body.split("\n\n") == [*FIRST, *LAST]


@TEMPLATES
def test_a_plain_call_at_the_very_end_is_none(template):
    got = read(template, end="<p>Ikuti saluran WhatsApp kami.</p>")
    assert got.article_body.split("\n\n") == [*FIRST, *LAST]


# -- tables, lists and quotes -----------------------------------------------------------------------------------------

SHAPES = {
    "table": ("<table><tr><th>Jenis</th><th>Harga</th></tr><tr><td>Genjah</td><td>Rp20.000</td></tr></table>", ["Jenis | Harga\nGenjah | Rp20.000"]),
    "table-in-div": ("<div style='overflow:auto'><table><tbody><tr><td>Jenis</td><td>Harga</td></tr><tr><td>Genjah</td><td>Rp20.000</td></tr></tbody></table></div>", ["Jenis | Harga\nGenjah | Rp20.000"]),
    "table-p-in-cells": ("<table><tr><td><p>Jenis</p></td><td><p>Harga</p></td></tr><tr><td><p>Genjah</p></td><td><p>Rp20.000</p></td></tr></table>", ["Jenis | Harga\nGenjah | Rp20.000"]),
    "table-empty-cell": ("<table><tr><td>Jenis</td><td>2025</td><td>2026</td></tr><tr><td>Genjah</td><td></td><td>4</td></tr><tr><td>Dalam</td><td>3</td><td>5</td></tr></table>", ["Jenis | 2025 | 2026\nGenjah | | 4\nDalam | 3 | 5"]),
    "table-rowspan": ("<table><tr><td rowspan='2'>Jawa</td><td>Cilacap</td><td>1</td></tr><tr><td>Kebumen</td><td>2</td></tr></table>", ["Jawa | Cilacap | 1\n| Kebumen | 2"]),
    "table-tfoot": ("<table><thead><tr><th>Bulan</th><th>Ton</th></tr></thead><tfoot><tr><td>Jumlah</td><td>9</td></tr></tfoot><tbody><tr><td>Mei</td><td>9</td></tr></tbody></table>", None),
    "table-linked-cells": (f"<table><tr><th>Emiten</th><th>Harga</th></tr><tr><td><a href='/tag-9/abcd'>ABCD</a></td><td>120</td></tr><tr><td><a href='{OTHER}'>EFGH</a></td><td>90</td></tr></table>", ["Emiten | Harga\nABCD | 120\nEFGH | 90"]),
    "ol": ("<ol><li>Gali lubang.</li><li>Taruh bibit.</li></ol>", ["- Gali lubang.", "- Taruh bibit."]),
    "nested-list": ("<ul><li>Pupuk<ul><li>Urea</li><li>KCl</li></ul></li></ul>", ["- Pupuk", "- Urea", "- KCl"]),
    "p-in-li": ("<ul><li><p>Gali lubang.</p></li><li><p>Taruh bibit.</p></li></ul>", ["- Gali lubang.", "- Taruh bibit."]),
    "typed-bullets": ("<p>• Gali lubang.<br>• Taruh bibit.</p>", ["• Gali lubang. • Taruh bibit."]),
    "quote": ("<blockquote>“Tanah ini milik anak cucu.”</blockquote>", ["“Tanah ini milik anak cucu.”"]),
    "quote-with-cite": ("<blockquote><p>Tanah ini milik anak cucu.</p><cite>Kepala desa</cite></blockquote>", ["Tanah ini milik anak cucu.", "Kepala desa"]),
    "details": ("<details><summary>Apa syaratnya?</summary><p>Salinan KTP.</p></details>", ["Apa syaratnya?", "Salinan KTP."]),
    "dl": ("<dl><dt>Genjah</dt><dd>Kelapa yang cepat berbuah.</dd></dl>", ["Genjah", "Kelapa yang cepat berbuah."]),
    "pre": ("<pre>Baris satu\nBaris dua</pre>", ["Baris satu Baris dua"]),
    "h4-and-text": ("<h4>Cara menanam</h4><p>Gali lubang.</p>", ["Cara menanam", "Gali lubang."]),
    "linked-sub-heading": ("<h3><a href='/tag-3/bibit'>Bibit</a></h3><p>Dibagikan.</p>", ["Bibit", "Dibagikan."]),
    "sup": ("<p>Luasnya 200 m<sup>2</sup>, atau 10<sup>3</sup> batang.</p>", ["Luasnya 200 m2, atau 10³ batang."]),
    "br-br": ("<p>Satu baris.<br><br>Dua baris.</p>", ["Satu baris.", "Dua baris."]),
    "div-text": ("<div>Teks di dalam div, tanpa p.</div>", ["Teks di dalam div, tanpa p."]),
    "bare-text": ("Teks telanjang di antara paragraf.", ["Teks telanjang di antara paragraf."]),
    "font": ("<font size=2>Teks lama.</font>", ["Teks lama."]),
    "span-block": ('<p><span>Harga </span><span style="x">Rp5.000</span><span>.</span></p>', ["Harga Rp5.000."]),
    "nbsp": ("<p>&nbsp;</p><p>Harga&nbsp;Rp5.000.</p><p>&nbsp;</p>", ["Harga Rp5.000."]),
    "zero-width": ("<p>Ke\u200bbun ke\u00adlapa.</p>", ["Kebun kelapa."]),
    "entities": ("<p>A &amp; B &lt;5 persen&gt; &copy 2026</p>", ["A & B <5 persen> © 2026"]),
    "double-entities": ("<p>Laba &amp;amp; rugi &amp;quot;bersih&amp;quot;.</p>", ['Laba & rugi "bersih".']),
    "emoji": ("<p>Panen 👨‍🌾 tiba 🌴.</p>", ["Panen 👨‍🌾 tiba 🌴."]),
    "asterisks": ("<p>***</p>", []),
    "hr": ("<hr>", []),
    "email-hidden": ('<p>Tulis ke <a href="/cdn-cgi/l/email-protection" class="__cf_email__" data-cfemail="422b2d022f6c212d">[email&#160;protected]</a>.</p>', None),
    "tweet": ('<blockquote class="twitter-tweet"><p>Panen raya!</p>&mdash; Dinas (@dinas) <a href="https://twitter.com/dinas/status/1">23 November 2026</a></blockquote>', None),
    "script": ("<script>var a='<p>Bukan teks.</p>';</script><style>.a{}</style><noscript><p>Aktifkan JavaScript.</p></noscript>", []),
    "template": ("<template><p>Bukan teks.</p></template>", []),
    "hidden": ('<div style="display:none"><p>Bukan teks.</p></div><p hidden>Bukan pula.</p>', []),
    "comment": ("<!-- <p>Bukan teks.</p> -->", []),
}  # fmt: skip


@TEMPLATES
@pytest.mark.parametrize("name", [name for name, (_, lines) in SHAPES.items() if lines is not None])
def test_shapes_of_text(template, name):
    html, lines = SHAPES[name]
    assert read(template, between=html).article_body.split("\n\n") == [*FIRST, *lines, *LAST]


# -- what stands around a text ----------------------------------------------------------------------------------------

TEASER = "Pedagang di pasar induk mengeluhkan pasokan yang tersendat sejak jembatan di hulu sungai itu ditutup untuk perbaikan."
CARD = f'<div class="c"><h4><a href="/read611{{n}}/judul-lain-{{n}}">Judul Lain Nomor {{n}}</a></h4><p>{TEASER}</p><span>22 November 2026</span></div>'
CARDS = "".join(CARD.replace("{n}", str(n)) for n in range(701, 705))
COMMENTS = "".join(
    f"<div class='k'><b>Pembaca {n}</b><p>Saya setuju dengan petani itu, karena di desa kami keadaannya persis sama sejak tahun lalu.</p></div>"
    for n in range(6)
)
LEGAL = "<p>Dilarang menyalin, mengambil, atau menyebarkan isi halaman ini dalam bentuk apa pun tanpa izin tertulis dari redaksi kami.</p>"
AROUND = {
    "cards-behind": f"<div class='terkait'><h3>Berita Lainnya</h3>{CARDS}</div>",
    "cards-without-heading": f"<div>{CARDS}</div>",
    "comments": f"<div><h3>Komentar (6)</h3>{COMMENTS}</div>",
    "comments-form": "<form><h3>Tulis Komentar</h3><textarea></textarea><button>Kirim</button><p>Komentar yang melanggar aturan akan dihapus oleh moderator kami tanpa pemberitahuan lebih dahulu.</p></form>",
    "newsletter": "<div><h3>Buletin Harian</h3><p>Terima rangkuman berita setiap pagi langsung di kotak surat Anda, tanpa biaya apa pun.</p><form><input name=e><button>Daftar</button></form></div>",
    "cookie": "<div class='cookie'><p>Kami memakai kuki untuk meningkatkan pengalaman Anda saat membaca halaman ini. Dengan melanjutkan, Anda menyetujuinya.</p><button>Setuju</button></div>",
    "author-box": "<div class='penulis'><img src='/users/3.jpg'><b>Rina Puspita</b><p>Menulis tentang pertanian dan desa sejak 2016, dan tinggal di Purwokerto bersama dua kucingnya.</p></div>",
    "share": "<div><span>Bagikan:</span><ul><li><a href='https://www.facebook.com/sharer.php'>Facebook</a></li><li><a href='https://wa.me/?text=x'>WhatsApp</a></li></ul></div>",
    "tags": "<div><span>Tag</span><ul><li><a href='/tag-1/kelapa'>kelapa</a></li><li><a href='/tag-2/petani'>petani</a></li></ul></div>",
    "prev-next": "<div><a href='/read611601/sebelum-ini'>« Sebelum Ini Harga Turun</a> <a href='/read611602/sesudah-ini'>Sesudah Ini Harga Naik »</a></div>",
    "copyright": f"<div>{LEGAL}</div>",
    "imprint-in-p": "<p>Copyright © 2026 Warta Ekonomi. All rights reserved.</p>",
    "poll": "<div class='poll'><h4>Jajak Pendapat</h4><p>Apakah Anda setuju dengan kenaikan harga pupuk bersubsidi tahun depan?</p><label><input type=radio> Ya</label><label><input type=radio> Tidak</label></div>",
    "ad": "<div class='ad-container'><p>Beli sekarang juga dan dapatkan potongan harga sampai lima puluh persen untuk semua jenis pupuk.</p></div>",
    "hidden-modal": "<div style='display:none'><p>Masuk ke akun Anda untuk menyimpan artikel ini dan membacanya kembali kapan saja.</p></div>",
    "second-article-teaser": f"<div><h2><a href='{OTHER}'>{OTHER_TITLE}</a></h2><p>{TEASER}</p></div>",
}


@TEMPLATES
@pytest.mark.parametrize("name", AROUND)
def test_what_stands_behind_an_article_is_no_text(template, name):
    got = read(template, behind=AROUND[name])
    assert got.article_body.split("\n\n") == [*FIRST, *LAST]


@TEMPLATES
@pytest.mark.parametrize("name", ["cards-behind", "cookie", "poll", "ad", "hidden-modal", "second-article-teaser"])
def test_what_stands_above_an_article_is_no_text(template, name):
    got = read(template, above=AROUND[name])
    assert got.article_body.split("\n\n") == [*FIRST, *LAST]
    assert got.headline == HEADLINE


# -- labels that portals use ------------------------------------------------------------------------------------------

LABELS = [
    "Baca Juga", "Baca juga :", "BACA JUGA", "Baca Pula", "Simak Juga", "Lihat Juga", "Tonton Juga", "Baca Selengkapnya",
    "Artikel Selanjutnya", "Berita Terkait", "Artikel Terkait", "Terkait", "Pilihan Editor", "Pilihan Redaksi", "Rekomendasi",
    "Rekomendasi untuk Anda", "Jangan Lewatkan", "Jangan Lewatkan!", "Berita Lainnya", "Artikel Lainnya", "Selengkapnya",
    "Simak Pula", "Lihat Pula", "Cek Juga", "Berita Pilihan", "Terpopuler", "Menarik untuk Anda", "Topik Terkait", "Baca Lagi",
]  # fmt: skip


@TEMPLATES
@pytest.mark.parametrize(
    "form",
    [
        "<p>{label}: {link}</p>",
        "<p><b>{label}</b></p><p>{link}</p>",
        "<div><div>{label}</div><ul><li>{link}</li></ul></div>",
        "<p><b>{label}</b><br>{link}</p>",
    ],
)
@pytest.mark.parametrize("label", LABELS)
def test_a_label_of_another_article_is_none(template, form, label):
    label = label.rstrip(" :") if "{label}:" in form else label
    got = read(template, between=form.format(label=label, link=LINK))
    assert got.article_body.split("\n\n") == [*FIRST, *LAST]
    assert got.related == RELATED


# -- odds and ends ----------------------------------------------------------------------------------------------------

KEPT_AT_THE_EDGES = {
    "chronicle": ("start", "<h3>23 November 2026</h3><p>Bibit datang.</p><h3>24 November 2026</h3><p>Bibit ditanam.</p>", ["23 November 2026", "Bibit datang.", "24 November 2026", "Bibit ditanam."]),
    "summary": ("start", "<div><b>Ringkasan</b><ul><li>Bibit dibagikan koperasi.</li></ul></div>", ["Ringkasan", "- Bibit dibagikan koperasi."]),
    "name-as-heading": ("start", "<h3>Siti Aminah</h3><p>Ia menanam sejak muda.</p>", ["Siti Aminah", "Ia menanam sejak muda."]),
    "source": ("end", "<p>Sumber: Antara</p>", ["Sumber: Antara"]),
    "prizes": ("end", "<p>Editor Terbaik: Joko Santoso</p><p>Penulis Terbaik: Rina Puspita</p>", ["Editor Terbaik: Joko Santoso", "Penulis Terbaik: Rina Puspita"]),
    "prizes-without-colon": ("end", "<p>Editor Terbaik Joko Santoso</p><p>Reporter Terbaik Rina Puspita</p>", ["Editor Terbaik Joko Santoso", "Reporter Terbaik Rina Puspita"]),
    "winners": ("end", "<p>Pemenangnya:</p><p>Rina Puspita</p><p>Joko Santoso</p>", ["Pemenangnya:", "Rina Puspita", "Joko Santoso"]),
    "signature": ("end", "<p>Jakarta, 24 November 2026</p><p>Rina Puspita</p><p>Ketua Koperasi</p>", ["Jakarta, 24 November 2026", "Rina Puspita", "Ketua Koperasi"]),
    "schedule": ("end", "<p>Jadwal bibit:</p><p>Senin, 30 November 2026: Desa A</p>", ["Jadwal bibit:", "Senin, 30 November 2026: Desa A"]),
    "contact": ("end", "<p>Alamat: Jalan Melati 7, Cilacap</p><p>Telepon: (0282) 555-0142</p>", ["Alamat: Jalan Melati 7, Cilacap", "Telepon: (0282) 555-0142"]),
    "about-the-writer": ("end", "<p>*) Penulis adalah dosen di Purwokerto.</p>", ["*) Penulis adalah dosen di Purwokerto."]),
    "live": ("between", "<p><b>08.15 WIB</b></p><p>Rapat dimulai.</p>", ["08.15 WIB", "Rapat dimulai."]),
}  # fmt: skip


@TEMPLATES
@pytest.mark.parametrize("name", KEPT_AT_THE_EDGES)
def test_what_only_looks_like_a_fact_of_the_page_is_text(template, name):
    place, html, lines = KEPT_AT_THE_EDGES[name]
    got = read(template, **{place: html}).article_body.split("\n\n")
    wanted = {"start": [*lines, *FIRST, *LAST], "end": [*FIRST, *LAST, *lines], "between": [*FIRST, *lines, *LAST]}
    assert got == wanted[place]


NAMED = {
    "linked": (f'<div><a href="/author/rina">Rina Puspita</a> - <span>{DATE}</span></div>', ["Rina Puspita"]),
    "linked-alone": (f'<div><a href="/redaksi/rina.html">Rina Puspita</a></div><div>{DATE}</div>', ["Rina Puspita"]),
    "section-above": (f"<div>Kabar Sawit</div><div>{DATE}</div>", []),
    "linked-section": (f'<div><a href="/category-322/kabar-sawit">Kabar Sawit</a> | {DATE}</div>', []),
    "title-behind": (f"<div>Penulis: Rina Puspita, dosen di Purwokerto</div><div>{DATE}</div>", ["Rina Puspita"]),
}


@TEMPLATES
@pytest.mark.parametrize("name", NAMED)
def test_a_name_under_the_headline_is_an_authors_where_it_leads_to_one(template, name):
    html, authors = NAMED[name]
    got = read(template, under=html)
    assert [person["name"] for person in got.authors] == authors
    assert got.date_published == WHEN


@TEMPLATES
@pytest.mark.parametrize(
    "html", [f'<p><img src="{PICTURE}"></p><p><em>{BOTH}</em></p>', f'<p><img src="{PICTURE}"><br>{BOTH}</p>']
)
def test_a_paragraph_right_behind_a_picture_that_ends_with_a_credit_is_its_caption(template, html):
    got = read(template, start=html)
    assert got.article_body.split("\n\n") == [*FIRST, *LAST]
    assert got.main_image == {"url": PICTURE, "caption": CAPTION, "credit_text": CREDIT}


# -- other articles below ---------------------------------------------------------------------------------------------

_NEXT = _paragraphs(
    f"{words} Pengepul di pasar kabupaten menunggu kiriman berikutnya sampai akhir pekan." for words in FIRST + LAST
)
BELOW = {
    "linked-and-signed": f'<div class="lanjut"><h2>{LINK}</h2><div class="n">{_NEXT}</div><p>Editor: Joko Purnomo</p></div>',
    "linked-and-dated": f"<section><small>Selasa, 24 November 2026 08:10 WIB</small><h3>{LINK}</h3>{_NEXT}</section>",
    "heading-in-link": f'<div><a href="{OTHER}"><h2>{OTHER_TITLE}</h2></a><p>Penulis: Joko Purnomo</p>{_NEXT}</div>',
    "linked-alone": f'<div class="lanjut"><h2>{LINK}</h2>{_NEXT}</div>',
    "same-heading": f'<div class="lanjut"><h1>{OTHER_TITLE}</h1><p>Editor: Joko Purnomo</p>{_NEXT}</div>',
    "same-container": f'<article class="articlePost"><div class="articlePostHeader"><ul><li><a href="/category-17/ekbis">EkBis</a></li></ul><h2>{LINK}</h2></div><div class="articlePostContent">{_NEXT}</div><div class="articlePostAuthor"><p>Editor: Joko Purnomo</p></div></article>',
}  # fmt: skip


@pytest.mark.parametrize(
    ("template", "name"),
    [("current", name) for name in BELOW] + [("unknown", name) for name in BELOW if name != "same-container"],
)
def test_an_article_loaded_below_is_not_read_though_it_is_longer(template, name):
    page = _page(template, text=_paragraphs(FIRST + LAST))
    html = page.html.replace('<div class="kanan">', f'{BELOW[name]}<div class="kanan">')
    got = extract(Page.from_bytes(URL, html.encode(), fetched_at=NOW, via="artikel"))
    assert got.article.headline == HEADLINE
    assert got.article.article_body.split("\n\n") == [*FIRST, *LAST]
    assert (got.article.editors, got.article.related, got.article.breadcrumbs) == ([], [], [])
    assert any(line.reason == "another article below" for line in got.dropped)


@TEMPLATES
def test_the_parts_of_a_round_up_are_text_though_each_has_its_linked_heading(template):
    parts = "".join(
        f'<section><h3><a href="/read61170{number}/kabar-kopra">Kabar Kopra Nomor {number}</a></h3>{_paragraphs(FIRST)}{_paragraphs(LAST)}</section>'
        for number in (1, 2, 3)
    )
    got = read(template, end=parts).article_body
    assert all(f"Kabar Kopra Nomor {number}" in got for number in (1, 2, 3))
    assert got.count(FIRST[0]) == 4


# -- what stands beside the text in a template nobody knows -----------------------------------------------------------

_CARDS = "".join(
    f'<li><a href="/read60991{number}/kabar">Kabar Pasar Nomor {number}</a><span>Selasa, 24 November 2026 08:1{number} WIB</span></li>'
    for number in range(4)
)
STRAYS = {
    "cookies": '<div class="pesan"><p>Situs ini memakai kuki untuk mengukur kunjungan dan menyesuaikan iklan bagi Anda.</p><button>Setuju</button></div>',
    "about-the-house": '<div class="kaki"><p>Portal ini diterbitkan perseroan yang terdaftar di dewan pers sejak sepuluh tahun lalu.</p><p><a href="/tentang">Tentang</a></p></div>',
    "form": '<div class="surat"><p>Terima ringkasan kabar ekonomi setiap pagi di kotak surel Anda, tanpa biaya apa pun.</p><form><input name="e"></form></div>',
    "address": '<address class="alamat"><p>Redaksi beralamat di Jalan Melati Nomor 7, Jakarta, dan buka pada hari kerja.</p></address>',
    "dated-list": f'<div class="terbaru"><h3>Terbaru</h3><ul>{_CARDS}</ul></div>',
}  # fmt: skip


@pytest.mark.parametrize("texts", [FIRST, FIRST + LAST], ids=["short", "long"])
@pytest.mark.parametrize("place", ["in-the-article", "in-the-page"])
@pytest.mark.parametrize("name", STRAYS)
def test_a_sentence_behind_the_article_is_no_text(name, place, texts):
    behind = "<p>Editor: Joko Purnomo</p>" + (STRAYS[name] if place == "in-the-article" else "")
    html = _page("unknown", text=_paragraphs(texts), behind=behind).html
    if place == "in-the-page":
        html = html.replace("</body>", f"{STRAYS[name]}</body>")
    got = extract(Page.from_bytes(URL, html.encode(), fetched_at=NOW, via="artikel")).article
    assert got.article_body.split("\n\n") == list(texts)
    assert ([person["name"] for person in got.editors], got.related) == (["Joko Purnomo"], [])


CONTINUED = [
    f'<div class="naskah">{_paragraphs(LAST)}</div>',
    f'<div class="penutup">{_paragraphs(LAST[:1])}</div>',
    f"<div>{_paragraphs(LAST)}<p>Editor: Joko Purnomo</p></div>",
    f'<div class="penutup">{_paragraphs(LAST[:1])}<p>Editor: Joko Purnomo</p><div>Bagikan:</div></div>',
    f'<div class="penutup">{_paragraphs(LAST[:1])}<p>Tag: <a href="/tag12/kelapa">kelapa</a></p></div>',
    _paragraphs(LAST),
]


@pytest.mark.parametrize("html", CONTINUED)
def test_text_that_goes_on_in_another_element_is_kept(html):
    got = extract(_page("unknown", text=_paragraphs(FIRST), behind=html)).article.article_body.split("\n\n")
    assert got == [*FIRST, *(LAST if LAST[1] in html else LAST[:1])]


# -- a trail in a template nobody knows -------------------------------------------------------------------------------

_TRAIL = '<a href="/">Home</a> &raquo; <a href="/category-322/kabar-sawit">Kabar Sawit</a>'
_LIST = '<ul><li><a href="/">Home</a></li><li><a href="/category-322/kabar-sawit">Kabar Sawit</a></li></ul>'
TRAILS = {
    "above-the-article": ("over", f'<div class="jejak">{_TRAIL}</div>'),
    "list-above-the-article": ("over", f'<div class="jejak">{_LIST}</div>'),
    "below-the-headline": ("under", f'<div class="jejak">{_TRAIL}</div>'),
    "list-below-the-headline": ("under", _LIST),
    "list-above-the-headline": ("above", _LIST),
    "list-with-the-headline": ("above", _LIST.replace("</ul>", f"<li>{HEADLINE}</li></ul>")),
    "nav-above-the-headline": ("above", f"<nav>{_LIST}</nav>"),
    "nav-with-a-heading": (
        "over",
        f'<div><nav aria-labelledby="system-breadcrumb"><h2 hidden>Jejak</h2>{_LIST}</nav></div>',
    ),
}


@pytest.mark.parametrize("name", TRAILS)
def test_a_trail_is_found_around_the_headline(name):
    place, html = TRAILS[name]
    page = _page("unknown", text=_paragraphs(FIRST + LAST), **({place: html} if place != "over" else {}))
    whole = page.html.replace('<div class="kiri">', f'{html}<div class="kiri">') if place == "over" else page.html
    got = extract(Page.from_bytes(URL, whole.encode(), fetched_at=NOW, via="artikel")).article
    assert [crumb["name"] for crumb in got.breadcrumbs] == ["Home", "Kabar Sawit"]
    assert got.article_section == "Kabar Sawit"


_SECTION = '<a href="/category-322/kabar-sawit">Kabar Sawit</a>'


@TEMPLATES
@pytest.mark.parametrize(
    "html",
    [
        f"<nav>{_SECTION}</nav>",
        f"<ul><li>{_SECTION}</li></ul>",
        f"<ul><li>{_SECTION}</li><li>{HEADLINE}</li></ul>",
    ],
)
def test_a_trail_of_one_section_above_the_headline_names_it(template, html):
    got = extract(_page(template, text=_paragraphs(FIRST + LAST), above=html)).article
    assert [crumb["name"] for crumb in got.breadcrumbs] == ["Kabar Sawit"]
    assert got.article_section == "Kabar Sawit"


@pytest.mark.parametrize("tag", ["nav", "ul"])
def test_a_menu_right_above_the_headline_is_no_trail(tag):
    menu = "".join(
        f'<li><a href="/category-{n}/{s.lower()}">{s}</a></li>' for n, s in ((11, "News"), (17, "EkBis"), (40, "Video"))
    )
    got = extract(_page("unknown", text=_paragraphs(FIRST + LAST), above=f"<{tag}>{menu}</{tag}>")).article
    assert got.breadcrumbs == []


@pytest.mark.parametrize("html", ['<div><span>Hari ini</span> <a href="/">Beranda</a></div>', '<a href="/">Home</a>'])
def test_a_lone_link_to_the_home_page_is_no_trail(html):
    assert extract(_page("unknown", text=_paragraphs(FIRST + LAST), above=html)).article.breadcrumbs == []


@pytest.mark.parametrize("tag", ["div", "td", "b", "span"])
def test_a_headline_in_no_heading_is_known_by_the_title_of_the_page(tag):
    page = _page("unknown", text=_paragraphs(FIRST + LAST), under=f"<div>Penulis: Rina Puspita</div><div>{DATE}</div>")
    shown = f"<div><{tag}>{HEADLINE}</{tag}></div>".replace("<div><td>", "<table><tr><td>").replace(
        "</td></div>", "</td></tr></table>"
    )
    html = page.html.replace(f"<h1>{HEADLINE}</h1>", shown)
    got = extract(Page.from_bytes(URL, html.encode(), fetched_at=NOW, via="artikel")).article
    assert got.headline == HEADLINE
    assert got.article_body.split("\n\n") == [*FIRST, *LAST]
    assert ([person["name"] for person in got.authors], got.date_published) == (["Rina Puspita"], WHEN)


def test_the_section_in_the_first_heading_is_no_headline_where_only_the_address_says_so():
    page = _page("unknown", text=_paragraphs(FIRST + LAST))
    html = page.html.replace(f"<h1>{HEADLINE}</h1>", f"<h1>Perkebunan</h1><h2>{HEADLINE}</h2>")
    html = html.replace(f'<meta property="og:title" content="{HEADLINE}">', "").replace(
        f"<title>{HEADLINE} - Warta Ekonomi</title>", ""
    )
    got = extract(Page.from_bytes(URL, html.encode(), fetched_at=NOW, via="artikel")).article
    assert (got.headline, got.article_body.split("\n\n")) == (HEADLINE, [*FIRST, *LAST])


@TEMPLATES
@pytest.mark.parametrize("tag", ["h2", "h3"])
def test_a_round_up_is_text_though_a_linked_heading_comes_soon_and_a_byline_ends_it(template, tag):
    parts = "".join(
        f'<{tag}><a href="/read61170{number}/kabar-kopra">Kabar Kopra Nomor {number}</a></{tag}>{_paragraphs(FIRST)}'
        for number in (1, 2)
    )
    text = f"<p>Berikut rangkumannya.</p>{parts}<p>Editor: Joko Purnomo</p>"
    under = (
        f'<figure><img src="{PICTURE}"><figcaption>{FIRST[0]} Kredit Foto: {CREDIT}</figcaption></figure><p>{DATE}</p>'
    )
    got = extract(_page(template, text=text, under=under)).article
    assert got.article_body.split("\n\n") == [
        "Berikut rangkumannya.",
        *(line for number in (1, 2) for line in (f"Kabar Kopra Nomor {number}", *FIRST)),
    ]
    assert [person["name"] for person in got.editors] == ["Joko Purnomo"]


_LINKS = [
    f"<h4>Baca Juga: {LINK}</h4>",
    f"<p>Baca Juga: {LINK}</p>",
    f"<p><strong>Baca Juga: {LINK}</strong></p>",
    f'<a href="{OTHER}"><h4>Baca Juga: {OTHER_TITLE}</h4></a>',
]


@pytest.mark.parametrize("link", _LINKS)
@pytest.mark.parametrize("size", [1, 2])
def test_a_text_in_small_boxes_with_a_link_in_each_is_no_row_of_cards(link, size):
    lines = [*FIRST, *LAST, *(f"Kata ketua kelompok, {line[0].lower()}{line[1:]}" for line in FIRST + LAST)]
    boxes = [lines[start : start + size] for start in range(0, len(lines), size)]
    text = "".join(
        f'<div class="u-mb">{_paragraphs(box)}{link if number % 2 else ""}</div>' for number, box in enumerate(boxes)
    )
    got = extract(_page("unknown", text=text)).article
    assert got.article_body.split("\n\n") == lines
    assert got.related == RELATED
