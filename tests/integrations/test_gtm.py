"""The template for Google Tag Manager is whole: its sections, its JSON, leave for all that it asks for, and code that
runs with what Tag Manager lends it. (Tag Manager itself is a service, which no test here can import it into.)"""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from consent.site.model import ConsentMode

FILE = Path(__file__).parents[2] / "integrations" / "gtm" / "template.tpl"
PARTS = dict(re.findall(r"^___([A-Z_]+)___\n\n(.*?)(?=^___[A-Z_]+___$|\Z)", FILE.read_text("utf-8"), re.M | re.S))
CODE = PARTS["SANDBOXED_JS_FOR_WEB_TEMPLATE"]
# What each function needs leave for (developers.google.com/tag-platform/tag-manager/templates/api); None: nothing.
LEAVE = {
    "createQueue": "access_globals",
    "gtagSet": "write_data_layer",
    "injectScript": "inject_script",
    "makeNumber": None,
    "queryPermission": None,
    "setDefaultConsentState": "access_consent",
}
PERMISSIONS: dict[str, Any] = {
    each["instance"]["key"]["publicId"]: each["instance"]["param"][0]["value"]["listItem"]
    for each in json.loads(PARTS["WEB_PERMISSIONS"])
}
RUN = """
const calls = [], permitted = process.argv[2] === "true";
const lent = {
  createQueue: name => value => calls.push(["queue", name, value]),
  gtagSet: (...args) => calls.push(["set", ...args]),
  injectScript: (url, done) => { calls.push(["inject", url]); done(); },
  makeNumber: Number,
  queryPermission: () => permitted,
  setDefaultConsentState: state => calls.push(["default", state]),
};
const data = {
  tagUrl: "https://consent.example/s/shop.js", waitForUpdate: "750", redactAdsData: true,
  gtmOnSuccess: () => calls.push(["success"]), gtmOnFailure: () => calls.push(["failure"]),
};
new Function("require", "data", process.argv[1])(name => lent[name], data);
console.log(JSON.stringify(calls));
"""


def test_sections() -> None:
    assert list(PARTS) == [
        "INFO",
        "TEMPLATE_PARAMETERS",
        "SANDBOXED_JS_FOR_WEB_TEMPLATE",
        "WEB_PERMISSIONS",
        "TESTS",
        "NOTES",
    ]
    info = json.loads(PARTS["INFO"])
    assert (info["type"], info["containerContexts"]) == ("TAG", ["WEB"])
    names = {each["name"] for each in json.loads(PARTS["TEMPLATE_PARAMETERS"])}
    assert names == set(re.findall(r"\bdata\.(\w+)", CODE)) - {"gtmOnSuccess", "gtmOnFailure"}


def test_leave_for_all_that_it_requires_and_no_more() -> None:
    required = re.findall(r"require\('(\w+)'\)", CODE)
    assert {LEAVE[name] for name in required} - {None} == PERMISSIONS.keys()
    types = {each["mapValue"][0]["string"] for each in PERMISSIONS["access_consent"]}
    assert types == set(ConsentMode.__args__)  # type: ignore[attr-defined]
    assert {each["string"] for each in PERMISSIONS["write_data_layer"]} == set(re.findall(r"gtagSet\('(\w+)'", CODE))


@pytest.mark.parametrize("permitted", ["true", "false"])
def test_it_runs(permitted: str) -> None:
    run = subprocess.run(
        ["node", "-e", RUN, "--", CODE, permitted], capture_output=True, check=True, text=True, timeout=30
    )
    calls = json.loads(run.stdout)
    assert calls[0][0] == "default"
    state = calls[0][1]
    assert state.pop("wait_for_update") == 750
    assert state == {name: "granted" if name == "security_storage" else "denied" for name in state}
    assert state.keys() == set(ConsentMode.__args__)  # type: ignore[attr-defined]
    last = [["inject", "https://consent.example/s/shop.js"], ["success"]] if permitted == "true" else [["failure"]]
    assert calls[-len(last) :] == last
    assert (["failure"] in calls) == (permitted == "false")
