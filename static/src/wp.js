// WP Consent API: says that nothing is allowed unasked, then keeps its five categories equal to the answers. Its own
// script comes later than the snippet, so it is looked for again when the page is parsed. Nothing is set before a choice.
//
// Configuration: n whose yes each category needs.
(c => {
  let next = c.t,
    tell = () => {
      for (let name in c.n) {
        let state = !!consent.record && consent.allows(c.n[name]);
        if (window.wp_has_consent && wp_has_consent(name) != state) wp_set_consent(name, state ? "allow" : "deny");
      }
    };
  window.wp_consent_type = "optin";
  document.dispatchEvent(new CustomEvent("wp_consent_type_defined"));
  addEventListener("load", tell);
  c.t = () => {
    tell();
    next?.();
  };
  return c;
})
