import process from "node:process";
import { type Command, Option } from "commander";
import { pathTarget } from "../bytes/folder.js";
import { type ArchiveReport, verifyArchive } from "../commit/verify.js";
import type { ZarrErrorCode } from "../errors.js";
import { verifyNodes } from "../hierarchy/verify-nodes.js";
import { verifyOzx } from "../hierarchy/verify-ozx.js";
import { openStore } from "../store/any-store.js";
import { addExamples } from "./command-help.js";
import { exitCodeOfFindings, exitCodes } from "./exit-code.js";
import { recoveryOf, reworded } from "./explain.js";
import { interruptible } from "./interruptible.js";
import { type CommonOptions, counted, formatBytes, note, print, printJson } from "./output.js";
import { progressBar } from "./progress-bar.js";

interface VerifyOptions extends CommonOptions {
  readonly data?: true;
  readonly quick?: true;
  readonly profile?: "rfc9";
  readonly format?: "tck";
}

/** A finding of any check. */
interface Finding {
  readonly code: ZarrErrorCode;
  readonly message: string;
  readonly path?: string;
  readonly key?: string;
  readonly offset?: number;
}

/** Adds arguments and action. */
export function define(command: Command): void {
  addExamples(command, "zarrzip verify heights.zarr.zip", "zarrzip verify --data heights.zarr.zip");
  command
    .description(
      "Check a file: of a ZIP every record, by two readers, and the CRC-32 of every entry; of every array and group the metadata. Ends with 4 if something is damaged, with 5 if something is not supported.",
    )
    .argument("<file>", "a ZIP file, a folder or a URL")
    .addOption(new Option("--quick", "check the directory of a ZIP alone, and read no chunk").conflicts("data"))
    .option("--data", "decode every chunk as well")
    .addOption(
      new Option("--profile <name>", "hold it against RFC-9 instead, zipped OME-Zarr")
        .choices(["rfc9"])
        .conflicts(["quick", "data"]),
    )
    .addOption(
      new Option("--format <name>", "print what --profile rfc9 finds as ozx-tck does: FILE::ENTRY::WARN or ERROR::TEXT")
        .choices(["tck"])
        .implies({ profile: "rfc9" })
        .conflicts("json"),
    )
    .action(verify);
}

async function verify(file: string, options: VerifyOptions): Promise<void> {
  if (options.profile === "rfc9") return await verifyProfile(file, options);
  const findings: Finding[] = [];
  const isUrl = /^(?!file:)[a-z][\w+.-]+:\/\//i.test(file);
  const archive = isUrl || (await isFolder(file)) ? undefined : await verifyEntries(file, options);
  findings.push(...(archive?.problems ?? []));
  const nodes = await verifyContents(file, findings, options);
  const { entries, bytes } = archive ?? {};
  if (findings.length > 0) process.exitCode = exitCodeOfFindings(findings.map(({ code }) => code));
  if (options.json) return await printJson({ file, entries, bytes, ...nodes, findings });
  for (const { code, message } of findings) await print(`${code}: ${reworded(message)}\n`);
  const isTorn = archive?.problems.some(({ code }) => code !== "ERR_ZIP_METHOD");
  const helps = isTorn ? recoveryOf(file) : undefined;
  const checked = [
    ...(archive === undefined
      ? []
      : [`${counted(archive.entries, "entry", "entries")}${options.quick ? "" : ` of ${formatBytes(archive.bytes)}`}`]),
    ...(nodes === undefined ? [] : [counted(nodes.nodes, "node")]),
    ...(nodes === undefined || !options.data ? [] : [counted(nodes.chunks, "chunk")]),
  ];
  await print(
    `${file}: ${findings.length === 0 ? "sound" : counted(findings.length, "finding")}; checked ${checked.join(", ")}\n`,
  );
  if (helps !== undefined) note(helps, options);
}

/** Ends with 4 where the file breaks what it must keep to, and with 1 where it does not do what it should. */
async function verifyProfile(file: string, { json, format }: VerifyOptions): Promise<void> {
  const findings = await verifyOzx(file);
  const isBroken = findings.some(({ level }) => level === "MUST");
  if (findings.length > 0) process.exitCode = isBroken ? exitCodes.corrupt : exitCodes.findings;
  if (json) return await printJson({ file, profile: "rfc9", findings });
  if (format === "tck") {
    const states = { MUST: "ERROR", SHOULD: "WARN" };
    for (const { key = "None", level, message } of findings) {
      await print(`${file}::${key}::${states[level]}::${message}\n`);
    }
    return;
  }
  for (const { code, level, message } of findings) await print(`${level} ${code}: ${message}\n`);
  await print(`${file}: ${findings.length === 0 ? "keeps to RFC-9" : counted(findings.length, "finding")}\n`);
}

async function verifyEntries(file: string, options: VerifyOptions): Promise<ArchiveReport> {
  const bar = progressBar("verify", options);
  const data = !options.quick;
  const work = interruptible((signal) => verifyArchive(file, { data, signal, onProgress: bar.update }));
  return await work.finally(bar.end);
}

async function isFolder(file: string): Promise<boolean> {
  return (await pathTarget(file))?.kind === "folder";
}

/** Checks nodes and chunks, where the file can be opened at all; a key that is known to be damaged is named once. */
async function verifyContents(file: string, findings: Finding[], options: VerifyOptions) {
  if (findings.some(({ code, key }) => key === undefined && code !== "ERR_ZIP_METHOD")) return undefined;
  const known = new Set(findings.map(({ key }) => key));
  const bar = progressBar("verify", options);
  const store = await openStore(file);
  try {
    const { data = false } = options;
    const { nodes, chunks, problems } = await interruptible((signal) =>
      verifyNodes(store, { data, signal, onProgress: bar.update }),
    );
    if (nodes === 0) {
      findings.push({
        code: "ERR_NOT_FOUND",
        message: `there is no array or group in ${file}, or no document says so`,
      });
    }
    findings.push(...problems.filter(({ key }) => key === undefined || !known.has(key)));
    return { nodes, chunks };
  } finally {
    bar.end();
    await store.close();
  }
}
