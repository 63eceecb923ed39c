// c15t's ready-made banner is a React component: this is what an application's build makes of it.
import { createRoot } from "react-dom/client";
import { ConsentManagerProvider, ConsentBanner, ConsentDialog } from "@c15t/react";
import "@c15t/react/styles.css";

const options = {
  mode: "offline", // asks no server
  consentCategories: ["necessary", "functionality", "measurement", "marketing"],
  overrides: { country: "DE" },
  scripts: [{ id: "meadow", category: "measurement", textContent: "window.counted = performance.now()" }],
};

createRoot(document.body.appendChild(document.createElement("div"))).render(
  <ConsentManagerProvider options={options}>
    <ConsentBanner />
    <ConsentDialog />
  </ConsentManagerProvider>,
);
