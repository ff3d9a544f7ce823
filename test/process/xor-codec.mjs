// A custom codec of a user: flips every bit. Importing this module registers it, and leaves a mark.
import process from "node:process";
import { register } from "../../dist/index.js";

globalThis.xorCodecImported = true;
process.env.XOR_CODEC_IMPORTED = "yes";

const flip = (bytes) => Uint8Array.from(bytes, (byte) => byte ^ 0xff);

register(
  {
    codec: {
      names: ["example.xor"],
      kind: "bytes-to-bytes",
      create: () => ({
        name: "example.xor",
        kind: "bytes-to-bytes",
        configuration: undefined,
        maxEncodedSize: (size) => size,
        encode: flip,
        decode: flip,
      }),
    },
  },
  { module: import.meta.url },
);
