import { readdirSync } from "node:fs";
import { defineConfig } from "vitepress";

const page = (text, link) => ({ text, link });

/** The pages of the API reference in one of its folders. */
const pagesIn = (text, folder) => ({
  text,
  items: readdirSync(new URL(`../api/${folder}/`, import.meta.url))
    .map((file) => file.replace(/\.md$/, ""))
    .map((name) => page(name, `/api/${folder}/${name}`)),
});

const guide = [
  {
    text: "Begin",
    items: [
      page("Get started", "/start"),
      page("Cookbook", "/cookbook"),
      page("From zarr-python, zarrita, h5py", "/coming-from"),
      page("Where it runs", "/where-it-runs"),
    ],
  },
  {
    text: "Store arrays",
    items: [
      page("Chunks and shards", "/chunks"),
      page("Data types and codecs", "/types"),
      page("Dates, scales and text", "/dates-and-text"),
      page("Selecting", "/selecting"),
      page("Groups and folders", "/groups"),
      page("Converting", "/converting"),
    ],
  },
  {
    text: "Work in parallel",
    items: [
      page("Handing over", "/handing-over"),
      page("Worker pools", "/pools"),
      page("Many writers", "/writers"),
      page("Over HTTP", "/remote"),
      page("In a browser", "/browsers"),
      page("Beyond one machine", "/growing"),
    ],
  },
  {
    text: "Operate",
    items: [
      page("The command line", "/command-line"),
      page("Versions, checks, repair", "/versions"),
      page("Interrupting", "/interrupting"),
      page("Monitoring", "/monitoring"),
      page("Errors by code", "/errors"),
      page("Security and limits", "/limits"),
    ],
  },
  {
    text: "Know",
    items: [
      page("Compatibility", "/compatibility"),
      page("State of the formats", "/status"),
      page("Performance", "/speed"),
      page("Benchmarks", "/benchmarks"),
      page("Wrong bytes ever written", "/correctness"),
    ],
  },
  {
    text: "Extend",
    items: [
      page("Own stores and codecs", "/extending"),
      page("API reference", "/api/"),
      page("How a commit works", "/commit-protocol"),
      page("Architecture", "/architecture"),
      page("Decisions", "/decisions/"),
      page("Contributing", "/contributing"),
      page("Releasing", "/releasing"),
      page("Changes", "/changelog"),
    ],
  },
];

const reference = [
  page("All entries", "/api/"),
  pagesIn("Functions", "zarrzip/functions"),
  pagesIn("Classes", "zarrzip/classes"),
  pagesIn("Interfaces", "zarrzip/interfaces"),
  pagesIn("Types", "zarrzip/type-aliases"),
  pagesIn("Pool: classes", "zarrzip/pool/classes"),
  pagesIn("Pool: interfaces", "zarrzip/pool/interfaces"),
  pagesIn("Testing: functions", "zarrzip/testing/functions"),
  pagesIn("Testing: interfaces", "zarrzip/testing/interfaces"),
];

export default defineConfig({
  title: "zarrzip",
  description: "Zarr arrays in one ZIP file, for Node: read and written in parallel by threads and processes",
  lang: "en",
  markdown: {
    theme: { light: "github-light-high-contrast", dark: "github-dark-high-contrast" },
    // A head without text names nothing to a screen reader: there the row's own first cell does.
    config: (markdown) => {
      markdown.renderer.rules.th_open = (tokens, i, options, _, renderer) => {
        if (tokens[i + 1]?.content === "") tokens[i].tag = "td";
        return renderer.renderToken(tokens, i, options);
      };
      markdown.renderer.rules.th_close = (tokens, i, options, _, renderer) => {
        if (tokens[i - 1]?.content === "") tokens[i].tag = "td";
        return renderer.renderToken(tokens, i, options);
      };
    },
  },
  head: [["meta", { name: "color-scheme", content: "light dark" }]],
  themeConfig: {
    search: { provider: "local" },
    outline: [2, 3],
    nav: [page("Guide", "/start"), page("Cookbook", "/cookbook"), page("API", "/api/"), page("Changes", "/changelog")],
    sidebar: { "/api/": reference, "/": guide },
  },
});
