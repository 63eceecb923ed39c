"""What becomes of the host's responses: pages get gate and banner, whole and correct; all else stays as it is."""

from __future__ import annotations

import gzip
import http.client
import threading
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import brotli
import pytest
from flask import Flask, Response, abort, send_file, send_from_directory, stream_with_context
from flask_compress import Compress
from werkzeug.test import TestResponse

from .worlds import PAGE, Visitor, has_banner, has_gate, has_link, make_app, served

FRAGMENT = "<p>only a piece</p>"


def views(app: Flask) -> None:
    """Responses of every kind that real applications give."""
    folder = Path(app.root_path)
    (folder / "page.html").write_text(PAGE, encoding="utf-8")
    static = folder / "static"
    static.mkdir(exist_ok=True)
    (static / "page.html").write_text(PAGE, encoding="utf-8")
    (static / "code.js").write_text("'</body>'", encoding="utf-8")
    zipped = gzip.compress(PAGE.encode(), mtime=0)

    def streamed() -> Iterator[str]:
        yield PAGE[:20]
        yield PAGE[20:60]
        yield PAGE[60:]

    def coded(body: bytes, coding: str, kind: str = "text/html") -> Response:
        return Response(body, mimetype=kind, headers={"Content-Encoding": coding})

    rules: dict[str, Callable[[], object]] = {
        "/page": lambda: PAGE,
        "/list": lambda: Response([PAGE[:30], PAGE[30:]], mimetype="text/html"),
        "/stream": lambda: Response(streamed(), mimetype="text/html"),
        "/stream-context": lambda: Response(stream_with_context(streamed()), mimetype="text/html"),
        "/stream-length": lambda: Response(
            streamed(), mimetype="text/html", headers={"Content-Length": str(len(PAGE)), "ETag": '"x"'}
        ),
        "/stream-fragment": lambda: Response(iter([FRAGMENT]), mimetype="text/html"),
        "/stream-json": lambda: Response(iter(["[1]"]), mimetype="application/json"),
        "/fragment": lambda: FRAGMENT,
        "/empty": lambda: "",
        "/json": lambda: {"page": PAGE},
        "/text": lambda: Response(PAGE, mimetype="text/plain"),
        "/xml": lambda: Response(PAGE, mimetype="application/xml"),
        "/204": lambda: Response(status=204),
        "/302": lambda: Response(PAGE, 302, {"Location": "/page"}, mimetype="text/html"),
        "/304": lambda: Response(status=304, headers={"ETag": '"x"'}),
        "/206": lambda: Response(PAGE[:50], 206, {"Content-Range": f"bytes 0-49/{len(PAGE)}"}, mimetype="text/html"),
        "/418": lambda: abort(418),
        "/gzip": lambda: coded(zipped, "gzip"),
        "/gzip-twice": lambda: coded(
            gzip.compress(PAGE[:40].encode(), mtime=0) + gzip.compress(PAGE[40:].encode(), mtime=0), "gzip"
        ),
        "/gzip-cut": lambda: coded(zipped[:-20], "gzip"),
        "/gzip-lie": lambda: coded(PAGE.encode(), "gzip"),
        "/gzip-stream": lambda: Response(
            iter([zipped[:9], zipped[9:30], zipped[30:]]), mimetype="text/html", headers={"Content-Encoding": "gzip"}
        ),
        "/br": lambda: coded(brotli.compress(PAGE.encode()), "br"),
        "/utf-16": lambda: Response(PAGE.encode("utf-16"), content_type="text/html; charset=utf-16"),
        "/latin-1": lambda: Response(
            PAGE.replace("<html>", "<html lang=de>").replace("Welcome", "Grüße").encode("latin-1"),
            content_type="text/html; charset=iso-8859-1",
        ),
        "/file": lambda: send_file(folder / "page.html"),
        "/file-last": lambda: send_from_directory(folder, "page.html", max_age=0),
        "/tagged": lambda: Response(PAGE, mimetype="text/html", headers={"ETag": '"host"', "Last-Modified": "x"}),
    }
    for rule, view in rules.items():
        app.add_url_rule(rule, rule, view)  # type: ignore[arg-type]

    @app.get("/boom")
    def boom() -> str:
        raise RuntimeError("the host's own mistake")

    @app.get("/handled")
    def handled() -> str:
        abort(404)

    app.register_error_handler(404, lambda error: ("<!doctype html><title>Gone</title><p>Nothing here", 404))


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    return make_app(tmp_path / "shop", after=views)


def whole(response: TestResponse) -> bool:
    """Whether a page has everything of ours, once, and all of its own."""
    page = response.text
    return has_gate(page) and has_banner(page) and has_link(page) and page.count('id="consent-form"') == 1


PAGES = ["/page", "/list", "/stream", "/stream-context", "/stream-length", "/file", "/file-last", "/static/page.html"]


