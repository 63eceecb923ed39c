// Builds static/src into static/dist. `node build.mjs` writes, `node build.mjs --check` fails when dist is stale.
// Both print the size of each built file, in bytes: raw, gzip 9, brotli 11.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { build, transform } from "esbuild";

const SOURCE = new URL("src/", import.meta.url);
const DIST = new URL("dist/", import.meta.url);
// `dialog`, `adoptedStyleSheets` and dynamic import are there from these on.
const TARGET = ["chrome111", "firefox113", "safari16.4"];
const read = (name) => readFileSync(new URL(name, SOURCE), "utf8");

const css = async (name) => {
  const { code } = await transform(read(name), { loader: "css", minify: true, target: TARGET });
  return code.trim();
};

// A piece of the snippet is one expression: the server appends `(CONFIG)` to it, or another piece's call that returns
// the configuration, so nothing may follow the last bracket. It is built as a call, because a function that nobody
// calls would be dropped.
const PIECES = [
  ...["gate.js", "carried.js", "tag.js", "handover.js", "compat.js", "embeds.js", "choices.js", "enforced.js", "signal.js", "strict.js"],
  ...["changes.js", "consentmode.js", "googleset.js", "uet.js", "clarity.js", "calls.js", "wp.js", "events.js", "fetch.js"],
];
const piece = async (name) => {
  const { code } = await transform(`${read(name).trim()}(CONFIG)`, { minify: true, target: TARGET });
  return code.trim().replace(/\(CONFIG\);?$/, "");
};

const module_ = async (name, texts = {}, define = {}) => {
  const { outputFiles } = await build({
    entryPoints: [new URL(name, SOURCE).pathname],
    bundle: true,
    define,
    external: ["./preferences.js*", "./again.js*", "./static/*"],
    format: "esm",
    minify: true,
    target: TARGET,
    write: false,
    plugins: [
      {
        name: "minified-css-as-text",
        setup(steps) {
          steps.onLoad({ filter: /\.css$/ }, ({ path }) => ({ contents: texts[path.split("/").pop()], loader: "text" }));
        },
      },
    ],
  });
  return outputFiles[0].text.trim();
};

const files = {
  ...Object.fromEntries(await Promise.all(PIECES.map(async (name) => [name, await piece(name)]))),
  "quiet.js": await module_("quiet.js"),
  "me.js": await module_("me.js"),
  "banner.css": await css("banner.css"),
  "preferences.css": await css("preferences.css"),
  "page.css": await css("page.css"),
  "me.css": await css("me.css"),
};
// On pages of any origin a size goes by the person's own setting, not by what the page makes of `rem`: see embed.css.
// What a shadow root has at its top is its host; the page itself is out of its styles' reach.
const own = (text) =>
  text
    .replace(/:root:not[^}]*}/g, "")
    .replaceAll(":root", ":host")
    .replace(/(@media[^{]*)|(\d*\.?\d+)rem/g, (_, media, size) => media ?? size + "em");
files["embed.css"] = own((await css("embed.css")) + files["banner.css"]);

// Each module names the preference centre by its content, so that it may be kept for ever under that address.
const pair = async (suffix, texts, EMBED, folder) => {
  const centre = `preferences${suffix}.js`;
  files[centre] = await module_("preferences.js", texts, { EMBED });
  const hash = name => createHash("sha256").update(files[name]).digest("hex").slice(0, 10);
  const UNITE = JSON.stringify("./static/unite.js");
  const PREFERENCES = JSON.stringify(`./${folder}${centre}?v=${hash(centre)}`);
  const AGAIN = JSON.stringify(`./${folder}again.js?v=${hash("again.js")}`);
  for (const [more, TOLD] of [["", "false"], ["-told", "true"]])
    files[`banner${suffix}${more}.js`] = await module_("banner.js", {}, { AGAIN, EMBED, PREFERENCES, TOLD, UNITE });
};
files["unite.js"] = await module_("unite.js");
files["again.js"] = await module_("again.js");
await pair("", files, "false", "");
await pair("-embed", { "banner.css": "", "preferences.css": own(files["preferences.css"]) }, "true", "static/");

mkdirSync(DIST, { recursive: true });
const present = readdirSync(DIST);
if (process.argv.includes("--check")) {
  const stale = Object.keys(files).filter(
    (name) => !present.includes(name) || readFileSync(new URL(name, DIST), "utf8") !== files[name],
  );
  stale.push(...present.filter((name) => !(name in files)));
  if (stale.length) {
    console.error(`static/dist is stale: ${stale.join(", ")}. Run \`make static\` and commit the result.`);
    process.exitCode = 1;
  }
} else {
  for (const name of present) if (!(name in files)) rmSync(new URL(name, DIST));
  for (const [name, text] of Object.entries(files)) writeFileSync(new URL(name, DIST), text);
}

console.log("file                 raw   gzip brotli");
for (const [name, text] of Object.entries(files)) {
  const gzip = gzipSync(text, { level: 9 }).length;
  const brotli = brotliCompressSync(text, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }).length;
  console.log(name.padEnd(18) + [text.length, gzip, brotli].map((size) => String(size).padStart(6)).join(" "));
}
