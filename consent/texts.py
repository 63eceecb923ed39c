"""Every word of the product's own that a person reads, in English, once. Translations: `translations/`.

`N_` marks a text for extraction; the notice is built with the translations of one locale (see `notice`).
Words in braces are filled in later and must stand in every translation.
"""

from __future__ import annotations


def N_(text: str) -> str:  # noqa: N802 (gettext's customary name)
    """Mark `text` for the catalogue."""
    return text


TEXTS: dict[str, str] = {
    "title": N_("Your choice about cookies"),
    "intro": N_(
        "{controller} would like to store and read data on your device for: {purposes}. "
        "Nothing optional starts before you say yes, and you can change your mind at any time."
    ),
    "intro_out": N_(
        "On this site {controller} stores and reads data on your device for: {purposes}. "
        "This is on until you say no. One click is enough, and you can change your mind at any time."
    ),
    "intro_notice": N_(
        "On this site {controller} stores and reads data on your device for: {purposes}. "
        "You can switch off what you do not want, at any time."
    ),
    "told": N_("Understood"),
    "accept_all": N_("Accept all"),
    "reject_all": N_("Refuse all"),
    "choose": N_("Choose"),
    "save": N_("Save my choices"),
    "withdraw": N_("Withdraw everything"),
    "withdraw_note": N_(
        "This takes back each yes and deletes what was stored for it on this device. What was done before stays lawful."
    ),
    "settings": N_("Cookie settings"),
    "close": N_("Close"),
    "policy": N_("Privacy policy"),
    "declaration": N_("What is stored, and by whom"),
    "preferences_title": N_("Your privacy choices"),
    "preferences_intro": N_(
        "Decide for each purpose. Saying no costs you nothing, and you can come back here from any page."
    ),
    "purposes_shown_only": N_("Shown for your information; this does not depend on your consent."),
    "always_on": N_("Always on"),
    "allow": N_("Allow"),
    "explicit_note": N_("Accept all never includes this. Tick it only if you want it."),
    "basis": N_("Legal basis"),
    "retention": N_("Kept for"),
    "vendors": N_("Who receives data"),
    "items": N_("What is stored on your device"),
    "except_vendor": N_("Not {vendor}"),
    "object": N_("I object"),
    "role": N_("Role"),
    "country": N_("Country"),
    "safeguard": N_("Safeguard"),
    "contact": N_("Contact"),
    "controller": N_("Responsible for your data"),
    "effective": N_("These terms apply from {date}"),
    "item_name": N_("Name"),
    "item_kind": N_("Kind"),
    "item_duration": N_("Duration"),
    "item_purpose": N_("Purpose"),
    "state_title": N_("Your present choice"),
    "state_none": N_("You have not chosen yet, so everything optional is off."),
    "state_decided": N_("Chosen on {date}"),
    "state_granted": N_("Allowed"),
    "state_refused": N_("Off"),
    "state_anonymous": N_(
        "Your refusal is stored without a name: nothing on your device distinguishes you from others who refused."
    ),
    "history_title": N_("Your earlier choices"),
    "history_empty": N_("None can be linked to you."),
    "signals_title": N_("What your browser says"),
    "dnt_seen": N_("Your browser sends Do Not Track."),
    "dnt_note": N_("We note Do Not Track with your choice and do not act on it otherwise."),
    "dnt_honour": N_("We honour Do Not Track: until you choose otherwise here, everything optional stays off."),
    "gpc_seen": N_("Your browser sends Global Privacy Control."),
    "gpc_note": N_(
        "Global Privacy Control is noted with your choice. Everything optional is off here until you say yes."
    ),
    "gpc_honoured": N_("Opt-out signal honoured"),
    "gpc_opted_out": N_(
        "We honour Global Privacy Control: it has opted you out of the sale and sharing of your personal information."
    ),
    "gpc_account": N_("This also holds for your account."),
    "opted_out": N_("You are opted out: your personal information is not sold or shared."),
    "privacy_choices": N_("Your Privacy Choices"),
    "do_not_sell": N_("Do Not Sell or Share My Personal Information"),
    "limit_sensitive": N_("Limit the Use of My Sensitive Personal Information"),
    "sale_note": N_("This includes selling or sharing personal information."),
    "signal_note": N_("Your browser’s signal keeps this off. Tick it only if you want it in spite of the signal."),
    "sensitive_note": N_("This uses sensitive personal information."),
    "profiling_note": N_("This can identify, locate or profile you. It stays off until you switch it on here."),
    "authority": N_("You may complain to a supervisory authority: {authority}"),
    "language": N_("Language"),
    "age_question": N_("How old are you?"),
    "age_under": N_("Under {age}"),
    "age_over": N_("{age} or older"),
    "age_note": N_("We ask before anything optional is switched on. Only this answer is kept, no date of birth."),
    "age_continue": N_("Continue"),
    "age_result": N_("Saved. At the age you gave, everything optional stays off here."),
    "saving": N_("Saving your choice…"),
    "saved": N_("Your choice is saved."),
    "saved_refused": N_("Saved. Everything optional stays off."),
    "offline_yes": N_(
        "We cannot be reached at the moment. Your yes is kept here and starts to count once we have stored it."
    ),
    "offline_no": N_("Your refusal holds at once. We will record it as soon as we can be reached."),
    "blocked": N_("Your browser does not let us remember your choice, so it holds for this page only."),
    "placeholder_text": N_("This part of the page comes from {vendor} and is off until you allow “{purpose}”."),
    "placeholder_button": N_("Allow and show it"),
    "back": N_("Back to the page"),
    "error_title": N_("That did not work"),
    "error_csrf": N_(
        "This page was open for too long, or the request did not come from this site. Please choose again."
    ),
    "error_changed": N_("The questions have changed since you opened the page. Please look again and choose."),
    "error_busy": N_(
        "We cannot store your choice right now. Nothing optional was switched on. Please try again in a minute."
    ),
    "error_bad": N_("We could not understand this answer, and nothing was stored. Please choose again."),
    "error_large": N_("The answer was too large, and nothing was stored."),
    "needed_title": N_("This needs your consent"),
    "needed_text": N_(
        "What you asked for works only if you allow: {purposes}. You can do that in the cookie settings."
    ),
    "method_accept_all": N_("Accepted all"),
    "method_reject_all": N_("Refused all"),
    "method_save": N_("Saved choices"),
    "method_withdraw": N_("Withdrew consent"),
    "method_object": N_("Objected"),
    "method_linked": N_("Brought together with your account"),
    "method_told": N_("Informed, and did not object"),
    "method_signal": N_("Opted out by your browser’s signal"),
    "me_title": N_("My data"),
    "history_allowed": N_("Allowed: {purposes}"),
    "history_nothing": N_("Nothing optional allowed"),
}

