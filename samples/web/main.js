// A page that shows what is in a zipped Zarr: a file that is chosen or dropped, or a URL, is opened where it is, and read as far as is needed.
import { open } from "zarrzip";
import { WorkerPool } from "zarrzip/pool";
import { showArray } from "./picture.js";
import { makeTree } from "./tree.js";

const byId = (id) => document.getElementById(id);

/** Decodes in Web Workers, so that the page stays free. */
const pool = new WorkerPool({ workers: Math.min(4, navigator.hardwareConcurrency || 2) });

let opened;
let shown;

function say(text, isError = false) {
  byId("status").textContent = text;
  byId("status").classList.toggle("is-error", isError);
}

/** Opens a `File`, or the text of a URL, and shows its root. */
async function openInput(input, name) {
  say(`Opening ${name} …`);
  try {
    const root = await open(input);
    shown?.end();
    await opened?.close();
    opened = root;
    const members = root.kind === "group" ? await root.members({ maxDepth: Number.POSITIVE_INFINITY }) : [];
    byId("tree").replaceChildren(makeTree(root, members, showNode));
    await showNode(root.kind === "array" ? root : (members.find(({ kind }) => kind === "array") ?? root));
    const count = members.length === 1 ? "1 node" : `${members.length} nodes`;
    say(`${name}: ${root.kind === "array" ? "an array" : `a group with ${count} below it`}`);
  } catch (error) {
    say(explain(error), true);
  }
}

function openUrl(url) {
  void openInput(url, new URL(url).pathname.split("/").at(-1));
}

/** Shows one node; of an array also a picture. */
async function showNode(node) {
  shown?.end();
  shown = undefined;
  byId("node").hidden = false;
  for (const button of byId("tree").querySelectorAll("button")) {
    button.setAttribute("aria-current", String(button.dataset.path === node.path));
  }
  byId("title").textContent = `/${node.path}`;
  byId("metadata").textContent = describe(node);
  byId("figure").hidden = node.kind !== "array";
  byId("controls").replaceChildren();
  if (node.kind !== "array") return;
  try {
    const places = { canvas: byId("picture"), reading: byId("reading"), controls: byId("controls") };
    shown = await showArray(
      node,
      (array, selection, signal) => pool.read(array, selection, { signal }),
      places,
      (error) => say(explain(error), true),
    );
  } catch (error) {
    byId("figure").hidden = true;
    say(explain(error), true);
  }
}

function describe(node) {
  if (node.kind === "unreadable") return explain(node.error);
  const attributes = JSON.stringify(node.attributes, (_, value) => (typeof value === "bigint" ? `${value}` : value), 2);
  return node.kind === "array" ? `${node.info()}\n\nAttributes: ${attributes}` : `Attributes: ${attributes}`;
}

/** A `ZarrError` says by its message what is wrong and what to do. */
function explain(error) {
  return error.code === undefined ? String(error) : `${error.code}: ${error.message}`;
}

byId("file").addEventListener("change", ({ target }) => {
  const [file] = target.files;
  if (file !== undefined) void openInput(file, file.name);
});
byId("address").addEventListener("submit", (event) => {
  event.preventDefault();
  openUrl(byId("url").value);
});
addEventListener("dragover", (event) => {
  event.preventDefault();
  document.body.classList.add("is-over");
});
addEventListener("dragleave", () => document.body.classList.remove("is-over"));
addEventListener("drop", (event) => {
  event.preventDefault();
  document.body.classList.remove("is-over");
  const [file] = event.dataTransfer.files;
  if (file !== undefined) void openInput(file, file.name);
});

const address = new URLSearchParams(location.search).get("open");
if (address !== null) {
  byId("url").value = new URL(address, location.href).href;
  openUrl(byId("url").value);
}
