// Runs in workerd: reads what is served under a URL, as a request says.
import { inputs } from "./inputs.mjs";
import { readEverything } from "./read-everything.mjs";

export default {
  async fetch(request) {
    if (request.method === "GET") return new Response("ready");
    const { kind, url } = await request.json();
    return Response.json(await readEverything(await inputs[kind](url)));
  },
};
