"""The choice of a language in the preference centre: for the dialog that is open, and for what is answered in it."""

from __future__ import annotations

from playwright.sync_api import expect

from .visitor import Visitor, acknowledged
from .workshop import Workshop


def test_another_language_in_the_dialog(visitor: Visitor, workshop: Workshop) -> None:
    page = visitor.goes(workshop.put(), banner=True)
    before = workshop.count()
    dialog = visitor.opens_centre()
    centre = dialog.locator(".consent-centre")
    expect(centre).to_have_attribute("lang", "en")
    dialog.locator("[name=purpose][value=marketing]").check()
    for language, name, direction in (("ar", "العربية", "rtl"), ("de", "Deutsch", "ltr")):
        page.locator("#consent-dialog .consent-languages summary").click()
        page.locator("#consent-dialog .consent-languages").get_by_role("link", name=name, exact=True).click()
        expect(centre).to_have_attribute("lang", language)
        expect(centre).to_have_css("direction", direction)
        expect(page.locator("#consent-dialog h1")).to_be_focused()
        assert page.locator("#consent-dialog").count() == 1
        expect(page.locator("#consent-dialog [name=purpose][value=marketing]")).to_be_checked()
        expect(page.locator("#consent-dialog [name=purpose][value=analytics]")).not_to_be_checked()
    assert page.evaluate("document.documentElement.lang") == "en", "the page is as it was"
    page.locator("#consent-dialog button[value=save]").click()
    acknowledged(page)
    assert page.evaluate("['analytics', 'marketing'].map(consent.allows)") == [False, True]
    service = workshop.app.extensions["consent"].service
    assert workshop.count() == before + 1
    assert list(service.store.stream("workshop"))[-1].record.fields["locale"] == "de"
    expect(visitor.opens_centre().locator(".consent-centre")).to_have_attribute("lang", "en")
