"""Takes the pictures of the documentation.

python docs/screenshots.py           those of the README, from a running `consent demo`
python docs/screenshots.py sheet     the first layer in every language; needs fonts for all of them (Debian:
                                     fonts-noto-core, fonts-droid-fallback, fonts-nanum)
"""

from __future__ import annotations

import base64
import os
import shutil
import sys
from pathlib import Path

from babel import Locale
from playwright.sync_api import Browser, Page, sync_playwright

from consent import locale as locales
from consent.notice import Notice, build
from consent.regimes import OPT_IN
from consent.site.load import loads
from consent.site.model import Site
from consent.web import render

IMAGES = Path(__file__).parent / "images"
ARGS = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
# Named, as a browser may else take one that has a few letters of a script for all of it.
FONTS = '"Noto Sans", "Noto Sans Tamil", "Droid Sans Fallback", NanumGothic, system-ui, sans-serif'
WIDTH = 1700  # of a sheet, in pixels
SHEETS = 2
QUALITY = 72  # WebP

SITE = """
[site]
id = "sample"
name = "Sample"
policy = "https://sample.example/privacy"
effective = 2026-04-06
[controller]
name = "Sample"
contact = "privacy@sample.example"
[purposes.functional]
retention = "12 months"
[purposes.analytics]
retention = "13 months"
[purposes.marketing]
retention = "6 months"
"""
SHEET = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Languages</title><style>
body { box-sizing: border-box; inline-size: WIDTHpx; margin: 0; padding: 20px; background: #eef0f3; font: 15px/1.4 FONTS }
:root { padding: 0 !important }
main { columns: 4; column-gap: 20px }
figure { break-inside: avoid; margin: 0 0 20px }
figcaption { padding: 0 4px 6px; color: #3c434d }
STYLES
#consent { position: static !important; max-block-size: none !important; box-shadow: none !important }
</style></head><body><main>FIGURES</main></body></html>"""


def shoot(page: Page, name: str) -> None:
    page.mouse.move(2, 2)  # a pointer leaves its mark
    page.wait_for_timeout(600)
    page.screenshot(path=IMAGES / f"{name}.png")


def readme(browser: Browser) -> None:
    """What the README shows."""
    page = browser.new_page(viewport={"width": 1120, "height": 700})
    page.goto("http://gptimage2.localhost:8000/")
    page.wait_for_selector("#consent[role=dialog]")
    shoot(page, "banner")
    page.click("#consent button[value=choose]:visible")
    page.wait_for_selector("#consent-dialog[open]")
    shoot(page, "preferences")
    phone = browser.new_page(viewport={"width": 360, "height": 740}, color_scheme="dark")
    phone.goto("http://gempix2.localhost:8000/?lang=ar")
    phone.wait_for_selector("#consent[role=dialog]")
    shoot(phone, "phone-dark-arabic")


def _figure(site: Site, locale: str) -> str:
    found = Locale.parse(locale)
    notice: Notice = build(site, OPT_IN, locale, locales.translator(locale))
    banner = render.banner(notice, site, "/", "", "")
    tag = locale.replace("_", "-")
    names = f'{found.get_display_name("en")} · <bdi lang="{tag}">{found.get_display_name(locale)}</bdi> · {tag}'
    return f"<figure><figcaption>{names}</figcaption>{banner}</figure>"


def sheet(browser: Browser) -> None:
    """The first layer in every language, as `languages-1.webp` and so on, with the names in English and in the language."""
    site = loads(SITE)
    names = sorted(locales.available(), key=lambda locale: str(Locale.parse(locale).get_display_name("en")))
    for number in range(SHEETS):
        part = names[number * len(names) // SHEETS : (number + 1) * len(names) // SHEETS]
        figures = "".join(_figure(site, locale) for locale in part)
        page = browser.new_page(viewport={"width": WIDTH, "height": 1000})
        filled = (
            SHEET.replace("WIDTH", str(WIDTH))
            .replace("FONTS", FONTS)
            .replace("STYLES", render.styles(site))
            .replace("FIGURES", figures)
        )
        page.set_content(filled)
        height = page.evaluate("document.documentElement.scrollHeight")
        session = page.context.new_cdp_session(page)
        clip = {"x": 0, "y": 0, "width": WIDTH, "height": height, "scale": 1}
        options = {"format": "webp", "quality": QUALITY, "captureBeyondViewport": True, "clip": clip}
        picture = base64.b64decode(session.send("Page.captureScreenshot", options)["data"])
        (IMAGES / f"languages-{number + 1}.webp").write_bytes(picture)
        page.close()


def main(what: str) -> None:
    IMAGES.mkdir(exist_ok=True)
    browser_path = os.environ.get("CHROMIUM") or shutil.which("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path, args=ARGS)
        {"readme": readme, "sheet": sheet}[what](browser)
        browser.close()


if __name__ == "__main__":
    main(*(sys.argv[1:] or ["readme"]))
