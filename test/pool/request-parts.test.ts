import { expect, test } from "vitest";
import { partsOf, requestOf } from "../../src/pool/request-parts.js";

test("a request comes back as what it was: its URL, headers, and whether cookies go with it", () => {
  const headers = { authorization: "Bearer secret", range: "bytes=0-9" };
  const request = new Request("https://host/a.zip?sig=1", { method: "HEAD", headers, credentials: "include" });
  const { url, method, headers: found, credentials } = requestOf(structuredClone(partsOf(request)), "HEAD");
  expect({ url, method, credentials, headers: Object.fromEntries(found) }).toEqual({
    url: "https://host/a.zip?sig=1",
    method: "HEAD",
    credentials: "include",
    headers,
  });
});