@pytest.mark.parametrize("path", PAGES)
def test_a_page_gets_gate_banner_and_link_and_keeps_what_it_had(visitor: Visitor, path: str) -> None:
    response = visitor.get(path)
    assert response.status_code == 200 and whole(response)
    assert response.text.startswith("<!doctype html><html><head><script>")
    assert response.text.endswith("</body></html>") and "<h1>Welcome</h1>" in response.text


@pytest.mark.parametrize("path", [*PAGES, "/gzip", "/fragment", "/json", "/handled"])
def test_its_length_is_right_or_left_out(visitor: Visitor, path: str) -> None:
    response = visitor.get(path)
    length = response.headers.get("Content-Length")
    assert length is None or int(length) == len(response.data)
    if "stream" in path:
        assert length is None


@pytest.mark.parametrize(
    "path", ["/page", "/list", "/file", "/static/page.html", "/gzip", "/handled", "/fragment", "/json"]
)
def test_head_says_what_get_would(visitor: Visitor, path: str) -> None:
    got = visitor.get(path)
    head = visitor.client.head(path, buffered=True)
    assert head.data == b"" and head.status_code == got.status_code
    assert head.headers["Content-Length"] == got.headers["Content-Length"]
    assert {name for name, _ in head.headers} == {name for name, _ in got.headers}


UNTOUCHED = [
    ("/fragment", FRAGMENT.encode()),
    ("/stream-fragment", FRAGMENT.encode()),
    ("/empty", b""),
    ("/text", PAGE.encode()),
    ("/xml", PAGE.encode()),
    ("/stream-json", b"[1]"),
    ("/204", b""),
    ("/304", b""),
    ("/206", PAGE[:50].encode()),
    ("/302", PAGE.encode()),
    ("/br", brotli.compress(PAGE.encode())),
    ("/utf-16", PAGE.encode("utf-16")),
    ("/gzip-cut", gzip.compress(PAGE.encode(), mtime=0)[:-20]),
    ("/gzip-lie", PAGE.encode()),
    ("/static/code.js", b"'</body>'"),
]


@pytest.mark.parametrize(("path", "body"), UNTOUCHED, ids=[path for path, _ in UNTOUCHED])
def test_what_cannot_be_rewritten_is_left_alone(visitor: Visitor, path: str, body: bytes) -> None:
    assert visitor.get(path).data == body


QUOTED = [
    "<!doctype html><html><head></head><body><p>x</p>[]</body></html><!-- kept since noon </body> -->",
    "<!doctype html><html><head></head><body><p>x</p>[]</body></html><script>s = '</body>'</script>",
    "<!doctype html><html><head></head><body><p>x</p><script>print('</body>')</script>[]",
    "<!doctype html><html><head></head><body><!-- </body> --><style>/* </body> */</style><p>x</p>[]",
    "<!doctype html><html><head></head><body><p>x</p>[]</BODY ></html><!-- a --><script>b</script>",
]


@pytest.mark.parametrize("page", QUOTED)
def test_what_only_looks_like_the_end_of_a_page_stays_whole(tmp_path: Path, page: str) -> None:
    def setup(app: Flask) -> None:
        app.add_url_rule("/x", "x", lambda: page.replace("[]", ""))
        app.add_url_rule("/y", "y", lambda: Response(iter(page.replace("[]", "")), mimetype="text/html"))

    visitor = Visitor(make_app(tmp_path / "other", after=setup))
    before, _, after = page.partition("[]")
    got = visitor.get("/x").text
    body = got[got.index("<body>") :]
    assert body.startswith(before[before.index("<body>") :] + "<nav") and body.endswith("</p>" + after)
    streamed = visitor.get("/y").text
    assert has_banner(streamed) and before[before.index("<body>") :] in streamed
    assert streamed.endswith((after, "</p>")) and "<script>s = '</body>'</script>" in streamed + QUOTED[1]


def test_a_part_of_a_file_is_left_alone(visitor: Visitor) -> None:
    response = visitor.get("/file", headers={"Range": "bytes=0-49"})
    assert response.status_code == 206 and response.data == PAGE[:50].encode()
    assert response.headers["Content-Range"] == f"bytes 0-49/{len(PAGE)}"


def test_json_stays_json(visitor: Visitor) -> None:
    assert visitor.get("/json").get_json() == {"page": PAGE}


@pytest.mark.parametrize(("path", "status"), [("/418", 418), ("/nowhere", 404), ("/handled", 404)])
def test_error_pages_are_pages_too(visitor: Visitor, path: str, status: int) -> None:
    response = visitor.get(path)
    assert response.status_code == status and whole(response)


def test_a_crash_of_the_host_stays_its_own(tmp_path: Path) -> None:
    app = make_app(tmp_path / "other", after=views, PROPAGATE_EXCEPTIONS=False)
    response = Visitor(app).get("/boom")
    assert response.status_code == 500 and whole(response)


@pytest.mark.parametrize("path", ["/gzip", "/gzip-twice", "/gzip-stream"])
def test_what_is_zipped_is_opened_and_closed_again(visitor: Visitor, path: str) -> None:
    response = visitor.get(path)
    assert response.headers["Content-Encoding"] == "gzip"
    page = zlib.decompressobj(31).decompress(response.data).decode()
    assert has_gate(page) and has_banner(page) and page.endswith("</body></html>") and "<h1>Welcome</h1>" in page


