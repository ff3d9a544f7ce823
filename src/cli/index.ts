#!/usr/bin/env node
/**
 * The program `zarrzip`. Each command is a file beside this one, and is loaded when it is called.
 * @module
 */
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import process from "node:process";
import { Command, type CommanderError } from "commander";
import { addExamples } from "./command-help.js";
import { exitCodeOf, exitCodes } from "./exit-code.js";
import { explain } from "./explain.js";
import { exitWhenInterrupted } from "./interruptible.js";

/** The export of a command's file: it adds arguments, options, examples and the action. */
interface CommandModule {
  readonly define: (command: Command) => void;
}

/** A line for the list of commands, and where the command is. */
type CommandEntry = readonly [summary: string, load: () => Promise<CommandModule>];

const commands: Readonly<Record<string, CommandEntry>> = {
  info: ["say what a file holds, or what an array is", () => import("./info.js")],
  tree: ["draw the groups and arrays", () => import("./tree.js")],
  ls: ["list members, keys, chunks or ZIP entries", () => import("./ls.js")],
  get: ["print or save the values of an array", () => import("./get.js")],
  view: ["draw two dimensions of an array", () => import("./view.js")],
  stats: ["minimum, maximum, mean and histogram of an array", () => import("./stats.js")],
  bench: ["measure how fast an array is read", () => import("./bench.js")],
  diff: ["say in what two arrays or groups differ", () => import("./diff.js")],
  create: ["create an array or a group", () => import("./create.js")],
  set: ["write values to a part of an array", () => import("./set.js")],
  append: ["put values behind the last ones of an array", () => import("./append.js")],
  cp: ["copy an array or a group, within a file or to another", () => import("./cp.js")],
  convert: ["write a file anew, in other chunks, shards, codecs or format", () => import("./convert.js")],
  rm: ["remove an array or a group", () => import("./rm.js")],
  versions: ["list the versions that a file still holds", () => import("./versions.js")],
  verify: ["check a file", () => import("./verify.js")],
  repack: ["write a file anew, without dead bytes", () => import("./repack.js")],
  pack: ["put a folder into one ZIP", () => import("./pack.js")],
  unpack: ["put what is in a ZIP into a folder", () => import("./unpack.js")],
  references: ["say where the values in a ZIP are, as kerchunk does", () => import("./references.js")],
  completion: ["print what makes a shell complete commands", () => import("./completion.js")],
  recover: ["save what is whole in a damaged file", () => import("./recover.js")],
};

exitWhenInterrupted();
process.stdout.on("error", endOfOutput);
process.stderr.on("error", endOfOutput);
await run(process.argv.slice(2));

async function run(args: readonly string[]): Promise<void> {
  const words = withCommand(args);
  const program = new Command("zarrzip")
    .description("Zarr arrays in one ZIP file, in a folder or behind a URL.")
    .usage("FILE | COMMAND …")
    .version(versionOfPackage())
    .helpCommand("help [command]", "say how to use a command")
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(worded(text)) });
  addExamples(program, "zarrzip heights.zarr.zip", "zarrzip get heights.zarr.zip:heights '[0, 10:20]'");
  const called = words[0] === "help" ? words[1] : words[0];
  for (const [name, [summary, load]] of Object.entries(commands)) {
    const command = program
      .command(name)
      .description(`${summary[0]!.toUpperCase()}${summary.slice(1)}.`)
      .summary(summary);
    if (name !== called && called !== "completion") continue; // which is about all of them
    (await load()).define(command);
    command.option("--json", "print JSON");
    command.option("-q, --quiet", "say nothing but results and errors");
  }
  try {
    await program.parseAsync(words, { from: "user" });
  } catch (error) {
    process.exitCode = isOfParser(error) ? codeOfParser(error) : fail(error, words);
  }
}

/** Without a command, what looks like a file is what `info` is about. */
function withCommand(args: readonly string[]): readonly string[] {
  const first = args.find((word) => !word.startsWith("-"));
  if (first === "help" && args[1] === "help") return ["--help"];
  if (first === "help") return isUnknown(args[1]) ? args.slice(1) : args; // which the parser refuses
  if (first === undefined || Object.hasOwn(commands, first)) return args.length === 0 ? ["--help"] : args;
  return /[./\\:]/.test(first) || existsSync(first) ? ["info", ...args] : args;
}

function isUnknown(command: string | undefined): boolean {
  return command !== undefined && !command.startsWith("-") && !Object.hasOwn(commands, command);
}

/** The parser's message, as this program words it. */
function worded(text: string): string {
  const isLikeNone = /^error: unknown command .*\n$/.test(text);
  return `${text.replace(/^error:/, "zarrzip:")}${isLikeNone ? "(zarrzip --help lists all commands)\n" : ""}`;
}

function isOfParser(error: unknown): error is CommanderError {
  return typeof error === "object" && error !== null && "code" in error && String(error.code).startsWith("commander.");
}

/** The parser has printed what it had to say. */
function codeOfParser({ exitCode }: CommanderError): number {
  return exitCode === 0 ? exitCodes.ok : exitCodes.usage;
}

function fail(error: unknown, words: readonly string[]): number {
  process.stderr.write(explain(error, words));
  return exitCodeOf(error);
}

/** Whoever reads the output has had enough, as `head` has: this ends as if the system's signal had ended it. */
function endOfOutput(error: NodeJS.ErrnoException): void {
  if (error.code === "EPIPE") process.exit(exitCodes.brokenPipe);
  throw error;
}

function versionOfPackage(): string {
  const load = createRequire(import.meta.url);
  return (load("zarrzip/package.json") as { version: string }).version;
}
