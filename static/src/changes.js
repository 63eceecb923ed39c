// What the pieces that tell vendors share. It adds x, watch: `act` is called with "default" and a state in which nothing
// is granted that needs a yes, at once, and with "update" and each new state from the first record on. (It has a time. A
// first answer that the server has not stored yet has none, and would deny now what it grants then.) A state says
// "granted" or "denied" for each key of `map`, whose value is whose yes it needs, as `consent.allows` takes it.
(c => {
  c.x = (map, act) => {
    let next = c.t,
      last,
      tell = (text, allows) => {
        let what = text, state = {};
        for (let key in map) text += state[key] = allows(map[key]) ? "granted" : "denied";
        if (last != (last = text)) act(what, state);
      };
    tell("default", name => c.p[name] == 1);
    c.t = () => {
      if (consent.record?.t || last > "e") tell("update", consent.allows);
      next?.();
    };
  };
  return c;
})