def test_another_charset_gets_readable_words(visitor: Visitor) -> None:
    page = visitor.get("/latin-1").data.decode("latin-1")
    assert "Grüße" in page and 'lang="de"' in page
    banner = page[page.index('<section id="consent"') :]
    assert banner.isascii() and "&#" in banner  # every letter beyond ASCII as a character reference


def test_validators_of_the_host_do_not_outlive_its_bytes(visitor: Visitor) -> None:
    for path in ("/tagged", "/file", "/static/page.html", "/stream-length"):
        names = {name for name, _ in visitor.get(path).headers}
        assert not names & {"ETag", "Last-Modified", "Accept-Ranges"}, path
    for path in ("/static/code.js",):
        assert "ETag" in visitor.get(path).headers


@pytest.mark.parametrize("zipped_by", ["before", "after"])
@pytest.mark.parametrize("path", ["/", "/stream"])
def test_flask_compress_before_and_after(tmp_path: Path, zipped_by: str, path: str) -> None:
    settings = {"COMPRESS_MIN_SIZE": 1, "COMPRESS_ALGORITHM": ["gzip"], "COMPRESS_ALGORITHM_STREAMING": ["gzip"]}

    def first(app: Flask) -> None:
        if zipped_by == "before":
            Compress(app)

    def last(app: Flask) -> None:
        views(app)
        if zipped_by == "after":
            Compress(app)

    app = make_app(tmp_path / "other", before=first, after=last, **settings)
    response = Visitor(app).get(path, headers={"Accept-Encoding": "gzip"})
    assert response.headers["Content-Encoding"] == "gzip"
    page = zlib.decompressobj(31).decompress(response.data).decode()
    assert has_gate(page) and has_banner(page) and page.endswith("</body></html>")


def test_flask_compress_with_its_defaults(tmp_path: Path) -> None:
    app = make_app(tmp_path / "other", before=lambda app: Compress(app), COMPRESS_MIN_SIZE=1)
    response = Visitor(app).get("/", headers={"Accept-Encoding": "br"})
    assert response.headers["Content-Encoding"] == "br"
    page = brotli.decompress(response.data).decode()
    assert has_gate(page) and has_banner(page)


def test_on_the_wire_lengths_hold_and_head_has_no_body(app: Flask) -> None:
    with served(app) as port:
        for path in ("/page", "/file", "/static/page.html", "/gzip"):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
            connection.request("GET", path)
            got = connection.getresponse()
            body = got.read()  # http.client raises if it is shorter than was said
            assert len(body) == int(got.headers["Content-Length"])
            connection.request("HEAD", path)
            head = connection.getresponse()
            assert head.read() == b"" and head.headers["Content-Length"] == got.headers["Content-Length"]
            connection.close()


def test_a_stream_is_not_held_back(tmp_path: Path) -> None:
    go_on, closed = threading.Event(), threading.Event()

    def setup(app: Flask) -> None:
        @app.get("/slow")
        def slow() -> Response:
            def parts() -> Iterator[str]:
                try:
                    yield "<!doctype html><html><head></head><body><p>first</p><p>second</p>" + " " * 64
                    assert go_on.wait(20)
                    yield "<p>last</p></body></html>"
                finally:
                    closed.set()

            return Response(parts(), mimetype="text/html")

    app = make_app(tmp_path / "other", after=setup)
    with served(app) as port:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        connection.request("GET", "/slow")
        response = connection.getresponse()
        early = b""
        while b"<p>first</p>" not in early:  # before the host has made the rest
            early += response.read1(65_536)
        assert GATE_MARK in early and not go_on.is_set()
        go_on.set()
        page = early + response.read()
        assert page.endswith(b"</body></html>") and b'<section id="consent"' in page and b"<p>last</p>" in page
        connection.close()
    assert closed.wait(20)


GATE_MARK = b'{"s":"demo"'


def test_a_stream_that_is_given_up_is_closed(tmp_path: Path) -> None:
    closed = threading.Event()

    def setup(app: Flask) -> None:
        @app.get("/slow")
        def slow() -> Response:
            def parts() -> Iterator[str]:
                try:
                    yield "<!doctype html><html><head></head><body>" + "x" * 100
                    yield "y" * 100
                finally:
                    closed.set()

            return Response(parts(), mimetype="text/html")

    app = make_app(tmp_path / "other", after=setup)
    with app.test_request_context("/slow"):
        response = app.full_dispatch_request()
        assert next(iter(response.response))
        response.close()
    assert closed.is_set()


def test_what_has_been_chosen_is_not_asked_again(visitor: Visitor) -> None:
    visitor.press("reject_all", at="/page")
    for path in ("/page", "/stream", "/file", "/418"):
        page = visitor.get(path).text
        assert has_gate(page) and has_link(page) and not has_banner(page), path
