// What Google's tags are told beside Consent Mode, before its default.
//
// Configuration: i what is set to true.
(c => {
  function say() {
    (window.dataLayer ||= []).push(arguments);
  }
  for (let name of c.i) say("set", name, true);
  return c;
})
