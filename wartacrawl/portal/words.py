"""The vocabulary of the newsroom: names, places and sentence patterns in Indonesian.

A pattern has slots (`{wilayah}`) and choices (`[naik|turun]`); a choice may hold slots. Every sentence was made up for
this replica, and so were all people and companies.
"""

# ruff: noqa: E501 - a sentence pattern is read best on one line

from __future__ import annotations

from dataclasses import dataclass

DAYS = ("Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Minggu")
MONTHS = (
    "Januari", "Februari", "Maret", "April", "Mei", "Juni",
    "Juli", "Agustus", "September", "Oktober", "November", "Desember",
)  # fmt: skip

CITIES = (
    "Jakarta", "Jakarta", "Jakarta", "Bandung", "Surabaya", "Medan", "Pekanbaru", "Palembang", "Pontianak", "Makassar",
    "Semarang", "Yogyakarta", "Denpasar", "Balikpapan", "Samarinda", "Manado", "Jambi", "Bengkulu", "Padang", "Batam",
    "Bogor", "Tangerang", "Bekasi", "Malang", "Mataram", "Kupang", "Ambon", "Jayapura", "Banjarmasin", "Palangka Raya",
    "Singapura", "Kuala Lumpur",
)  # fmt: skip
REGIONS = (
    "Riau", "Kalimantan Barat", "Kalimantan Tengah", "Sumatera Utara", "Jawa Barat", "Jawa Timur", "Jawa Tengah",
    "Sulawesi Selatan", "Sulawesi Tengah", "Nusa Tenggara Barat", "Banten", "Lampung", "Jambi", "Aceh", "Bali",
    "Maluku Utara", "Papua Barat", "Sumatera Selatan", "Kepulauan Riau", "Gorontalo",
)  # fmt: skip
COUNTRIES = (
    "India", "Tiongkok", "Jepang", "Korea Selatan", "Belanda", "Jerman", "Vietnam", "Malaysia", "Australia", "Mesir",
    "Pakistan", "Amerika Serikat", "Arab Saudi", "Thailand", "Brasil", "Turki",
)  # fmt: skip
FIRST = (
    "Ratna", "Bagus", "Dewi", "Hendra", "Siti", "Yusuf", "Maria", "Agung", "Nirmala", "Fajar", "Lestari", "Rizal",
    "Kartika", "Bambang", "Wulan", "Teguh", "Anisa", "Gilang", "Putri", "Hasan", "Melati", "Surya", "Intan", "Dimas",
    "Ayu", "Rudi", "Citra", "Johan", "Farah", "Galih", "Ningsih", "Arief", "Tania", "Slamet", "Vina", "Markus",
)  # fmt: skip
LAST = (
    "Wijayanti", "Pramono", "Kusumawardani", "Siregar", "Nasution", "Hidayat", "Tambunan", "Saputra", "Maheswari",
    "Gunawan", "Ritonga", "Setiabudi", "Prabowati", "Hutapea", "Rahmawati", "Santosa", "Lubis", "Anggraini", "Wibisono",
    "Sulaiman", "Manurung", "Permadi", "Yulianti", "Suryanegara", "Darmawan", "Simatupang", "Fitriani", "Kurniadi",
    "Halim", "Pangestika", "Mahendra", "Oktaviani", "Batubara", "Nugrahini",
)  # fmt: skip
COMPANY = (
    ("Bahari", "Sinar", "Graha", "Mitra", "Cakra", "Arta", "Surya", "Bumi", "Rimba", "Citra", "Mega", "Tirta", "Puspa",
     "Dwi", "Karya", "Wahana", "Sentra", "Lintas", "Anugerah", "Kencana", "Samudra", "Pilar", "Delta", "Andalan"),
    ("Cipta", "Agro", "Digital", "Energi", "Niaga", "Pangan", "Logistik", "Properti", "Investama", "Sarana", "Tekno",
     "Medika", "Persada", "Sejahtera", "Mineral", "Boga", "Kreasi", "Telematika", "Perkasa", "Sawita"),
    ("Nusantara", "Indonesia", "Abadi", "Lestari", "Utama", "Mandala", "Raya", "Gemilang", "Prima", "Sentosa", "Jaya",
     "Makmur", "Mulia", "Pratama", "Buana", "Selaras"),
)  # fmt: skip
TITLES = (
    "Direktur Utama", "Direktur Keuangan", "Sekretaris Perusahaan", "Wakil Direktur Utama", "Kepala Riset",
    "Direktur Operasional", "Chief Executive Officer", "Manajer Komunikasi Korporat", "Komisaris Independen",
    "Direktur Pemasaran",
)  # fmt: skip
EXPERTS = (
    "pengamat ekonomi dari Universitas Bahari Nusantara", "peneliti Pusat Kajian Ekonomi Daerah",
    "analis Cakra Sekuritas", "ekonom Lembaga Studi Pasar Terbuka", "guru besar ilmu manajemen di [Bandung|Malang|Medan]",
    "Ketua Asosiasi Pelaku Usaha Mandiri", "kepala riset Tirta Investama", "konsultan independen asal {kotalain}",
    "dosen Sekolah Bisnis Mandala", "Ketua Forum Konsumen Cermat",
)  # fmt: skip
AGENCIES = (
    "Kementerian Perindustrian", "Kementerian Perdagangan", "Bank Indonesia", "Otoritas Jasa Keuangan",
    "Badan Pusat Statistik", "Kementerian Keuangan", "Kementerian Koperasi", "Kementerian Pertanian",
    "pemerintah provinsi {wilayah}", "Kementerian Perhubungan", "Kementerian ESDM", "Bappenas",
)  # fmt: skip
PHOTOGRAPHERS = (
    "Antara/Fajar Kurniadi", "Warta Ekonomi/Intan Halim", "Istimewa", "Unsplash/Dimas P.", "Dok. Perusahaan",
    "Humas Pemprov", "Reuters/J. Markus", "Freepik", "Antara/M Galih/Spt", "Warta Ekonomi",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Beat:
    """What one section writes about: words for `{topik}`, its headlines, its sentences and its tags."""

    topics: tuple[str, ...]
    headlines: tuple[str, ...]
    sentences: tuple[str, ...]
    tags: tuple[str, ...]


NEWS = Beat(
    topics=(
        "pembangunan jalan tol",
        "layanan kereta perkotaan",
        "bantuan pangan",
        "penataan pelabuhan",
        "reformasi perizinan",
        "program perumahan rakyat",
        "subsidi transportasi",
        "pengelolaan sampah kota",
        "revisi aturan ketenagakerjaan",
        "pengadaan air bersih",
        "digitalisasi layanan publik",
        "anggaran pendidikan",
    ),
    headlines=(
        "{lembaga} Targetkan {topik} Rampung pada {bulan}, Begini Skemanya",
        "Soal {topik}, {nama}: Jangan Sampai Warga {wilayah} Dirugikan",
        "Anggaran {rupiah} Disiapkan untuk {topik} di {wilayah}",
        "DPRD {wilayah} Pertanyakan Lambatnya {topik}",
        "{angka} Warga {wilayah} Terima Manfaat {topik} Tahun Ini",
        "Jelang {bulan}, {lembaga} Percepat {topik} di {angkakecil} Kabupaten",
        "Antisipasi Cuaca Ekstrem, {wilayah} Evaluasi {topik}",
        "{lembaga} dan {negara} Sepakati Kerja Sama {topik}",
    ),
    sentences=(
        "[Tahap pertama|Fase awal|Paket perdana] {topik} [mencakup|menyasar|meliputi] {angkakecil} [kecamatan|titik|lokasi] di {wilayah} dengan [nilai kontrak|pagu|anggaran] {rupiah}.",
        "[Warga|Penduduk|Masyarakat] [di sekitar lokasi|yang terdampak|di {angkakecil} desa] [diminta|diimbau|diajak] [menyampaikan keberatan|mendaftarkan diri|mengikuti sosialisasi] [sebelum akhir {bulan}|paling lambat {hari} pekan depan|lewat kantor kelurahan].",
        "[Rapat koordinasi|Pertemuan lintas dinas|Sidang gabungan] di {kotalain} [berlangsung|berjalan|digelar] [tertutup selama {angkakecil} jam|hingga larut malam|sejak pagi] dan [belum menghasilkan|baru memutuskan|menunda] [jadwal final|pembagian tugas|daftar penerima].",
        "[Gubernur|Penjabat bupati|Wali kota] [menilai|menegaskan|mengakui] {topik} [terlambat|tersendat|molor] karena [sengketa lahan|izin yang belum lengkap|pasokan material] di [ruas|segmen|zona] {angkakecil}.",
        "[Inspektorat|Tim pengawas|Ombudsman daerah] [menemukan|mencatat|menerima laporan tentang] {angkakecil} [kejanggalan|aduan|temuan administrasi] [dalam|sepanjang|selama] pelaksanaan {topik} [sejak {bulan}|pada semester lalu].",
        "[Lelang|Tender|Seleksi penyedia] [diikuti|dimenangkan|diminati] {angkakecil} [badan usaha|konsorsium|perusahaan lokal], [termasuk|di antaranya] {pt} yang [menawar|mengajukan harga] {rupiah}.",
        "[Puskesmas|Sekolah|Pasar rakyat] di {wilayah} [menjadi prioritas|masuk daftar tunggu|akan dihubungkan] [lewat|dalam] skema {topik} yang [baru|disempurnakan|diperluas].",
        "[Kepolisian|Satpol PP|Dinas perhubungan] [menyiagakan|mengerahkan|menurunkan] {angka} personel untuk [menjaga ketertiban|mengatur arus kendaraan|mengawal distribusi] [selama|sepanjang] [masa transisi|proses itu|kegiatan].",
        "[Aturan turunan|Petunjuk teknis|Peraturan menteri] [sedang diharmonisasi|tinggal menunggu tanda tangan|akan diundangkan] [pada {bulan}|sebelum tutup tahun|dalam {angkakecil} pekan].",
        "[Fraksi oposisi|Sejumlah anggota dewan|Komisi terkait] [meminta|mendesak|menuntut] [audit menyeluruh|data terbuka|peta jalan] [atas|mengenai] dana {rupiah} yang [sudah cair|terserap|dialihkan].",
        "[Survei warga|Jajak pendapat|Kotak aduan] [memperlihatkan|menunjukkan|menggambarkan] {persen} responden [puas|belum puas|ragu] [terhadap|dengan] {topik}.",
        "[Bus pengumpan|Truk logistik|Kapal perintis] [tetap beroperasi|ditambah|dialihkan] [pada jam sibuk|setiap {hari}|di {angkakecil} trayek] [agar|supaya] [mobilitas|pasokan] tidak terganggu.",
    ),
    tags=(
        "Pemerintah Daerah",
        "Infrastruktur",
        "Kebijakan Publik",
        "APBN",
        "Transportasi",
        "Layanan Publik",
        "Pemilu Daerah",
    ),
)

EKBIS = Beat(
    topics=(
        "ekspor furnitur",
        "industri tekstil",
        "penjualan ritel",
        "produksi semen",
        "bisnis waralaba kopi",
        "pabrik keramik",
        "perdagangan antarpulau",
        "manufaktur otomotif",
        "industri makanan ringan",
        "usaha mikro",
        "hilirisasi nikel",
        "bisnis pergudangan",
        "ekspor rempah",
        "industri alas kaki",
    ),
    headlines=(
        "Permintaan Naik {persen}, {emiten} Genjot {topik}",
        "{emiten} Bidik Pasar {negara} lewat {topik}",
        "{topik} Tumbuh {persen}, Pelaku Usaha {wilayah} Minta Insentif",
        "Investasi {rupiah}, {emiten} Bangun Pabrik Baru di {wilayah}",
        "Pelaku {topik} Keluhkan Ongkos Kirim ke {wilayah}",
        "Biaya Bahan Baku Melonjak, Begini Siasat {emiten}",
        "{lembaga} Siapkan Aturan Baru {topik}, Berlaku {bulan}",
        "Serap {angka} Tenaga Kerja, {emiten} Perluas {topik} ke {wilayah}",
        "{negara} Buka Keran Impor, {topik} Diuntungkan",
    ),
    sentences=(
        "[Utilisasi|Tingkat pemakaian kapasitas|Laju produksi] pabrik di {wilayah} [menyentuh|berada di kisaran|merosot ke] {persen}, [lebih baik daripada|tak jauh dari|di bawah] [rata-rata nasional|rencana awal tahun|posisi {bulan}].",
        "[Kontrak|Pesanan|Pembelian] dari {negara} [menyumbang|mencakup|mengambil porsi] {persen} [omzet|pendapatan|pengapalan], [disusul|diikuti] {negara} dan {negara}.",
        "[Kenaikan|Fluktuasi|Mahalnya] [harga gas|tarif kontainer|upah minimum|bahan penolong] [memaksa|mendorong|membuat] pelaku {topik} [menyesuaikan harga jual|menunda ekspansi|memangkas jam lembur] [mulai {bulan}|secara bertahap].",
        "{emiten} [mengoperasikan|menambah|merelokasi] {angkakecil} [lini produksi|gerai|gudang] [di kawasan industri {wilayah}|dekat pelabuhan|di jalur lintas provinsi] [dengan belanja modal|senilai|yang menelan dana] {rupiah}.",
        "[Koperasi|Sentra perajin|Kelompok usaha] [di|asal] {wilayah} [memasok|mengirim|menyetor] {angka} [unit|ton|lusin] [setiap bulan|per pekan|sepanjang {kuartal}] untuk [kebutuhan|rantai pasok] {topik}.",
        "[Asosiasi|Gabungan pengusaha|Perkumpulan produsen] [menghitung|memproyeksikan|menaksir] {topik} [akan menyerap|memerlukan|bisa mempekerjakan] {angka} [pekerja|operator|tenaga terampil] [hingga|sampai] {tahun}.",
        "[Barang impor|Produk murah|Selundupan] [dari luar|tanpa label|bermerek palsu] [menggerus|menekan|mengganggu] margin [pemain lokal|produsen kecil|{emiten}] [hingga|sampai|sekitar] {persen}.",
        "[Potongan pajak|Pembebasan bea masuk|Kemudahan izin lingkungan] [dinantikan|diusulkan|diperjuangkan] [industri|pengusaha] [agar|supaya] [harga akhir lebih bersaing|mesin lama dapat diganti|ekspor ke {negara} kembali bergairah].",
        "[Pameran|Misi dagang|Temu bisnis] di {kotalain} [menghasilkan|mencatatkan|membukukan] [komitmen|nota kesepahaman|transaksi] {rupiah} [dalam {angkakecil} hari|dengan {angka} pengunjung].",
        "[Merek|Label|Lini] baru {emiten} [dipasarkan|dijajakan|diluncurkan] [lewat|melalui] [jaringan minimarket|kanal daring|distributor tradisional] di {angka} [titik|toko|kota].",
        "[Gudang dingin|Pusat distribusi|Terminal peti kemas] di {wilayah} [mempersingkat|memotong|memangkas] waktu [antar|bongkar muat|tunggu] [dari {angkakecil} hari menjadi sehari|hampir separuh].",
        "[Limbah|Sisa produksi|Potongan bahan] [diolah|didaur ulang|dijual kembali] [menjadi|sebagai] [bahan bakar alternatif|produk turunan|kemasan], [menghemat|menekan biaya|memberi tambahan] {rupiah} [setahun|per semester].",
    ),
    tags=("Industri", "UMKM", "Ekspor", "Investasi", "Ritel", "Manufaktur", "Hilirisasi", "Tenaga Kerja", "R&D"),
)

NEW_ECONOMY = Beat(
    topics=(
        "dompet digital",
        "layanan komputasi awan",
        "kecerdasan buatan",
        "kendaraan listrik",
        "pusat data",
        "perdagangan elektronik",
        "kredit karbon",
        "teknologi pendidikan",
        "jaringan 5G",
        "keamanan siber",
        "panel surya atap",
        "layanan kesehatan jarak jauh",
        "pertanian presisi",
    ),
    headlines=(
        "Startup {emiten} Raih Pendanaan {rupiah} untuk {topik}",
        "{emiten} Gandeng Mitra {negara} Kembangkan {topik}",
        "Pengguna {topik} Tembus {angka} Ribu, {emiten} Siapkan Fitur Baru",
        "Mengapa {topik} Jadi Rebutan Investor pada {tahun}?",
        "{lembaga} Rilis Panduan {topik}, Ini Poin Pentingnya",
        "“{topik} Bukan Tren Sesaat”, Kata Bos {emiten}",
        "Adopsi {topik} di {wilayah} Baru {persen}, Apa Kendalanya?",
        "{emiten} Uji Coba {topik} di {angkakecil} Kota",
    ),
    sentences=(
        "[Pendanaan|Suntikan modal|Putaran seri B] [dipimpin|diikuti|digalang] oleh [pemodal ventura|dana kekayaan|angel investor] asal {negara} dengan [valuasi|nilai|komitmen] {rupiah}.",
        "[Aplikasi|Platform|Sistem] [buatan|besutan|milik] {emiten} [diunduh|dipakai|dibuka] {angka} ribu [kali|pengguna|pelanggan] [sejak {bulan}|dalam {angkakecil} bulan], [terutama|sebagian besar] dari {wilayah}.",
        "[Algoritma|Model bahasa|Mesin rekomendasi] yang [dilatih|disetel|dibangun] [tim lokal|insinyur muda|lab riset] [mampu|sanggup|dapat] [menekan|memangkas] waktu [pemeriksaan|pelayanan|analisis] {persen}.",
        "[Infrastruktur|Menara|Kabel serat optik] di {wilayah} [belum merata|baru menjangkau {persen} desa|masih bergantung pada satelit], sehingga {topik} [sulit berkembang|tertahan|perlu insentif].",
        "[Kebocoran data|Serangan peretas|Penipuan daring] [turun|meningkat|menyusut] {persen} [setelah|sejak|berkat] [verifikasi berlapis|audit keamanan|edukasi pengguna] [diterapkan|diwajibkan] di [sektor|ekosistem] {topik}.",
        "[Baterai|Stasiun pengisian|Suku cadang] [dirakit|diproduksi|dipasang] di {wilayah} dengan [kandungan lokal|komponen dalam negeri] {persen} [mulai|per] {bulan}.",
        "[Biaya akuisisi|Bakar uang|Subsidi ongkir] [dikurangi|ditekan|dihentikan] [demi|untuk] [mengejar laba|memperpanjang napas kas|memperbaiki unit ekonomi] [pada|sebelum] {kuartal} {tahun}.",
        "[Regulator|Pengawas|Dewan etik] [menyiapkan|menguji|membahas] [ruang uji coba|sertifikasi|standar] {topik} [bersama|dengan melibatkan] {angkakecil} [pelaku|kampus|asosiasi].",
        "[Talenta|Pengembang|Analis data] [muda|perempuan|lulusan vokasi] [dilatih|direkrut|magang] [selama {angkakecil} bulan|di {kotalain}|secara hibrida] [untuk|guna] [mengisi|memenuhi] {angka} posisi.",
        "[Server|Klaster GPU|Fasilitas pendingin] [menyedot|menghabiskan|menggunakan] listrik {angkakecil} megawatt, [separuhnya|sebagian] [dipasok|ditopang] [tenaga surya|panas bumi|gas].",
        "[Pedagang|Penjual|Mitra] [di pasar|di kampung|rumahan] [mengaku|merasa|menyebut] [omzetnya|pesanannya|pelanggannya] [bertambah|naik|berlipat] {persen} [setelah memakai|berkat|sejak mengenal] {topik}.",
        "[Emisi|Jejak karbon|Konsumsi solar] armada [berkurang|susut|turun] {angka} ton [per tahun|sepanjang {kuartal}], [setara|kira-kira sama] dengan [menanam pohon seluas {angkakecil} hektare|menghentikan {angkakecil} genset].",
    ),
    tags=(
        "Startup",
        "Ekonomi Digital",
        "AI",
        "Kendaraan Listrik",
        "Fintech",
        "Energi Terbarukan",
        "E-Commerce",
        "GrowLab",
    ),
)

FINANCE = Beat(
    topics=(
        "kredit usaha rakyat",
        "asuransi mikro",
        "tabungan haji",
        "pembiayaan perumahan",
        "suku bunga acuan",
        "nilai tukar rupiah",
        "obligasi ritel",
        "pinjaman daring",
        "dana pensiun",
        "transaksi QRIS",
        "cadangan devisa",
        "pembiayaan syariah",
        "kartu kredit",
    ),
    headlines=(
        "Bank {emiten} Salurkan {topik} {rupiah} hingga {kuartal}",
        "{lembaga} Jaga {topik} di Tengah Gejolak Pasar {negara}",
        "{topik} Tumbuh {persen}, Rasio Kredit Macet Bank {emiten} Terjaga",
        "Laba Bank {emiten} Naik {persen} Jadi {rupiah}",
        "OJK Ingatkan Risiko {topik}, Simak {angkakecil} Tips Ini",
        "Cara Mengajukan {topik} di Bank {emiten}, Bunga Mulai {persen}",
        "Bank {emiten} Tutup {angkakecil} Kantor Cabang, Fokus ke {topik}",
        "Nasabah Bank {emiten} di {wilayah} Kini Bisa Akses {topik}",
    ),
    sentences=(
        "[Penyaluran|Realisasi|Pencairan] {topik} [mencapai|menyentuh|terhimpun] {rupiah} [per {bulan}|sampai {kuartal}|pada semester lalu], [naik|melambat|melesat] {persen} [secara tahunan|dibanding periode serupa].",
        "[Rasio kredit bermasalah|NPL gross|Kredit macet] [bertahan|terjaga|berada] di level {persen}, [sedangkan|sementara] [rasio kecukupan modal|likuiditas|pencadangan] [mencapai|tercatat] {persen}.",
        "[Biaya dana|Margin bunga|Beban operasional] [ditekan|membaik|melebar] [setelah|karena|berkat] [porsi dana murah|efisiensi cabang|digitalisasi] [bertambah menjadi|menyentuh] {persen}.",
        "[Rupiah|Mata uang Garuda|Kurs tengah] [ditutup|bergerak|diperdagangkan] [di rentang|pada kisaran|dekat] Rp16.{ratus} per dolar AS [pada {hari} sore|menjelang akhir pekan].",
        "[Nasabah|Debitur|Pemegang polis] [di|asal] {wilayah} [dapat|kini bisa|diperbolehkan] [mengajukan|memperpanjang|mencairkan] {topik} [lewat aplikasi|tanpa agunan|dalam {angkakecil} hari kerja].",
        "[Dewan gubernur|Komite kebijakan|Rapat bulanan] [mempertahankan|menurunkan|mengerek] [bunga|BI Rate|fasilitas simpanan] [menjadi|di posisi] {persen} [dengan pertimbangan|karena] [inflasi inti|arus modal|stabilitas kurs].",
        "[Klaim|Premi|Kontribusi peserta] [tumbuh|menyusut|terkumpul] {persen} [menjadi|atau setara] {rupiah}, [didorong|dibayangi|ditopang] [lini kesehatan|asuransi kendaraan|produk jiwa].",
        "[Penipu|Pinjol ilegal|Entitas tak berizin] [memanfaatkan|meniru|mencatut] [nama bank|situs resmi|nomor layanan] dan [merugikan|menjerat|menipu] {angka} [orang|korban|nasabah].",
        "[Lelang surat utang|Penerbitan obligasi|Penawaran sukuk] [menyerap|memenangkan|menarik] {rupiah} dengan [imbal hasil|kupon] {persen} untuk tenor {angkakecil} tahun.",
        "[Kantor cabang|Agen laku pandai|Mesin setor tunai] [bertambah|ditata ulang|dikurangi] [menjadi|hingga] {angka} [unit|titik] [di|yang tersebar di] {wilayah}.",
        "[Profil risiko|Skor kredit|Riwayat cicilan] [menentukan|memengaruhi|menjadi dasar] [plafon|bunga|tenor] {topik} yang [ditawarkan|disetujui] [bank|lembaga pembiayaan].",
        "[Cadangan devisa|Posisi utang luar negeri|Neraca pembayaran] [tercatat|meningkat ke|bergeser menjadi] US${angkakecil},{angkakecil} miliar, [cukup|memadai] untuk membiayai {angkakecil} bulan impor.",
    ),
    tags=("Perbankan", "OJK", "Bank Indonesia", "Rupiah", "Asuransi", "QRIS", "Kredit", "Ekonomi Syariah"),
)

BURSA = Beat(
    topics=(
        "saham perbankan",
        "saham tambang",
        "saham properti",
        "indeks harga saham gabungan",
        "obligasi korporasi",
        "reksa dana pasar uang",
        "saham teknologi",
        "saham konsumer",
        "penawaran umum perdana",
        "aksi pembelian kembali",
        "saham pelayaran",
    ),
    headlines=(
        "IHSG Ditutup [Menguat|Melemah] {persen}, {topik} Jadi Sorotan",
        "Saham {emiten} Melesat {persen} dalam Sepekan, Ada Apa?",
        "{emiten} Tebar Dividen {rupiah}, Cek Jadwalnya",
        "{emiten} Siap IPO, Incar Dana {rupiah}",
        "Asing Borong {topik} Senilai {rupiah}",
        "Rights Issue {emiten} Disetujui, {rupiah} untuk Ekspansi ke {wilayah}",
        "BEI Cermati Saham {emiten} karena Bergerak di Luar Kewajaran",
        "Analis Kerek Target {topik}, Simak Rekomendasi {hari}",
    ),
    sentences=(
        "[Indeks|IHSG|Bursa] [dibuka|ditutup|sempat bergerak] di [posisi|level|area] {angka},{angkakecil} atau [naik|turun|terkoreksi] {persen} [pada sesi {hari}|dari penutupan sebelumnya].",
        "[Sebanyak|Tercatat|Ada] {angka} saham [menguat|menghijau|naik], {angka} [melemah|memerah], dan [sisanya|{angka} lainnya] [stagnan|jalan di tempat].",
        "[Investor asing|Pemodal luar|Dana global] [membukukan|mencatatkan] [beli bersih|jual bersih] {rupiah}, [terbesar|paling banyak] pada {topik}.",
        "[Volume|Frekuensi|Nilai] perdagangan [saham {emiten}|emiten itu] [menembus|menyusut ke|mencapai] {angka} [juta lembar|ribu kali], [jauh di atas|di bawah] rerata [sebulan|{angkakecil} hari].",
        "[Dividen|Laba per saham|Nilai buku] [sebesar|setara] Rp{angka} [per lembar|tiap saham] [akan dibayarkan|disepakati] [pada {bulan}|setelah RUPS|kepada pemegang saham tercatat].",
        "[Prospektus|Keterbukaan informasi|Dokumen ringkas] [menyebut|memerinci|menguraikan] [dana|hasil emisi] {rupiah} [untuk|akan dipakai] [modal kerja|pelunasan utang|akuisisi di {wilayah}] sebesar {persen}.",
        "[Secara teknikal|Dari sisi grafik|Menurut pola mingguan], [saham|indeks] [berpeluang|rawan|diperkirakan] [menguji|menembus|tertahan di] [resistance|support] {angka} [pada pekan depan|pekan ini].",
        "[Bursa|Otoritas pasar|Pengawas transaksi] [meminta penjelasan|menghentikan sementara|mencabut suspensi] [saham|waran] {emiten} [setelah|karena] [lonjakan|penurunan] {persen} dalam {angkakecil} hari.",
        "[Wall Street|Bursa Tokyo|Indeks regional] [bervariasi|kompak menguat|tertekan] [menyusul|sesudah|akibat] [data tenaga kerja|laporan inflasi|pernyataan bank sentral] {negara}.",
        "[Manajer investasi|Dana pensiun|Investor ritel] [mengalihkan|menambah|memangkas] [porsi|bobot|kepemilikan] {topik} [menjadi|hingga] {persen} [dari portofolio|pada {bulan}].",
        "[Sektor|Kelompok saham] [energi|keuangan|barang baku|kesehatan] [memimpin|menahan|membebani] [kenaikan|laju|pelemahan] indeks dengan [bobot|perubahan] {persen}.",
        "[Harga emas|Minyak mentah|Batu bara] [bertengger|terpangkas|melompat] [ke|di] US${angka} [per ons|per barel|per ton], [mendorong|menyeret|mengangkat] {topik}.",
    ),
    tags=("IHSG", "Saham", "IPO", "Dividen", "BEI", "Emiten", "Obligasi", "Reksa Dana"),
)

LIFESTYLE = Beat(
    topics=(
        "liga sepak bola",
        "turnamen bulu tangkis",
        "wisata bahari",
        "kuliner pedas",
        "lari maraton",
        "balap sepeda",
        "festival film",
        "mode batik",
        "konser akustik",
        "pendakian gunung",
        "kopi susu",
        "perawatan kulit",
    ),
    headlines=(
        "{angkakecil} Tempat Menikmati {topik} di {wilayah}, Nomor Terakhir Tersembunyi",
        "Tim {wilayah} Juara {topik} usai Kalahkan {negara}",
        "Musim {topik} Dimulai {bulan}, Tiket Mulai Rp{angka} Ribu",
        "Kisah {tokoh}: dari Buruh Pabrik ke Panggung {topik}",
        "Manfaat {topik} bagi Kesehatan, Nomor {angkakecil} Jarang Disadari",
        "Pelatih Baru Jawab Keraguan soal {topik}: “Beri Kami {angkakecil} Bulan”",
        "{wilayah} Tuan Rumah {topik}, {angka} Peserta dari {negara} Hadir",
        "Tren {topik} {tahun}: Sederhana & Ramah Kantong",
    ),
    sentences=(
        "[Gol|Poin|Angka] [penentu|kemenangan|penyama] [lahir|tercipta|datang] pada menit ke-{angkakecil} [lewat|melalui] [sundulan|serangan balik|pukulan silang] yang [gagal diantisipasi|tak terbendung|memukau penonton].",
        "[Penonton|Pengunjung|Peserta] [memadati|memenuhi|mendatangi] [stadion|alun-alun|gelanggang] di {kotalain} [sejak sore|meski hujan|hingga {angka} orang] [demi|untuk] {topik}.",
        "[Pelatih|Kapten|Asisten pelatih] [memuji|menyoroti|mengevaluasi] [lini belakang|stamina|mental bertanding] [anak asuhnya|tim tamu|pemain muda] [setelah laga|dalam jumpa pers|pada latihan {hari}].",
        "[Resep|Racikan|Bumbu] [warisan keluarga|dari {wilayah}|yang dipelajari di {negara}] [memadukan|menonjolkan|mengandalkan] [serai dan daun jeruk|kelapa sangrai|cabai rawit|gula aren] [tanpa pengawet|dalam porsi kecil].",
        "[Tiket|Paket|Kupon] [dijual|ditawarkan|dibanderol] Rp{angka} ribu [untuk kelas reguler|per orang|bagi pelajar], [sudah termasuk|belum mencakup] [makan siang|asuransi|antar jemput].",
        "[Jalur|Rute|Lintasan] sepanjang {angkakecil} kilometer [melewati|menyusuri|membelah] [kebun teh|tepi pantai|kampung nelayan|hutan pinus] dan [berakhir|finis] di {kotalain}.",
        "[Dokter|Ahli gizi|Fisioterapis] [menyarankan|mengingatkan|menganjurkan] [pemanasan {angkakecil} menit|minum air cukup|tidur teratur|istirahat sehari] [sebelum|bagi penggemar] {topik}.",
        "[Desainer|Sutradara|Musisi] [muda|senior|otodidak] asal {wilayah} [memamerkan|memutar|membawakan] {angkakecil} karya [bertema|yang terinspirasi] [laut|pasar malam|masa kecil|cerita rakyat].",
        "[Peringkat|Posisi|Klasemen] [tim|atlet|pasangan] itu [naik|merosot|bertahan] [ke urutan|di tempat] {angkakecil} dengan [selisih|tabungan] {angkakecil} poin [dari|atas] wakil {negara}.",
        "[Penginapan|Homestay|Vila] [di sekitar lokasi|milik warga|dekat dermaga] [terisi|dipesan] {persen} [pada akhir pekan|menjelang {bulan}|sejak {hari}].",
        "[Sponsor|Panitia|Federasi] [menyediakan|menambah|menjanjikan] hadiah {rupiah} [bagi|untuk] [pemenang|kategori umum|atlet difabel] dan [beasiswa|bonus] [bagi {angkakecil} peserta|untuk pembinaan usia dini].",
        "[Cuaca|Angin|Suhu] di {kotalain} [diprakirakan|dilaporkan] [bersahabat|berubah cepat|cukup terik], jadi [bawalah topi|siapkan jas hujan|datanglah lebih awal] [ketika|saat] [menikmati|mengikuti] {topik}.",
    ),
    tags=("Sepak Bola", "Bulu Tangkis", "Wisata", "Kuliner", "Gaya Hidup", "Kesehatan", "Film"),
)

SAWIT = Beat(
    topics=(
        "peremajaan sawit rakyat",
        "tandan buah segar",
        "minyak sawit mentah",
        "sertifikasi ISPO",
        "biodiesel B40",
        "pabrik kelapa sawit",
        "ekspor CPO",
        "dana bagi hasil sawit",
        "benih unggul sawit",
        "limbah cair sawit",
        "kemitraan petani plasma",
        "minyak goreng rakyat",
    ),
    headlines=(
        "Harga {topik} di {wilayah} Naik {persen}, Petani Sumringah",
        "Petani {wilayah} Minta {topik} Dipermudah",
        "BPDP Kucurkan {rupiah} untuk {topik} di {wilayah}",
        "{negara} Tambah Impor, {topik} Menguat {persen}",
        "{emiten} Dampingi {angka} Petani Urus {topik}",
        "Gapki {wilayah}: {topik} Butuh Kepastian Hukum",
        "Sawit {wilayah} & Tantangan {topik} pada {tahun}",
        "Produktivitas Kebun Rakyat Tertinggal, {topik} Jadi Kunci",
    ),
    sentences=(
        "[Harga|Nilai acuan|Patokan] [TBS|tandan buah segar] umur {angkakecil} tahun di {wilayah} [ditetapkan|disepakati|diputuskan] Rp3.{ratus} per kilogram [untuk periode {hari}|hingga pekan depan].",
        "[Petani|Pekebun|Anggota koperasi] [swadaya|plasma|mandiri] [mengelola|menggarap|memiliki] rata-rata {angkakecil} hektare dengan [hasil|produktivitas] {angkakecil},{angkakecil} ton [per hektare|setahun].",
        "[Bursa Derivatif Malaysia|Pasar lelang KPBN|Pasar Rotterdam] [mencatat|membuka|menutup] [kontrak|harga] CPO [pengiriman {bulan}|acuan] [menguat|melemah] {persen}.",
        "[Surat hak milik|Legalitas lahan|Status kawasan hutan] [masih menghambat|menjadi syarat|kerap memperlambat] {topik} di {angkakecil} [kecamatan|desa|kelompok tani].",
        "[Pungutan|Dana|Bea keluar] [ekspor|sawit] [digunakan|dialokasikan|disalurkan] {rupiah} untuk [peremajaan|beasiswa anak petani|sarana jalan kebun|riset benih].",
        "[Pabrik|PKS|Kilang] milik {emiten} [mengolah|menampung|memproses] {angkakecil} ton [per jam|setiap hari] dan [menyalurkan|menjual] [cangkang|listrik biogas|palm kernel] [ke PLN|ke {negara}|bagi warga].",
        "[Uni Eropa|Pembeli {negara}|Importir] [mensyaratkan|meminta|menuntut] [ketelusuran|bukti bebas deforestasi|koordinat kebun] [mulai {bulan}|sebelum {tahun}] [untuk|atas] setiap [pengapalan|ton minyak].",
        "[Kemarau|Curah hujan|Kabut] [panjang|tinggi|tipis] [sejak {bulan}|di {wilayah}] [menurunkan|menggeser|menekan] [bobot tandan|rendemen|masa panen] [hingga|sekitar] {persen}.",
        "[Penyuluh|Pendamping|Agronom] [mengajari|melatih|membimbing] {angka} [pekebun|keluarga|kelompok] [memupuk berimbang|mencatat panen|memilih bibit bersertifikat] [di demplot|di kebun contoh|secara bergilir].",
        "[Pencampuran|Mandatori|Program] biodiesel [menyerap|membutuhkan|menghabiskan] {angkakecil},{angkakecil} juta [kiloliter|ton], [sehingga|dan] [stok|sisa ekspor] [menipis|terjaga|menyusut] {persen}.",
        "[Pupuk|Herbisida|Ongkos panen] [melonjak|menyita|menggerus] {persen} [pendapatan|biaya kebun|kas koperasi], [padahal|sementara] [hasil|harga jual] [belum pulih|turun|stagnan].",
        "[Ganoderma|Hama ulat api|Tikus] [menyerang|merusak|mengancam] {angka} hektare, [dan|sehingga] [petani|perusahaan] [memasang burung hantu|membongkar tunggul|memakai agen hayati].",
    ),
    tags=("Sawit", "CPO", "Petani Sawit", "ISPO", "Biodiesel", "PSR", "Minyak Goreng", "Perkebunan"),
)

VIDEO = Beat(
    topics=("bincang bos", "laporan pasar pagi", "jelajah pabrik", "kelas investasi", "cerita pendiri", "tur kebun"),
    headlines=(
        "VIDEO: {topik} Bersama {tokoh}, Rahasia {emiten} Bertahan",
        "Tonton {topik}: Menengok {wilayah} dari Dekat",
        "[Wawancara|Siniar] {tokoh}: Mengapa {emiten} Memilih {wilayah}",
        "{topik} Edisi {bulan}: {angkakecil} Pelajaran dari {negara}",
    ),
    sentences=(
        "[Rekaman|Tayangan|Episode] berdurasi {angkakecil} menit ini [diambil|direkam|disiarkan] di {kotalain} pada {hari} [pagi|petang|malam].",
        "[Pemirsa|Penonton|Pelanggan kanal] [dapat|bisa] [mengirim pertanyaan|memilih tamu|memberi masukan] [untuk|bagi] {topik} [berikutnya|edisi {bulan}].",
        "[Kamera|Kru|Tim liputan] [mengikuti|menyusuri|merekam] [jalannya produksi|kesibukan gudang|rapat pagi] {emiten} [selama {angkakecil} jam|sejak subuh].",
        "[Pembawa acara|Pemandu|Moderator] [menanyakan|menggali|mengupas] [awal mula usaha|strategi harga|kegagalan pertama] [sang tamu|{nama}|narasumber] [tanpa naskah|dengan santai].",
    ),
    tags=("Video", "Wawancara", "Podcast", "Bos"),
)

BEATS = {
    "News": NEWS,
    "EkBis": EKBIS,
    "New Economy": NEW_ECONOMY,
    "Kabar Finansial": FINANCE,
    "Bursa": BURSA,
    "Sport & Lifestyle": LIFESTYLE,
    "Kabar Sawit": SAWIT,
    "Video": VIDEO,
}

LEADS = (
    "{pt} [mengumumkan|memastikan|menyampaikan] [langkah baru|rencana|perkembangan] [di bidang|terkait|seputar] {topik} [pada {hari}|di {kotalain}|dalam keterangan resmi] [senilai|dengan nilai] {rupiah}.",
    "{lembaga} [mencatat|melaporkan|menyebut] {topik} [tumbuh|berubah|bergerak] {persen} [sepanjang {kuartal}|hingga {bulan} {tahun}|dalam {angkakecil} bulan terakhir].",
    "[Perkembangan|Nasib|Arah] {topik} di {wilayah} [kembali menjadi perhatian|ramai dibahas|disorot] [setelah|menyusul|seiring] [pernyataan|laporan|keputusan] {emiten} [pekan ini|pada {hari}|awal {bulan}].",
    "{jabatan} {emiten} {tokoh} [mengatakan|menuturkan|menjelaskan] {topik} [masih menjanjikan|perlu dibenahi|mulai pulih] [meski|kendati|walau] [tekanan biaya|persaingan|permintaan {negara}] [meningkat|belum reda|melemah].",
    "[Tidak kurang dari|Lebih dari|Hampir] {angka} [pelaku usaha|peserta|pihak] [dari {wilayah}|lintas daerah] [membahas|menyoroti|menguji] {topik} [dalam forum|di sela pameran|pada pertemuan] di {kotalain}, {hari}.",
    "[Kabar baik|Sinyal positif|Catatan penting] [datang|muncul|terdengar] dari {wilayah}: {topik} [menyumbang|menghasilkan|mencatatkan] {rupiah} [pada|selama] {kuartal} {tahun}.",
    "[Di tengah|Berlawanan dengan|Berbeda dari] [kelesuan|keramaian|keraguan] pasar {negara}, {topik} di dalam negeri [justru|malah|tetap] [naik|bertahan|menanjak] {persen}.",
)

QUOTES = (
    "“[Kami|Manajemen|Tim kami] [melihat|percaya|menilai] {topik} [bukan sekadar angka|harus dijalankan hati-hati|punya ruang besar di {wilayah}],” [kata|ujar|tutur|ucap] {nama} [di {kotalain}|pada {hari}|kepada wartawan].",
    "“[Kalau|Jika|Bila] [permintaan|cuaca|kurs] [membaik|stabil|mendukung], [target|sasaran|angka] {persen} [bisa tercapai|tidak mustahil|akan kami kejar] [sebelum {bulan}|tahun ini],” [katanya|ujarnya|imbuhnya].",
    "[Menurut|Bagi|Dalam pandangan] {nama}, [kunci|tantangan|pelajaran] {topik} [terletak pada|adalah|ada di] [kedisiplinan|kualitas data|kesabaran mitra|modal kerja|kepercayaan pelanggan] [dan|serta] [tata kelola|ketepatan waktu|kemampuan beradaptasi].",
    "“[Jangan|Tidak perlu|Kita tak boleh] [terburu-buru|panik|puas dulu]. [Hitung dulu|Lihat|Periksa] [risikonya|arus kasnya|kebutuhannya] [baru melangkah|lalu putuskan],” [pesan|ungkap|kata] {ahli}.",
    "{ahli}, {ahlijab}, [berpendapat|mengingatkan|menduga] {topik} [akan melambat|rentan koreksi|bisa melampaui perkiraan] [bila|apabila|selama] [belanja masyarakat|kebijakan fiskal|pasokan global] [tak berubah|terganggu|menguat].",
    "“[Angka|Capaian|Tambahan] {rupiah} itu [berasal dari|datang dari|ditopang] [kontrak baru|pelanggan lama|efisiensi|pasar {negara}],” [jelas|papar|terang] {tokoh}.",
    "[Ia|{nama}] [menambahkan|melanjutkan|menekankan], [pihaknya|timnya|perseroan] [telah|sudah|akan] [menunjuk|menggandeng|mengundang] {angkakecil} [mitra|konsultan|pemasok] [dari {negara}|lokal|untuk {wilayah}].",
    "[Saat dihubungi|Ditemui|Ditanya] [di kantornya|di {kotalain}|seusai acara], {nama} [enggan memerinci|membantah|membenarkan] [kabar|rencana|spekulasi] [merger|pergantian direksi|kenaikan tarif] [itu|tersebut].",
    "“[Saya|Kami] [lahir|belajar|memulai usaha] di {wilayah}, jadi [tahu|paham|mengerti] betul [apa yang dibutuhkan|mengapa {topik} penting|susahnya mencari pembeli],” [kenang|cerita|kata] {nama}.",
    "[Pernyataan|Sikap|Penjelasan] [itu|serupa] [disampaikan|dilontarkan|dikemukakan] [juga oleh|pula oleh] {ahli} yang [menyebut|menaksir|memperkirakan] [dampaknya|potensinya|kerugiannya] {rupiah}.",
)

CONTEXT = (
    "[Pada|Selama|Sepanjang] {kuartal} {tahun}, [pendapatan|penjualan|laba usaha] {emiten} [tercatat|mencapai|menyentuh] {rupiah}, [atau|yakni] [naik|turun|tumbuh] {persen} [secara tahunan|dari {kuartal}].",
    "[Data|Catatan|Publikasi] {lembaga} [menunjukkan|memperlihatkan|mengungkap] [konsumsi|inflasi|indeks keyakinan] di {wilayah} [berada di angka|bergeser ke|bertahan pada] {persen} [per {bulan}|pada {bulan} {tahun}].",
    "[Sebelumnya|Pada {bulan} lalu|Setahun silam], {emiten} [menutup|membuka|menjual] [unit|cabang|anak usaha] di {kotalain} [karena|lantaran|akibat] [biaya sewa|perubahan selera|sengketa kontrak] [yang membengkak|berkepanjangan].",
    "[Sejumlah|Beberapa|{angkakecil}] [pemasok|pelanggan|kreditur] [asal|di] {wilayah} [sempat|masih|mulai] [menahan|mempercepat|menegosiasikan] [pembayaran|pengiriman|kerja sama] [hingga {bulan}|selama {angkakecil} pekan].",
    "[Persaingan|Kompetisi|Perebutan pasar] dengan [pemain|produk|merek] {negara} [makin ketat|tak terhindarkan|mendorong inovasi], [terutama|khususnya] [di kelas menengah|pada segmen murah|di luar Jawa].",
    "[Tahun depan|Pada {tahun}|Mulai {bulan}], [belanja modal|anggaran|investasi] {rupiah} [disiapkan|dipatok|direncanakan] untuk [mesin|pelatihan karyawan|jaringan distribusi|riset] [dan sisanya untuk pemasaran|dengan pendanaan internal|melalui pinjaman bank].",
    "[Laporan|Kajian|Riset] [setebal {angka} halaman|terbaru|internal] [menempatkan|menyoroti|membandingkan] {wilayah} [di posisi {angkakecil}|dengan {negara}|sebagai contoh] [dalam hal|untuk urusan] {topik}.",
    "[Libur panjang|Musim hujan|Tahun ajaran baru|Panen raya] [biasanya|kerap|jarang] [mengubah|mengerek|menekan] [pola belanja|lalu lintas barang|harga pangan] [di {wilayah}|hingga {persen}|menjelang {bulan}].",
    "[Jumlah|Populasi|Total] [pelanggan|karyawan|anggota] [bertambah|menyusut|bergerak] dari {angka} menjadi {angka} [orang|akun|keluarga] [dalam {angkakecil} bulan|sejak {bulan} {tahun}].",
    "[Kebijakan|Skema|Insentif] [baru|tersebut|sementara] [dijadwalkan|diharapkan|diputuskan] [berlaku|ditinjau|berakhir] [pada {hari} pekan kedua {bulan}|setelah {angkakecil} bulan|bersamaan dengan tutup buku].",
    "[Lembaga pemeringkat|Auditor|Kantor akuntan] [memberi|menyematkan|mempertahankan] [peringkat|opini|prospek] [stabil|positif|wajar tanpa pengecualian] [untuk|kepada] {emiten} [pada {bulan}|atas laporan {tahun}].",
    "[Transaksi|Perjanjian|Kesepakatan] [diteken|dirampungkan|ditandatangani] di {kotalain} [disaksikan|dengan dihadiri] [perwakilan|utusan|pejabat] {lembaga} dan [mitra|delegasi] {negara}.",
    "[Harga|Tarif|Ongkos] [rata-rata|eceran|grosir] [bergerak|berubah|naik] dari Rp{angka} menjadi Rp{angka} [dalam dua pekan|sejak {hari}|per satuan], [menurut|mengutip] [pantauan pasar|data harian|catatan pedagang] di {kotalain}.",
    "[Rantai pasok|Jalur logistik|Arus barang] [antara|dari] {wilayah} [dan|menuju] {wilayah} [memakan waktu|butuh|menghabiskan] {angkakecil} hari, [lebih lama|lebih singkat] dibandingkan [rute lama|pengiriman udara|standar {negara}].",
    "[Kelompok usia|Generasi|Keluarga muda] [produktif|di perkotaan|di {wilayah}] [menyumbang|mewakili|membentuk] {persen} [permintaan|transaksi|kunjungan], [disusul|diikuti] [pensiunan|pelajar|pekerja lepas].",
    "[Bencana|Pemogokan|Gangguan listrik] di {negara} [pada {bulan}|pekan lalu] [menyebabkan|memicu|mengakibatkan] [kelangkaan|penundaan|lonjakan pesanan] [selama {angkakecil} hari|senilai {rupiah}|di {angkakecil} pelabuhan].",
    "[Undang-undang|Perda|Keputusan presiden] [nomor|bernomor] {angkakecil} tahun {tahun} [mewajibkan|mengatur|melarang] [pelaporan berkala|kemasan sekali pakai|perekrutan tanpa kontrak|praktik monopoli] [bagi|oleh] [badan usaha|importir|penyelenggara].",
    "[Di lapangan|Di {kotalain}|Pantauan di pasar], [antrean|stok|keramaian] [tampak|terlihat|masih] [normal|menipis|mengular] [hingga|sampai] [siang|petang|{hari} malam].",
    "[Survei|Sensus|Jajak pendapat] [terhadap|atas|kepada] {angka} [responden|rumah tangga|perusahaan] [memperkirakan|mengindikasikan|menyimpulkan] [ekspansi|kehati-hatian|optimisme] [hingga {bulan}|sepanjang {tahun}] dengan [galat|tingkat kepercayaan] {persen}.",
    "[Direksi|Serikat pekerja|Pemegang saham] [mengusulkan|menyetujui|menolak] [bonus|kenaikan upah|program saham] {persen} [dalam rapat|lewat pemungutan suara] [di {kotalain}|pada {hari}|yang berlangsung {angkakecil} jam].",
)

CLOSINGS = (
    "[Ke depan|Selanjutnya|Dalam waktu dekat], {emiten} [berencana|bersiap|berharap] [memperluas|mengulang|menuntaskan] [program ini|langkah itu|kerja sama] [ke {wilayah}|hingga {negara}|sebelum {bulan} {tahun}].",
    "[Keputusan|Hasil|Evaluasi] [akhir|lengkap|resmi] [akan diumumkan|dijadwalkan keluar|ditunggu] [pada {hari}|{bulan} mendatang|setelah rapat dengan {lembaga}].",
    "[Hingga berita ini ditulis|Sampai {hari} malam|Sejauh ini], [belum ada|masih ditunggu] [tanggapan|keterangan|jawaban] [dari|resmi dari] {lembaga} [mengenai|perihal] [angka|usulan|keluhan] [itu|tersebut].",
    "[Informasi|Pendaftaran|Keterangan] [lebih lanjut|lengkap] [tersedia|dibuka|dapat dilihat] [di kantor {emiten}|di loket {kotalain}|lewat layanan pelanggan] [sampai|hingga] {angkakecil} {bulan} {tahun}.",
    "[Masyarakat|Investor|Mitra usaha] [diharapkan|diminta|disarankan] [tetap tenang|mencermati perkembangan|memeriksa sumber resmi] [agar|supaya] [tidak salah langkah|keputusan lebih matang].",
)

SUBHEADS = (
    "[Peluang|Tantangan|Peta] {topik} di {wilayah}",
    "[Mengapa|Bagaimana] {topik} [Berubah|Bertahan|Penting]?",
    "Rencana {emiten} pada {tahun}",
    "[Tanggapan|Catatan|Saran] {ahli}",
    "[Dampak|Risiko] bagi [Konsumen|Petani|Pelaku Usaha|Investor]",
    "[Langkah|Jadwal] Berikutnya",
)

ITEMS = (
    "[Alokasi|Biaya|Dana] [persiapan|operasional|pelatihan]: {rupiah}",
    "[Jumlah|Kuota] [peserta|lokasi|unit] di {wilayah}: {angka}",
    "[Siapkan|Lengkapi|Unggah] [kartu identitas|laporan keuangan|surat domisili|foto lokasi] [sebelum|paling lambat] {angkakecil} {bulan}",
    "[Target|Capaian] {kuartal}: {persen}",
    "[Penanggung jawab|Narahubung]: {ahli}",
    "[Periksa|Bandingkan|Catat] [bunga dan biaya|umur pakai|riwayat penjual] [dengan teliti|di {angkakecil} tempat]",
)

ITALICS = ("startup", "e-commerce", "rights issue", "demplot", "podcast", "resistance", "support", "palm kernel")

PROMOS = (
    "Mau Berita Terbaru Lainnya dari Warta Ekonomi? Yuk Follow Kami di Google News dengan menekan tanda bintang.",
    "Ikuti Saluran WhatsApp Warta Ekonomi supaya kabar pilihan redaksi sampai lebih dulu.",
)