# A receipt as a page. These words are about the record, not part of what was asked, so no notice holds them.
RECEIPT: dict[str, str] = {
    "title": N_("Your receipt"),
    "what": N_("What you were asked, and what you answered"),
    "allowed": N_("Allowed"),
    "refused": N_("Refused"),
    "objected": N_("You objected"),
    "unobjected": N_("In use; you may object"),
    "without": N_("without {vendors}"),
    "facts": N_("When and how"),
    "date": N_("Date and time"),
    "until": N_("Valid until"),
    "how": N_("How"),
    "record": N_("Record number"),
    "subject": N_("Your number"),
    "proof": N_("Proof"),
    "place": N_("Place in the log"),
    "place_text": N_("Number {number} of {size} records"),
    "log": N_("Log"),
    "checkpoint": N_("Confirmed by the log on"),
    "promised": N_(
        "This record is signed and will have its place in the log soon. "
        "Fetch the receipt again later: then it has the proof."
    ),
    "check": N_("Anyone can check it against our public keys, without us."),
}

BASIS: dict[str, str] = {
    "necessary": N_("Strictly necessary for the service that you ask for"),
    "consent": N_("Your consent"),
    "legitimate_interest": N_("Our legitimate interest; you may object"),
    "contract": N_("Our contract with you"),
    "legal_obligation": N_("A legal obligation"),
}

KIND: dict[str, str] = {
    "cookie": N_("Cookie"),
    "local": N_("Local storage"),
    "session": N_("Session storage"),
    "indexeddb": N_("IndexedDB database"),
}

ROLE: dict[str, str] = {
    "processor": N_("Processor (acts for us)"),
    "controller": N_("Controller (decides for itself)"),
    "joint_controller": N_("Joint controller (decides with us)"),
}

DURATION: dict[str, str] = {
    "session": N_("until the browser is closed"),
    "forever": N_("until it is deleted"),
}

