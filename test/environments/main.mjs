// Prints the report of program.mjs. Without an await at the top, so that it can be bundled in the form of CommonJS.
import { report } from "./program.mjs";

void report(`${process.argv[2]}.zarr.zip`).then((found) => console.log(`REPORT ${JSON.stringify(found)}`));
