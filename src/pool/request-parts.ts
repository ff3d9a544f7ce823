import { type HttpPreparation, isRequest } from "../bytes/http-options.js";
import { errorState, type Preparation, type RequestParts } from "./protocol.js";

/** A request as plain data. */
export function partsOf({ url, headers, credentials }: Request): RequestParts {
  return { url, headers: [...headers], credentials };
}

/** The request of which {@link partsOf} gave the parts. */
export function requestOf({ url, headers, credentials }: RequestParts, method: string): Request {
  const copied = headers.map(([name, value]): [string, string] => [name, value]);
  return new Request(url, { method, headers: copied, credentials });
}

/** The result of a request's function, as plain data. */
export async function preparationOf(plain: Request, prepare: HttpPreparation | undefined): Promise<Preparation> {
  try {
    const prepared: unknown = prepare === undefined ? plain : await prepare(plain);
    if (isRequest(prepared)) return partsOf(prepared);
    return { other: Object(prepared) === prepared || typeof prepared === "symbol" ? {} : prepared }; // what can be sent
  } catch (error) {
    return { error: errorState(error) };
  }
}
