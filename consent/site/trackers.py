"""Names of stored items and vendors that are known to measure people or to advertise, by which one is recognised
that stands where no consent is asked. Public facts: each name is documented by its maker."""

from __future__ import annotations

import re

# What a name is, or begins with (`*`), and who sets it.
_ITEMS: tuple[tuple[str, str], ...] = (
    ("_ga", "Google Analytics"),
    ("_ga_*", "Google Analytics"),
    ("_gid", "Google Analytics"),
    ("_gat", "Google Analytics"),
    ("_gat_*", "Google Analytics"),
    ("__utm*", "Google Analytics"),
    ("_dc_gtm_*", "Google Tag Manager"),
    ("_gcl_*", "Google Ads"),
    ("_gac_*", "Google Ads"),
    ("__gads", "Google Ads"),
    ("__gpi", "Google Ads"),
    ("IDE", "Google DoubleClick"),
    ("test_cookie", "Google DoubleClick"),
    ("_fbp", "Meta"),
    ("_fbc", "Meta"),
    ("_tt_*", "TikTok"),
    ("_ttp", "TikTok"),
    ("_scid*", "Snapchat"),
    ("_pin_unauth", "Pinterest"),
    ("_pinterest_*", "Pinterest"),
    ("_rdt_uuid", "Reddit"),
    ("_twclid", "X"),
    ("_twpid", "X"),
    ("muc_ads", "X"),
    ("li_fat_id", "LinkedIn"),
    ("li_sugr", "LinkedIn"),
    ("UserMatchHistory", "LinkedIn"),
    ("bcookie", "LinkedIn"),
    ("AnalyticsSyncHistory", "LinkedIn"),
    ("_uetsid*", "Microsoft Advertising"),
    ("_uetvid*", "Microsoft Advertising"),
    ("MUID", "Microsoft Advertising"),
    ("_clck", "Microsoft Clarity"),
    ("_clsk", "Microsoft Clarity"),
    ("_hj*", "Hotjar"),
    ("ph_*", "PostHog"),
    ("mp_*", "Mixpanel"),
    ("amplitude*", "Amplitude"),
    ("AMP_*", "Amplitude"),
    ("amp_*", "Amplitude"),
    ("ajs_*", "Segment"),
    ("_pk_*", "Matomo"),
    ("matomo_*", "Matomo"),
    ("_vwo_*", "VWO"),
    ("_vis_opt_*", "VWO"),
    ("optimizelyEndUserId", "Optimizely"),
    ("s_vi", "Adobe Analytics"),
    ("AMCV_*", "Adobe Experience Cloud"),
    ("_ym_*", "Yandex Metrica"),
    ("hubspotutk", "HubSpot"),
    ("__hstc", "HubSpot"),
    ("__hssc", "HubSpot"),
    ("_mkto_trk", "Marketo"),
    ("__kla_id", "Klaviyo"),
    ("intercom-id-*", "Intercom"),
    ("cto_*", "Criteo"),
    ("criteo_*", "Criteo"),
    ("_fs_*", "FullStory"),
    ("fs_uid", "FullStory"),
    ("_lfa", "Leadfeeder"),
    ("heap_*", "Heap"),
    ("_hp2_*", "Heap"),
    ("_sp_id*", "Snowplow"),
    ("_sp_ses*", "Snowplow"),
    ("rudder_*", "RudderStack"),
    ("_mcid", "Mailchimp"),
    ("__qca", "Quantcast"),
    ("_tccl_*", "GoDaddy"),
)
_VENDORS = re.compile(
    r"google (?:analytics|ads|tag manager)|doubleclick|(?:meta|facebook)(?: pixel| ads)?$|tiktok|hotjar|clarity|posthog"
    r"|mixpanel|amplitude|\bsegment\b|matomo|criteo|fullstory|taboola|outbrain|adroll"
    r"|plausible|umami|snowplow|countly|rudderstack|hubspot|linkedin insight|pinterest tag|(?:reddit|snap|\bx) pixel"
    r"|\b(?:analytics|advertising|ads)\b",
    re.IGNORECASE,
)
_PURPOSES = re.compile(
    r"(?:^|_)(?:analytics?|statistics?|stats|tracking|marketing|ads?|advert\w*|retargeting|remarketing"
    r"|profiling|conversion)"
    r"(?:_|$)"
)
_DELICATE = re.compile(
    r"(?:^|_)(?:train|training|biometrics?|faces?|health|genetic|precise_location|special_categor\w*)(?:_|$)"
)


def maker(name: str) -> str:
    """Who is known to set an item of that name or pattern, or ""."""
    stem = name.removesuffix("*")
    for known, who in _ITEMS:
        if stem.startswith(known[:-1]) if known.endswith("*") else stem == known:
            return who
    return ""


def made_by(who: str) -> tuple[str, ...]:
    """The names and patterns that a maker is known to set."""
    return tuple(name for name, maker_ in _ITEMS if maker_ == who)


def tracks(vendor: str) -> bool:
    """Whether a vendor's name says that it measures people or advertises."""
    return bool(_VENDORS.search(vendor))


def measures(purpose: str) -> bool:
    """Whether a purpose's id says that it measures people or advertises."""
    return bool(_PURPOSES.search(purpose))


def delicate(purpose: str) -> bool:
    """Whether a purpose's id says that it trains models or uses special categories of data (GDPR 9)."""
    return bool(_DELICATE.search(purpose))
