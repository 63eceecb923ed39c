"""Whatever a file holds, it becomes values or one clear sentence. No code of it is run."""

from __future__ import annotations

import builtins
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.importing.errors import NotRead
from consent.importing.literals import Regex, Unread
from consent.importing.names import patterns
from consent.importing.read import MOST_BYTES, decode, read
from consent.importing.tools import detect

from .samples import SAMPLES


def test_literals() -> None:
    whole = read(
        "{ a: 'it\\'s', b: -1.5, c: 0x1f, d: [1, 2,], e: !0, f: void 0, g: `t`, h: 'x' + \"y\", k: /^a/g }"
    ).whole
    assert whole == {
        "a": "it's", "b": -1.5, "c": 31, "d": [1, 2], "e": True, "f": None, "g": "t", "h": "xy", "k": Regex("^a", "g"),
    }  # fmt: skip
    assert read('{a: "\\ud83c\\udf6a", __proto__: {x: 1}}').whole == {"a": "🍪", "__proto__": {"x": 1}}


def test_code_is_named_and_not_run() -> None:
    source = read(
        "{ a: f(), b: () => 1, c: window.x, d: `t${y}`, ...rest, [k]: 1, short, e() {}, a: 2, g: new Date() }"
    )
    assert {key: type(value) for key, value in source.whole.items() if key != "a"} == dict.fromkeys(
        ("b", "c", "d", "short", "e", "g"), Unread
    )
    assert len(source.unread) == 3
    assert all(one.why for one in source.unread)


def test_a_name_stands_for_what_was_assigned_to_it() -> None:
    tool, config = detect(read("const mine = { categories: {} }; window.CookieConsent.run(mine)"))
    assert (tool.title, config) == ("vanilla-cookieconsent", {"categories": {}})


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "empty"),
        ("  \n", "empty"),
        ("{" * 1000, "nested"),
        ('{"a":' * 100_000, "nested"),
        ("[" * 100_000 + "]" * 100_000, "nested"),
        ("x=/'/;" + "[" * 50_000, "Line 1"),
        ("/*" * 30_000, "Line 1"),
        ("'\"" * 50_000, "Line 1|too much"),
        ("CookieConsent.run({ a: 'unterminated", "Line 1"),
        ("CookieConsent.run({\n a: {{ php }},\n})", "Line"),
        ("<p>nothing</p>", "no script"),
        ("<script>", "no configuration"),
        ("<a " * 300_000, "no script"),
        ("<!--" * 100_000 + "<script>", "no script"),
        ("<script>" * 100_000, "too much code"),
        ('{"a": 1}', "no configuration"),
        ("[]", "no configuration"),
        ("1", "no configuration"),
        ("\0", "no text"),
        ("9" * 5000, "no configuration"),
        ('{"a": NaN, "\\ud800": "‮\\ud800"}', "no configuration"),
        ("a=" * 20_000 + "1", "no configuration"),
        ("a=" * 500_000 + "1", "too much code"),
        ("\"'" * 500_000, "too much code"),  # each is an error of its own
        ("<script>" + "\"'" * 50_000 + "</script>" + "<script>\"'</script>" * 40_000, "too much code"),
        ("f(1 2)" * 100_000, "too much code"),
        ("f(" * 60 + ")" * 60, "no configuration"),
    ],
)
def test_hostile_files(text: str, says: str) -> None:
    with pytest.raises(NotRead, match=says) as told:
        detect(read(text))
    assert len(str(told.value)) < 1500


def test_bounds() -> None:
    with pytest.raises(NotRead, match="KiB"):
        decode(b" " * (MOST_BYTES + 1))
    with pytest.raises(NotRead, match="Line 2 is not UTF-8"):
        decode(b"{\n\xff}")


def test_a_script_of_a_page_that_cannot_be_read_is_listed() -> None:
    source = read("<script>{{ template }}</script><script>tarteaucitron.init({})</script>")
    assert len(source.unread) == 1 and [call.name for call in source.calls] == ["tarteaucitron.init"]


def test_without_the_extra_the_error_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *rest: Any, **more: Any) -> Any:
        if name.startswith("tree_sitter"):
            raise ImportError(name)
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(NotRead, match=r"consent-ledger\[import\]"):
        read("x = {}")
    assert read('{"a": 1}').whole == {"a": 1}


@pytest.mark.parametrize(
    ("expression", "names"),
    [
        ("^_mdw", ("_mdw*",)),
        ("^_mdw_.*$", ("_mdw_*",)),
        ("^(a1|b2)$", ("a1", "b2")),
        ("^a1|^b2$", ("a1*", "b2")),
        (r"^a\.b$", ("a.b",)),
        (r"^_mdw_[A-Z0-9]+$", ("_mdw_*",)),
        ("mdw", ()),
        ("^.*", ()),
        ("^(a(b|c))", ()),
        ("^a|b", ()),
        ("^a.c$", ()),
    ],
)
def test_expressions(expression: str, names: tuple[str, ...]) -> None:
    assert patterns(Regex(expression)) == names


@given(st.sampled_from(list(SAMPLES.values())), st.data())
def test_any_part_of_a_file(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    try:
        tool, config = detect(read(text[:start] + data.draw(st.text(max_size=3)) + text[end:]))
        tool.convert(config, "en")
    except NotRead as told:
        assert str(told)