# The page "My data". These words are about records, not part of what was asked, so no notice holds them.
ME: dict[str, str] = {
    "intro": N_(
        "All that is stored about your choices on {site}. You need no account to see it: this browser leads to it."
    ),
    "intro_account": N_(
        "All that is stored about your choices on {site}, in this browser and in those linked to your account."
    ),
    "nobody_title": N_("No choice is stored in this browser"),
    "nobody": N_("You have not chosen here yet, or your choice has run out. So everything optional is off."),
    "anonymous_title": N_("You refused, so nothing here leads to you"),
    "anonymous": N_(
        "Your refusal is stored without a name, the same for everyone who refused. "
        "That is why there is no history to show, to download or to erase."
    ),
    "erased_title": N_("Nothing here leads to you any more"),
    "erased": N_("What was stored about you has been erased. Records of what was answered remain, without a person."),
    "elsewhere": N_("Your choice in this browser still holds. Change it on the site itself, under “{settings}”."),
    "choose": N_("Choose now"),
    "until": N_("It holds until {date}. After that you are asked again."),
    "allowed": N_("Allowed"),
    "refused": N_("Refused"),
    "open": N_("Not asked yet"),
    "objected": N_("You objected"),
    "unobjected": N_("In use; you may object"),
    "without": N_("without {vendors}"),
    "receipt": N_("Your receipt"),
    "record": N_("Record number"),
    "place": N_("Place in the log"),
    "place_in": N_("Number {index} of {size}"),
    "language": N_("Language shown"),
    "ip": N_("IP address, shortened"),
    "device": N_("Kind of browser"),
    "page": N_("Page"),
    "signals": N_("Said by your browser"),
    "change": N_("Change my choices"),
    "download": N_("Download the receipt"),
    "download_note": N_("Anyone can check it against our public keys, without us."),
    "object_title": N_("Object"),
    "object_text": N_("These uses rest on our legitimate interest, not on your consent. You may object to each."),
    "object_button": N_("Object to: {purpose}"),
    "withdraw_title": N_("Take back your consent"),
    "history_text": N_("The newest comes first. A new choice never changes an earlier one."),
    "history_more": N_("These are the newest {count}. The download has all of them."),
    "shown": N_("What you were shown then"),
    "shown_same": N_("The same as on {date}"),
    "shown_buttons": N_("The buttons:"),
    "all_title": N_("Take it with you"),
    "all_text": N_("One file with every record and all that is kept with it, a line of JSON each."),
    "all_button": N_("Download everything"),
    "erase_title": N_("Erase my data"),
    "erase_text": N_("You can have removed what links these records to you. You see first what goes and what stays."),
    "erase_goes": N_("What goes"),
    "erase_goes_link": N_("What links your records ({count}) to this browser and to one another"),
    "erase_goes_account": N_("What links them to your account"),
    "erase_goes_kept": N_("What was kept with them, such as a shortened IP address, kind of browser or page"),
    "erase_goes_yes": N_("Each yes: it is taken back first, and what was stored for it on this device is deleted"),
    "erase_stays": N_("What stays"),
    "erase_stays_record": N_("The records themselves, which say what was answered and when, but not by whom"),
    "erase_stays_proof": N_("The proof that none of them was changed or left out"),
    "erase_stays_no": N_("A refusal without a name in this browser, so that you are not asked again"),
    "erase_stays_choice": N_("Your choice in this browser, which you can change on the site itself"),
    "erase_last": N_("This cannot be undone. Download a copy first if you want one."),
    "erase_button": N_("Erase it now"),
    "erase_back": N_("Keep it"),
}

# What is different from what somebody chose under. Said of two notices, so no notice holds these words.
CHANGES: dict[str, str] = {
    "again_title": N_("Something new to decide"),
    "again_intro": N_("You chose on {date}. This is new since then; for the rest your choice still holds."),
    "accept_new": N_("Allow what is new"),
    "refuse_new": N_("Refuse what is new"),
    "quiet": N_("Changed since your choice, with nothing new to decide"),
    "title": N_("What has changed"),
    "text": N_("Each version of these terms, with the day from which it applies. The newest comes first."),
    "none": N_("Nothing has changed since the first version."),
    "first": N_("First version"),
    "from": N_("From {date}"),
    "coming": N_("This will change on {date}"),
    "asks": N_("You are asked about this"),
    "link": N_("Earlier versions"),
    "purpose_new": N_("New purpose: {purpose}"),
    "purpose_gone": N_("No longer a purpose: {purpose}"),
    "basis": N_("{purpose}: the legal basis is now “{new}”. It was “{old}”."),
    "explicit": N_("{purpose}: you now have to tick this on its own."),
    "included": N_("{purpose}: this is now part of “{accept_all}”."),
    "retention": N_("{purpose}: kept for {new}. Before: {old}."),
    "vendor_new": N_("{purpose}: {vendor} now receives data."),
    "vendor_gone": N_("{purpose}: {vendor} no longer receives data."),
    "vendor_role": N_("{purpose}: the role of {vendor} is now “{new}”. It was “{old}”."),
    "vendor_country": N_("{purpose}: the country of {vendor} is now {new}. It was {old}."),
    "vendor_safeguard": N_("{purpose}: the safeguard with {vendor} is now “{new}”. It was “{old}”."),
    "item_new": N_("{purpose}: “{item}” is now stored on your device ({new})."),
    "item_gone": N_("{purpose}: “{item}” is no longer stored on your device."),
    "item_duration": N_("{purpose}: “{item}” is stored for {new}. Before: {old}."),
    "sale": N_("{purpose}: this now includes selling or sharing personal information."),
    "sensitive": N_("{purpose}: this now uses sensitive personal information."),
    "reworded": N_("Reworded: “{new}”. Before: “{old}”."),
    "controller": N_("Responsible for your data is now {new}. It was {old}."),
    "contact": N_("The contact is now {new}. It was {old}."),
    "policy": N_("The privacy policy is now at {new}."),
    "age": N_("The age asked for is now {new}. It was {old}."),
}
