"""What a record may keep of the request if the site asks for it: truncated address, families (promises A3, B3)."""

from __future__ import annotations

import ipaddress

_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS = (
    ("Windows", "Windows"),
    ("Android", "Android"),
    ("iPhone", "iOS"),
    ("iPad", "iPadOS"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


def truncated(address: str | None) -> str:
    """The /24 of an IPv4 address, the /48 of an IPv6 one, "" for what is neither."""
    try:
        ip = ipaddress.ip_address(address or "")
    except ValueError:
        return ""
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped:
        ip = ip.ipv4_mapped
    return str(ipaddress.ip_network((ip, 24 if ip.version == 4 else 48), strict=False))


def family(user_agent: str) -> str:
    """Browser family, system family and device class; never a version, never the string itself."""
    browser = next((name for mark, name in _BROWSERS if mark in user_agent), "other")
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), "other")
    kind = (
        "tablet" if "iPad" in user_agent or "Tablet" in user_agent else "phone" if "Mobi" in user_agent else "desktop"
    )
    return f"{browser}, {system}, {kind}"
