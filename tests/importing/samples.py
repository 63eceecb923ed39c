"""One configuration of each tool: the keys that it documents, in words of our own."""

from __future__ import annotations

VANILLA = r"""
import 'cookieconsent.js'
/* the shop */
CookieConsent.run({
  revision: 2, mode: 'opt-out', disablePageInteraction: true, autoShow: true,
  cookie: { name: 'shop_cc', domain: 'shop.example', expiresAfterDays: 365, sameSite: "Lax" },
  guiOptions: { consentModal: { layout: 'box', position: 'bottom right', equalWeightButtons: false, flipButtons: !1 } },
  onConsent: ({cookie}) => { send(cookie) },
  onChange() { return 1 },
  categories: {
    necessary: { readOnly: true, enabled: true },
    analytics: {
      enabled: true,
      autoClear: { cookies: [{ name: /^_mdw/ }, { name: 'mdw_id', path: '/' }, { name: /brook/ }], reloadPage: true },
      services: { meadow: { label: 'Meadow <b>Analytics</b>', onAccept: start, cookies: [{ name: /^(mw1|mw2)_/ }] } },
    },
    ads: {},
    ...more,
  },
  language: {
    default: 'en', autoDetect: 'browser',
    translations: {
      de: './de.json',
      fr: { preferencesModal: { sections: [{ title: 'Mesure', linkedCategory: 'analytics' }] } },
      en: {
        consentModal: { title: 'Biscuits?', description: `We ask
          first.`, acceptAllBtn: 'Yes' },
        preferencesModal: {
          title: 'Settings', savePreferencesBtn: 'Keep',
          sections: [
            { title: 'Hello', description: 'All about biscuits.' },
            { title: 'What we need', description: 'Without these the basket is empty.', linkedCategory: 'necessary' },
            { title: 'Counting', description: 'See our <a href="/x">policy</a>.', linkedCategory: 'analytics',
              cookieTable: { headers: { name: 'Cookie' }, body: [
                { name: 'mdw_id', duration: '6 months', desc: 'Tells visits apart.', domain: 'shop.example' }] } },
            { title: 'Ads', description: 'Hurry, last chance to see ads!', linkedCategory: 'ads' },
          ],
        },
      },
    },
  },
});
"""

KLARO = r"""
// the shop
var klaroConfig = {
  version: 1, elementID: 'klaro', storageName: 'shop-klaro', cookieExpiresAfterDays: 90, cookieDomain: '.shop.example',
  default: true, mustConsent: true, acceptAll: true,
  hideDeclineAll: true, lang: 'de', styling: { theme: ['dark', 'left'] },
  translations: {
    zz: { privacyPolicyUrl: '/privacy' },
    de: { consentNotice: { description: 'Wir fragen.' }, purposes: { analytics: 'Zählen', chat: { title: 'Gespräch' } },
          meadow: { description: 'Zählt Besuche.' } },
    en: { purposes: { analytics: 'Counting' }, meadow: { title: 'Meadow', description: 'Counts visits.' } },
  },
  services: [
    { name: 'meadow', title: 'Meadow', purposes: ['analytics', 'chat'],
      cookies: [[/^_mdw_.*$/, '/', 'shop.example'], 'mdw'],
      default: true, optOut: true, onlyOnce: true, callback: function (yes) { console.log(yes) } },
    { name: 'basket', purposes: ['shopping'], required: true, cookies: ['basket'] },
    { name: 'brook', purposes: ['analytics'], required: true, cookies: ['_ga', SHARED] },
    { name: 'talk', purposes: ['chat'], contextualConsentOnly: true, translations: { en: { description: 'Talks.' } } },
  ],
};
"""

OREJIME = r"""
window.orejimeConfig = {
  privacyPolicyUrl: 'https://shop.example/privacy', lang: 'fr', forceModal: true, logo: '/logo.png',
  cookie: { name: 'shop', duration: 100, domain: 'shop.example', parse: (c) => JSON.parse(c) },
  translations: { modal: { title: 'Choix' } },
  purposes: [
    { id: 'basket', title: 'Panier', description: 'Garde le panier.', isMandatory: true, cookies: ['basket'] },
    { id: 'audience', title: 'Mesure', description: 'Compte les visites.', isExempt: true, default: true,
      runsOnce: true, cookies: ['_mdw', ['mdw', '/blog', '.' + location.hostname], 'mdw' + ID] },
    { id: 'group', title: 'Groupe', purposes: [{ id: 'films', title: 'Films', cookies: [] }] },
  ],
};
"""

