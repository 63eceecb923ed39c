from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.web import rewrite

PAGE = b"<!doctype html><html lang=de><head><title>x</title></head><body><p>y</p></body></html>"


@pytest.mark.parametrize(
    ("page", "wanted"),
    [
        (PAGE, b"<!doctype html><html lang=de><head>[H]<title>x</title></head><body><p>y</p>[B]</body></html>"),
        (
            b"<HTML><HEAD class='a'></HEAD><BODY></BODY ></HTML>",
            b"<HTML><HEAD class='a'>[H]</HEAD><BODY>[B]</BODY ></HTML>",
        ),
        (b"<!doctype html><title>no head</title>", b"<!doctype html>[H]<title>no head</title>[B]"),
        (b"<html><p>x", b"<html>[H]<p>x[B]"),
        (
            b"<!doctype html><head></head><script>'</body>'</script></body>",
            b"<!doctype html><head>[H]</head><script>'</body>'</script>[B]</body>",
        ),
        (
            b"<!doctype html><!-- <head> --><head></head></body>",
            b"<!doctype html><!-- <head> --><head>[H]</head>[B]</body>",
        ),
        (b"<!doctype html><html><header>x</header></html>", b"<!doctype html><html>[H]<header>x</header></html>[B]"),
    ],
)
def test_whole_pages(page: bytes, wanted: bytes) -> None:
    assert rewrite.whole(page, b"[H]", b"[B]") == wanted


@pytest.mark.parametrize(
    "fragment", [b"", b"<p>hello</p>", b"<div><header>x</header></div>", b"plain", b"<!-- <head> --><p>", b"</body>"]
)
def test_fragments_stay(fragment: bytes) -> None:
    assert rewrite.whole(fragment, b"[H]", b"[B]") is None
    assert b"".join(rewrite.stream([fragment], b"[H]", b"[B]")) == fragment


@given(
    st.integers(1, 9),
    st.sampled_from(
        [PAGE, PAGE + b"\n<!-- tail -->\n", b"<!doctype html><head></head></body>\n</body>\n", b"<html><p>x"]
    ),
)
def test_a_stream_ends_up_as_the_whole_page_does_however_it_is_cut(size: int, page: bytes) -> None:
    chunks = [page[at : at + size] for at in range(0, len(page), size)]
    assert b"".join(rewrite.stream(chunks, b"[H]", b"[B]")) == rewrite.whole(page, b"[H]", b"[B]")


def test_a_stream_does_not_wait_for_its_end() -> None:
    def endless() -> object:
        yield PAGE.partition(b"<p>")[0]
        while True:
            yield b"<p>more and more</p>"

    out = rewrite.stream(endless(), b"[H]", b"[B]")  # type: ignore[arg-type]
    assert b"[H]" in next(out)
    assert b"more and more" in next(out) + next(out) + next(out)


@given(st.binary(max_size=300))
def test_arbitrary_bytes_are_no_crash_and_lose_nothing(page: bytes) -> None:
    out = b"".join(rewrite.stream([page], b"", b""))
    assert out == page
    assert rewrite.whole(page, b"", b"") in (None, page)


@pytest.mark.parametrize(
    ("page", "lang"),
    [(PAGE, "de"), (b'<html dir=rtl lang="ar-EG">', "ar-EG"), (b"<html>", ""), (b"<html lang='x\"><script>'>", "x")],
)
def test_the_language_of_a_page(page: bytes, lang: str) -> None:
    assert rewrite.language(page) == lang
