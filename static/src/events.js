// Tag managers: `consent_update` in the data layer with the answer to each purpose, at once on a return visit, then
// whenever it changes. It comes after Consent Mode's own update, so that triggers find that done.
(c => {
  let map = {};
  for (let name in c.p) map[name] = name;
  c.x(map, (what, answers) => {
    for (let name in map) answers[name] = answers[name] > "e";
    if (what > "e") (window.dataLayer ||= []).push({ event: "consent_update", consent: answers });
  });
  return c;
})
