/** The import `#diagnostics`, by Node. */
export { channel } from "node:diagnostics_channel";
