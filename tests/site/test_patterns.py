"""Each pattern that regulators forbid, planted in a good file: found, at its key, with its source."""

from __future__ import annotations

import pytest

from consent.site.refused import REFUSED
from consent.site.trackers import delicate, maker, measures, tracks
from consent.site.transfers import needs_safeguard

from .samples import mistakes, only

TEXT = 'text = "Shows us what is used."'


@pytest.mark.parametrize(
    ("words", "source"),
    [
        ("Are you sure you want worse pictures?", "R13"),
        ("No thanks, I don't care about quality.", "R13"),
        ("You will miss out on the best.", "R13"),
        ("Sind Sie sicher?", "R13"),
        ("Bitte lehnen Sie nicht ab.", "R13"),
        ("هل أنت متأكد أنك لا تريد؟", "R13"),
        ("Hurry, this ends soon.", "R13"),
        ("Only 10 seconds left.", "R13"),
        ("Nur noch 10 Sekunden.", "R13"),
        ("We will ask you again tomorrow.", "R9"),
        ("We ask until you accept.", "R9"),
        ("By using this site, you agree to statistics.", "R1"),
        ("Continued use of the service means that you accept.", "R1"),
        ("You must accept to go on.", "R1"),
        ("Mit der weiteren Nutzung stimmen Sie zu.", "R1"),
        ("باستخدامك الموقع فإنك توافق.", "R1"),
        ("Accept and close.", "R4"),
        ("Closing this means yes.", "R4"),
        ("These are strictly necessary cookies.", "ePrivacy 5(3)"),
        ("This cannot be switched off.", "ePrivacy 5(3)"),
    ],
)
def test_wording(words: str, source: str) -> None:  # R1, R4, R9, R13
    mistake = only((TEXT, f'text = "{words}"'))
    assert (mistake.key, mistake.severity) == ("purposes.analytics.text", "error")
    assert source in mistake.source and mistake.remedy


@pytest.mark.parametrize(
    "words",
    [
        "Makes sure that the page works for you.",
        "We count how many minutes people stay.",
        "Shows you the pictures that you missed? No: only counts visits.",
        "Helps us to agree on what to build next, by using counts.",
        "Zeigt uns, was genutzt wird.",
        "يبيّن لنا ما يُستخدم.",
    ],
)
def test_plain_words_pass(words: str) -> None:
    assert not mistakes((TEXT, f'text = "{words}"'))


def test_what_is_necessary_may_say_so() -> None:
    assert not mistakes(("[purposes.necessary]", '[purposes.necessary]\ntext = "This cannot be switched off."'))


@pytest.mark.parametrize("key", sorted(REFUSED))
def test_keys_that_would_break_a_rule(key: str) -> None:  # R1, R2, R4, R9, R13
    problem, remedy, source = REFUSED[key]
    mistake = only(("[purposes.analytics]", f"[purposes.analytics]\n{key} = true"))
    assert (mistake.problem, mistake.remedy, mistake.source) == (problem, remedy, source)
    assert mistake.key == f"purposes.analytics.{key}"


@pytest.mark.parametrize("basis", ["legitimate_interest", "contract", "legal_obligation", "necessary"])
def test_analytics_and_marketing_are_asked(basis: str) -> None:
    found = mistakes((TEXT, f'{TEXT}\nbasis = "{basis}"'))
    assert any(m.key == "purposes.analytics.basis" and "ePrivacy 5(3)" in m.source for m in found)


def test_legitimate_interest_stores_nothing() -> None:
    purpose = '\n[purposes.comfort]\nname="Comfort"\ntext="Keeps the volume."\nretention="1 year"\n'
    item = 'items=[{name="vol", duration="1 year"}]\n'
    mistake = only(more=purpose + 'basis="legitimate_interest"\n' + item)
    assert mistake.key == "purposes.comfort.basis" and "R1" in mistake.source
    assert only(more=purpose + 'basis="legal_obligation"\n' + item).key == "purposes.comfort.basis"
    assert not mistakes(more=purpose + 'basis="consent"\n' + item)
    assert not mistakes(more=purpose + 'basis="legitimate_interest"\n')


def test_necessary_rests_on_need() -> None:
    changed = ("[purposes.necessary]", '[purposes.necessary]\nbasis = "consent"')
    assert only(changed).key == "purposes.necessary.basis"


@pytest.mark.parametrize(
    "name",
    ["_ga", "_ga_*", "_gid", "_fbp", "ph_*", "ph_abc_posthog", "_clck", "amplitude_id", "_hjSession_1", "_gcl_au"],
)
def test_trackers_hidden_as_necessary(name: str) -> None:
    mistake = only(('name = "session", duration', f'name = "{name}", duration'))
    assert mistake.key == "purposes.necessary.items[0].name"
    assert "R1" in mistake.source and "R5" in mistake.source


def test_a_measuring_vendor_hidden_as_necessary() -> None:
    found = mistakes(("[purposes.necessary]", '[purposes.necessary]\nvendors = ["meadow"]'))
    assert any(m.key == "purposes.necessary.vendors" and "R5" in m.source for m in found)
    # and its items now belong to two purposes
    assert any(m.key == "vendors.meadow.items[0]" and "R8" in m.source for m in found)


def test_own_names_are_no_trackers() -> None:
    for name in ("session", "csrf_token", "_game", "gallery", "phone", "fragment", "theme*", "consent_shop"):
        assert not maker(name)
    assert not tracks("Harbour Pay") and not tracks("Metadata Ltd") and tracks("Google Analytics")
    assert measures("conversion") and not measures("uploads") and not measures("downloads")
    assert delicate("ai_training") and not delicate("constraint")


