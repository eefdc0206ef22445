"""Bytes become text without a loss that is not reported."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wartacrawl.page import Page, decode

NOW = datetime(2026, 11, 20, tzinfo=UTC)
UTF_8 = "text/html; charset=utf-8"


def notes(body, content_type=UTF_8):
    return Page.from_bytes("https://example.org/", body, fetched_at=NOW, via="artikel", content_type=content_type).notes


@given(st.text("aé“”–ñ 你", max_size=60))
def test_utf_8_is_read_as_it_is_whatever_is_declared(text):
    assert decode(text.encode(), "text/html; charset=iso-8859-1") == text
    assert notes(text.encode()) == ()


@given(st.text("aé“”–ñ ", min_size=1, max_size=60))
def test_windows_1252_in_a_page_of_utf_8_loses_nothing(text):
    body = "<p>你好</p>\n".encode() + b"\n".join(letter.encode("cp1252") for letter in text) + b"\n"
    assert decode(body, UTF_8) == "<p>你好</p>\n" + "\n".join(text) + "\n"


@pytest.mark.parametrize("name", ["uu", "rot13", "hex", "no-such-charset", "undefined"])
def test_a_charset_that_is_none_does_not_stop_the_reader(name):
    assert decode(b"<p>caf\xe9", f"text/html; charset={name}") == "<p>café"


def test_what_was_read_otherwise_than_declared_is_noted():
    assert "read as Windows-1252" in notes("“Siap”".encode() + b"\x96 ")[0]
    (_, lost) = notes("“Siap”".encode() + b"\xe2\x80 ")
    assert lost.startswith("1 letters could not be read")


@pytest.mark.parametrize("body", [b"\xef\xbb\xbf<p>caf\xc3\xa9", b"<p>polos"])
def test_a_sound_page_has_no_notes(body):
    assert notes(body) == ()


@given(st.binary(max_size=80))
def test_any_bytes_are_read(body):
    assert "\x00" not in decode(body, UTF_8)
