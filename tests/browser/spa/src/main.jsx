import { render } from "preact";
import { useEffect, useState } from "preact/hooks";
import { lazy, Suspense } from "preact/compat";
import apple from "./apple.svg";
import "./main.css";

window.done = [];
const done = (what) => window.done.push(what);
const Detail = lazy(() => import("./detail.jsx"));

const usePath = () => {
  const [path, set] = useState(location.pathname);
  useEffect(() => {
    const look = () => set(location.pathname);
    addEventListener("popstate", look);
    return () => removeEventListener("popstate", look);
  }, []);
  const go = (event) => {
    event.preventDefault();
    history.pushState(null, "", event.currentTarget.href);
    set(location.pathname);
  };
  return [path, go];
};

const App = () => {
  const [path, go] = usePath();
  const [names, set] = useState([]);
  useEffect(() => {
    fetch("/api/names").then((reply) => reply.json()).then(set).then(() => done("fetch"));
    const request = new XMLHttpRequest();
    request.open("POST", "/api/xhr");
    request.onload = () => done("xhr");
    request.send("x");
    new WebSocket(`ws://${location.host}/api/socket`).onmessage = () => done("socket");
    const events = new EventSource("/api/events");
    events.onmessage = () => done("events", events.close());
    const worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
    worker.onmessage = () => done("worker");
    navigator.sendBeacon("/api/beacon", "x");
    document.cookie = "basket=1; Path=/";
    localStorage.setItem("seen", "1");
    indexedDB.open("orchard").onsuccess = () => done("database");
  }, []);
  const name = path.match(/^\/apples\/(\w+)/)?.[1];
  return (
    <>
      <h1>Apples</h1>
      <img src={apple} alt="" onLoad={() => done("image")} />
      <ul>{names.map((each) => <li key={each}><a href={`/apples/${each}`} onClick={go}>{each}</a></li>)}</ul>
      {name && <Suspense fallback="…"><Detail name={name} /></Suspense>}
    </>
  );
};

render(<App />, document.getElementById("app"));
