// Which earlier yes still counts: where the site asks for less than it did, a yes to more is one to less. Only for sites
// that have such earlier terms. Configuration: z by purpose, the fingerprints of earlier terms that cover today's.
(c => {
  let next = c.t,
    asked = { ...c.p };
  c.t = () => {
    for (let name in c.z) {
      let given = consent.record?.a?.[name];
      c.p[name] = c.z[name].includes(given) ? given : asked[name];
    }
    next?.();
  };
  return c;
})
