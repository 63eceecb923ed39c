from __future__ import annotations

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from consent import encoding

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
NAMES = st.text("abcdefghijklmnopqrstuvwxyz_/0123456789", min_size=1, max_size=8)
LEAVES = TEXT | st.booleans() | st.none() | st.integers(-(2**53) + 1, 2**53 - 1)
VALUES = st.recursive(LEAVES, lambda inner: st.dictionaries(NAMES, inner, max_size=5) | st.lists(inner, max_size=4))


@given(st.dictionaries(NAMES, VALUES, max_size=6))
def test_the_fast_canonical_form_is_that_of_the_reference_library(value: object) -> None:
    assert encoding.canonical_ascii_keys(value) == rfc8785.dumps(value)  # type: ignore[arg-type]


def test_lone_surrogates_have_no_canonical_form() -> None:
    for form in (encoding.canonical, encoding.canonical_ascii_keys):
        with pytest.raises((UnicodeEncodeError, rfc8785.CanonicalizationError)):
            form({"a": "\ud800"})


@given(st.binary(max_size=70))
def test_base64url_has_one_spelling(data: bytes) -> None:
    text = encoding.b64(data)
    assert encoding.unb64(text) == data
    for other in (text + "=", text + "\n", " " + text, text + "A" * 4):
        if other != text:
            with pytest.raises(ValueError):
                assert encoding.unb64(other) != data
                raise ValueError


@pytest.mark.parametrize("text", ["A", "AB", "AAB", "+/+/", "é", "AA==", "A A A"])
def test_what_is_not_canonical_base64url_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        encoding.unb64(text)


@given(st.integers(0, 4_102_444_800))
def test_timestamps_go_there_and_back(moment: int) -> None:
    assert encoding.seconds(encoding.timestamp(moment)) == moment


@pytest.mark.parametrize(
    "text", ["2026-11-21", "2026-11-21T04:00:00", "2026-11-21T04:00:00+00:00", "2026-11-21T04:00:00.5Z", "x"]
)
def test_other_forms_of_time_are_refused(text: str) -> None:
    with pytest.raises(ValueError):
        encoding.seconds(text)


@pytest.mark.parametrize("text", ['{"a":1,"a":2}', "NaN", "[Infinity]", "{", ""])
def test_lax_json_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        encoding.strict_json(text)
