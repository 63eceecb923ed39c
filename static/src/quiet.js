// From the moment a yes is taken back, nothing more goes from the open page to the hosts of that vendor: its scripts have
// run, and only a reload ends them. What they send is answered in the network's place, as done: they then forget it,
// where after a failure they would store it anew for another try.
//
// It comes when somebody who has chosen opens the choices, and the server puts HOSTS before it: the hosts of each
// purpose/vendor. What a script took hold of before, under a name of its own, is out of reach.
const ANSWER = "data:application/json,{}";
let refused; // hosts

const has = address => {
  try {
    const { hostname } = new URL(address, document.baseURI);
    return refused.some(host => ("." + hostname).endsWith("." + host));
  } catch {} // no address is nobody's
};

// Each function of `owner` that `check` holds for answers `instead`.
const wrap = (owner, name, check, instead) => {
  const own = owner?.[name];
  if (own)
    owner[name] = function (...args) {
      return check.apply(this, args) ? instead.apply(this, args) : own.apply(this, args);
    };
};

const guard = c => {
  const done = () => true,
    { open } = XMLHttpRequest.prototype,
    socket = function () {
      return has(this.url);
    };
  wrap(...(c.z ? [c, "z"] : [window, "fetch"]), request => has(request?.url ?? request), async () => new Response("{}"));
  wrap(XMLHttpRequest.prototype, "open", (_, address) => has(address), function () {
    open.call(this, "GET", ANSWER);
  });
  wrap(navigator, "sendBeacon", has, done);
  wrap(WebSocket.prototype, "send", socket, function () {
    this.close();
  });
  // Some hold on to `fetch`, but make each request anew.
  window.Request = new Proxy(Request, {
    construct: (target, args, self) => Reflect.construct(target, has(args[0]?.url ?? args[0]) ? [ANSWER] : args, self),
  });
  for (const name of ["WebSocket", "EventSource"])
    window[name] = new Proxy(window[name], {
      construct(target, args, self) {
        if (has(args[0])) throw new DOMException("Consent was withdrawn.", "SecurityError");
        return Reflect.construct(target, args, self);
      },
    });
  for (const kind of [HTMLImageElement, HTMLScriptElement, HTMLIFrameElement]) {
    const { get, set } = Object.getOwnPropertyDescriptor(kind.prototype, "src");
    Object.defineProperty(kind.prototype, "src", {
      get,
      set(address) {
        if (!has(address)) set.call(this, address);
      },
      configurable: true,
      enumerable: true,
    });
  }
  wrap(Element.prototype, "setAttribute", (name, value) => /^(src|href|data)$/i.test(name) && has(value), () => {});
};

let started;
export default c => {
  if (started) return;
  started = true;
  const next = c.t,
    names = Object.keys(HOSTS),
    had = new Set(names.filter(consent.allows));
  // Before the vendors hear of it: some send a last word when they are switched off.
  c.t = () => {
    const may = names.filter(consent.allows),
      kept = may.flatMap(name => HOSTS[name]),
      first = !refused;
    may.forEach(name => had.add(name));
    // A host that somebody else with a yes uses, too, stays open.
    refused = [...had].filter(name => !may.includes(name)).flatMap(name => HOSTS[name]).filter(host => !kept.includes(host));
    if (!refused.length && first) refused = undefined;
    else if (first) guard(c);
    next?.();
  };
};