TRAINING = '\n[purposes.ai_training]\nname="Training"\ntext="Lets us train models."\nretention="1 year"\n'


def test_training_is_asked_on_its_own() -> None:
    plain = only(more=TRAINING + 'basis="consent"\n')
    assert (plain.key, plain.severity) == ("purposes.ai_training.explicit", "warning")
    unasked = only(more=TRAINING + 'basis="legitimate_interest"\n')
    assert (unasked.key, unasked.severity) == ("purposes.ai_training.basis", "warning")
    wrong = only(more=TRAINING + 'basis="contract"\nexplicit=true\n')
    assert (wrong.key, wrong.severity) == ("purposes.ai_training.explicit", "error")
    assert not mistakes(more=TRAINING + 'basis="consent"\nexplicit=true\n')


@pytest.mark.parametrize("key", ["name", "contact"])
def test_the_controller_is_named(key: str) -> None:
    line = {"name": 'name = "Example Shop Ltd"', "contact": 'contact = "privacy@shop.example"'}[key]
    mistake = only((line, ""))
    assert mistake.key == f"controller.{key}" and "R6" in mistake.source


def test_no_controller_and_no_policy_at_all() -> None:
    found = mistakes(
        ('[controller]\nname = "Example Shop Ltd"\ncontact = "privacy@shop.example"\n', ""),
        ('policy = "https://shop.example/privacy"', ""),
    )
    assert {mistake.key for mistake in found} == {"controller.name", "controller.contact", "site.policy"}


@pytest.mark.parametrize("kept", ['"forever"', '"We keep it indefinitely."', '{ en = "Kept for ever." }'])
def test_nothing_is_kept_for_ever(kept: str) -> None:
    mistake = only(('retention = "13 months"', f"retention = {kept}"))
    assert mistake.key == "purposes.analytics.retention" and "GDPR 5(1)(e)" in mistake.source


@pytest.mark.parametrize(("time", "severity"), [("forever", "error"), ("2 years", "warning"), ("14 months", "warning")])
def test_items_that_stay_too_long(time: str, severity: str) -> None:
    mistake = only(('"_mdw", duration = "13 months"', f'"_mdw", duration = "{time}"'))
    assert (mistake.key, mistake.severity) == ("vendors.meadow.items[0].duration", severity)
    local = only(('"_mdw", duration = "13 months"', f'"mdw", kind = "local", duration = "{time}"'))
    assert local.severity == "warning"


def test_items_of_two_purposes() -> None:
    more = '\n[purposes.functional]\nretention="1 year"\nitems=[{name="%s", duration="1 year"}]\n'
    assert only(more=more % "session").key == "purposes.functional.items[0]"
    assert only(more=more % "sess*").key == "purposes.functional.items[0].name"
    assert only(more=more % "consent*").key == "purposes.functional.items[0].name"
    assert {mistake.key for mistake in mistakes(more=more % "consent_shop")} >= {"purposes.functional.items[0].name"}


def test_each_language_has_its_words() -> None:
    both = ('languages = ["en"]', 'languages = ["en", "de"]')
    missing = only(both, (', text = "Keeps you signed in."', ""))
    assert (missing.key, missing.severity) == ("purposes.analytics.text", "warning") and "R10" in missing.source
    other = only((TEXT, 'text = { en = "a", de = "b" }'))
    assert (other.key, other.severity) == ("purposes.analytics.text.de", "warning")


def test_transfers_have_a_safeguard() -> None:
    mistake = only(('country = "DE"', 'country = "US"'))
    assert (mistake.key, mistake.severity) == ("vendors.meadow.safeguard", "warning") and "GDPR" in mistake.source
    assert not mistakes(('country = "DE"', 'country = "US"\nsafeguard = "Standard contractual clauses"'))
    assert not needs_safeguard("CH") and needs_safeguard("IN") and not needs_safeguard("")


def test_global_privacy_control_is_binding() -> None:
    mistake = only(more='\n[signals]\ngpc = "note"\n')
    assert (mistake.key, mistake.severity) == ("signals.gpc", "warning") and "R20" in mistake.source


STRICT = '\n[blocking]\nmode = "strict"\n'
HOSTS = ('items = [\n  { name = "_mdw"', 'hosts = ["meadow.example"]\nitems = [\n  { name = "_mdw"')


def test_strict_blocking_wants_hosts() -> None:
    mistake = only(more=STRICT)
    assert (mistake.key, mistake.severity) == ("vendors.meadow.hosts", "warning")
    assert mistake.remedy == 'hosts = ["meadow.example"].'
    assert not mistakes(HOSTS, more=STRICT)


def test_strict_blocking_of_a_known_vendor_without_hosts() -> None:
    mistake = mistakes(('["meadow"]', '["meadow", "snowplow"]'), HOSTS, more=STRICT)[-1]
    assert mistake.key == "vendors.snowplow.hosts"
    assert mistake.remedy.startswith("Declare [vendors.snowplow]")


def test_what_is_always_allowed_is_no_vendors() -> None:
    for host, theirs in (("meadow.example", True), ("cdn.meadow.example", False), ("dow.example", False)):
        found = mistakes(HOSTS, more=f'{STRICT}allow = ["cdn.example.com", "{host}"]')
        assert [mistake.key for mistake in found] == ["blocking.allow[1]"] * theirs


def test_what_is_allowed_without_strict_blocking() -> None:
    mistake = only(more='\n[blocking]\nallow = ["cdn.example.com"]\n')
    assert (mistake.key, mistake.severity) == ("blocking.allow", "warning")