TARTEAUCITRON = r"""<!doctype html><title>Shop</title>
<script src="/tarteaucitron/tarteaucitron.js"></script>
<script>
var tarteaucitronForceLanguage = 'fr';
tarteaucitron.init({ "privacyUrl": "/privacy", "hashtag": "#citron", "cookieName": "citron", "orientation": "bottom",
  "DenyAllCta": false, "AcceptAllCta": true, "highPrivacy": false, "handleBrowserDNTRequest": true, "mandatory": true,
  "cookieDomain": ".shop.example", /* the rest */ "somethingNew": 1, });
tarteaucitron.user.gtagUa = 'G-1'; tarteaucitron.user.gtagMore = function () { go() };
(tarteaucitron.job = tarteaucitron.job || []).push('gtag');
(tarteaucitron.job = tarteaucitron.job || []).push('youtube');
tarteaucitron.services.fold = { "key": "fold", "type": "api", "name": "Fold", "uri": "https://fold.example/privacy",
  "needConsent": true, "cookies": ['fold_id'], "js": function () { run() } };
(tarteaucitron.job = tarteaucitron.job || []).push('fold');
</script>
"""

COOKIEBOT = """{
  "domain": "shop.example", "urlpath": "/", "utcscandate": "2026-01-01", "culture": "de",
  "cookies": [
    {"Name": "basket", "Category": "1", "HTTPOnly": "1", "Persistent": "0", "ThirdParty": "0",
     "TrackerTypeName": "HTTP Cookie", "PurposeDescription": "Hält den Korb."},
    {"Name": "_mdw_#", "NamePattern": "^_mdw_.*$", "Provider": "meadow.example", "Category": 3, "ThirdParty": "1",
     "Persistent": "1", "ExpireDays": "180", "ExpireDescription": "6 months", "TrackerTypeName": "HTTP Cookie",
     "PurposeDescription": "Zählt Besuche.", "Value": "1"},
    {"Name": "mdw", "Category": "4", "Persistent": "1", "ExpireDescription": "Persistent",
     "TrackerTypeName": "HTML Local Storage"},
    {"Name": "p.gif", "Category": "4", "TrackerTypeName": "Pixel Tracker"},
    {"Name": "odd", "Category": "5", "Persistent": "1", "ExpireDays": "3", "TrackerTypeName": "HTTP Cookie"}
  ]}"""

COOKIEBOT_TABLES = """
CookieConsentDialog.cookieTableNecessary = [["basket","x.example","Keeps the basket.","Session","HTTP","1"]];
CookieConsentDialog.cookieTableAdvertising = [["_brk","brook.example","Shows ads.","3 months","HTTP Cookie","1"]];
"""

ONETRUST = """{"DomainData": {
  "Language": {"Culture": "en-GB"}, "MainText": "We value choice", "AboutLink": "https://shop.example/privacy",
  "Groups": [
    {"CustomGroupId": "C0001", "GroupName": "Needed", "GroupDescription": "For the basket.", "Status": "always active",
     "Order": "1", "FirstPartyCookies": [{"Name": "basket", "Host": "shop.example", "IsSession": true, "Length": "0",
     "description": "Keeps the basket."}], "Hosts": []},
    {"CustomGroupId": "C0002", "GroupName": "Counting", "Status": "active", "FirstPartyCookies": [
      {"Name": "_mdw_xxxxxxxx", "IsSession": false, "Length": "180", "DurationType": 1}],
     "Hosts": [{"HostName": "brook.example", "DisplayName": "Brook",
       "HostId": "H1", "PrivacyPolicy": "https://brook.example/p",
       "Cookies": [{"Name": "_brk", "Length": "30", "thirdPartyDescription": "Draws heat maps."}]}]},
    {"CustomGroupId": "IAB1", "GroupName": "Store", "Type": "IAB2_PURPOSE", "Status": "inactive"}
  ]}, "Version": "1"}"""

SAMPLES = {
    "vanilla": VANILLA,
    "klaro": KLARO,
    "orejime": OREJIME,
    "tarteaucitron": TARTEAUCITRON,
    "cookiebot": COOKIEBOT,
    "onetrust": ONETRUST,
}
