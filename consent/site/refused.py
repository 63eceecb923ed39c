"""Keys that other consent tools have and this one refuses, each with the rule that forbids what it would do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

Rule = tuple[str, str, str]  # problem, remedy, source

_RULES: tuple[tuple[str, Rule], ...] = (
    (
        "wall cookie_wall block_page blocking force_consent overlay_page require_consent",
        (
            "A cookie wall makes people say yes to get in, so their yes is not free.",
            "Remove it: the site stays usable after Refuse all.",
            "GDPR 7(4), Rec. 42; EDPB 05/2020 ¶39",
        ),
    ),
    (
        "countdown timer timeout auto_close auto_hide autoclose",
        (
            "A countdown puts people under pressure.",
            "Remove it: the question waits until it is answered.",
            "EDPB 03/2022; R13",
        ),
    ),
    (
        "auto_accept autoaccept accept_on_scroll scroll_accepts accept_on_click implied"
        " implied_consent consent_on_continue",
        (
            "Scrolling, waiting or going on is no yes.",
            "Remove it: only a clear act counts.",
            "GDPR 4(11), Rec. 32; Planet49; R1",
        ),
    ),
    (
        "default checked preticked pre_ticked preselected enabled enabled_by_default on_by_default granted opt_out",
        (
            "An optional purpose cannot be on before it was chosen.",
            "Remove it: everything optional starts as off.",
            "GDPR 4(11), Rec. 32; Planet49; R1, R13",
        ),
    ),
    (
        "close close_button close_accepts accept_on_close close_action dismiss dismiss_accepts accept_and_close",
        (
            "“Accept and close” does not exist: closing keeps everything off.",
            "Remove it: Escape already closes and grants nothing.",
            "Garante 10-6-2021; VG Hannover 10 A 5385/22; R4",
        ),
    ),
    (
        "hide_reject reject_button show_reject reject hide_refuse decline_button buttons primary_button"
        " highlight_accept accept_color accept_colour reject_color reject_colour accept_style reject_style",
        (
            "Refuse all and Accept all are equal on the first layer: size, colour and place.",
            "Remove it: both buttons are always there and look the same.",
            "CNIL 2020-092 §34; Taskforce 2023 ¶8; TDDDG §25; R2",
        ),
    ),
    (
        "lifetime consent_lifetime expires expiry cookie_lifetime remember max_age yes_days no_days reconsent"
        " ask_again repeat remind nag",
        (
            "How long an answer lasts follows from the law of the region, not from the site.",
            "Remove it: a yes and a no last six months, and nobody is asked again before.",
            "CNIL 2020-092 §39; EDPB 03/2022; R9",
        ),
    ),
    (
        "legitimate_interest legitimate_interests leg_int li",
        (
            "Legitimate interest is no switch: it cannot stand in for a yes to storing on the device.",
            'Remove it; where a purpose stores nothing, write basis = "legitimate_interest".',
            "ePrivacy 5(3); Taskforce 2023 ¶24; R1",
        ),
    ),
    (
        "position",
        (
            "Where the banner stands is its layout.",
            'Write layout = "bar", "corner", "corner-start", "centre" or "inline".',
            "",
        ),
    ),
    (
        "secret secret_key private_key signing_key password token database database_url",
        (
            "A secret or an address of a database does not stand in the site file.",
            "Remove it: make keys with “consent keys new” and give the rest by environment or Flask configuration.",
            "",
        ),
    ),
)


def _pairs() -> Iterator[tuple[str, Rule]]:
    for names, rule in _RULES:
        for name in names.split():
            yield name, rule


REFUSED: Mapping[str, Rule] = dict(_pairs())
