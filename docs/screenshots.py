"""Takes the pictures of the README from the demo: `consent demo`, then `python docs/screenshots.py`."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

IMAGES = Path(__file__).parent / "images"
ARGS = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync"]


def shoot(page: Page, name: str) -> None:
    page.mouse.move(0, 0)
    page.wait_for_timeout(400)
    page.screenshot(path=IMAGES / f"{name}.png")


def main() -> None:
    IMAGES.mkdir(exist_ok=True)
    browser_path = os.environ.get("CHROMIUM") or shutil.which("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path, args=ARGS)
        page = browser.new_page(viewport={"width": 1120, "height": 700})
        page.goto("http://gptimage2.localhost:8000/")
        shoot(page, "banner")
        page.click("#consent button[value=choose]:visible")
        page.wait_for_selector("#consent-dialog")
        shoot(page, "preferences")
        phone = browser.new_page(viewport={"width": 360, "height": 740}, color_scheme="dark")
        phone.goto("http://gempix2.localhost:8000/?lang=ar")
        shoot(phone, "phone-dark-arabic")
        browser.close()


if __name__ == "__main__":
    main()
