// Runs as a service worker: reads what is served under a URL, as a message says, and answers on its port.
import { inputs } from "./inputs.mjs";
import { readEverything } from "./read-everything.mjs";

self.addEventListener("install", (event) => event.waitUntil(self.skipWaiting()));
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("message", ({ data: { kind, url }, ports: [port] }) => {
  const read = async () => readEverything(await inputs[kind](url));
  read().then(
    (found) => port.postMessage({ found }),
    (error) => port.postMessage({ error: String(error) }),
  );
});
