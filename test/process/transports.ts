// Every way on which a state reaches another thread or process. Each sends a request to agent.mjs, which runs the built
// package, and gives its reports.
import { fork, type SerializationType, spawn } from "node:child_process";
import cluster, { type Worker as ClusterWorker } from "node:cluster";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { MessageChannel, Worker } from "node:worker_threads";

/** What agent.mjs is asked. */
export interface Request {
  readonly states: readonly unknown[];
  readonly options?: object;
  /** Where a process goes before it restores anything. */
  readonly folder?: string;
}

/** What agent.mjs says of one state. */
export interface Report {
  readonly error?: { readonly code: string; readonly message: string };
  readonly kind: string;
  readonly readOnly: boolean;
  readonly mode: string;
  readonly isSameState: boolean;
  readonly values: readonly string[];
  readonly openFlags: readonly string[];
  readonly mutations: readonly string[];
  readonly afterClose: readonly string[];
  readonly leftOpen: number;
}

export type Transport = (request: Request) => Promise<Report[]>;

const agent = fileURLToPath(new URL("agent.mjs", import.meta.url));

export const transports: readonly (readonly [string, Transport])[] = [
  ["worker_threads, workerData", throughWorkerData],
  ["worker_threads, postMessage", throughPostMessage],
  ["worker_threads, a transferred port", throughPort],
  ["child_process.fork, json", (request) => throughFork(request, "json")],
  ["child_process.fork, advanced", (request) => throughFork(request, "advanced")],
  ["child_process.spawn, JSON over stdin", throughStdin],
  ["node:cluster", throughCluster],
  ["child_process.fork, after chdir", (request) => throughFork({ folder: "/", ...request }, "json")],
];

async function throughWorkerData(request: Request): Promise<Report[]> {
  const worker = new Worker(agent, { workerData: request });
  const [reports] = await once(worker, "message");
  await worker.terminate();
  return reports;
}

async function throughPostMessage(request: Request): Promise<Report[]> {
  const worker = new Worker(agent);
  worker.postMessage(request);
  const [reports] = await once(worker, "message");
  await worker.terminate();
  return reports;
}

async function throughPort(request: Request): Promise<Report[]> {
  const worker = new Worker(agent);
  const { port1, port2 } = new MessageChannel();
  worker.postMessage({ ...request, port: port2 }, [port2]);
  const [reports] = await once(port1, "message");
  port1.close();
  await worker.terminate();
  return reports;
}

async function throughFork(request: Request, serialization: SerializationType): Promise<Report[]> {
  const child = fork(agent, [], { serialization });
  const exit = once(child, "exit");
  await once(child, "message");
  child.send(request as object);
  const [reports] = await once(child, "message");
  await exit;
  return reports;
}

async function throughStdin(request: Request): Promise<Report[]> {
  const child = spawn(process.execPath, [agent], { stdio: ["pipe", "pipe", "inherit"] });
  child.stdin.end(JSON.stringify(request));
  return JSON.parse(await text(child.stdout));
}

async function throughCluster(request: Request): Promise<Report[]> {
  cluster.setupPrimary({ exec: agent, args: [] });
  const worker: ClusterWorker = cluster.fork();
  const exit = once(worker, "exit");
  await once(worker, "message");
  worker.send(request as object);
  const [reports] = await once(worker, "message");
  await exit;
  return reports;
}
