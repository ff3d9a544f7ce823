import { fork } from "node:child_process";
import { once } from "node:events";
import { basename } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";

/** A process, which says that it is ready, and a last message before it ends. */
export class SoakProcess {
  #script;
  #job;
  #problems;
  #process;
  #exit;
  #isEnding = false;

  /**
   * @param script - URL of what it runs
   * @param job - gives what it is told when it starts
   * @param problems - gets a sentence if it ends otherwise than by `kill` or `end`
   */
  constructor(script, job, problems) {
    this.#script = fileURLToPath(script);
    this.#job = job;
    this.#problems = problems;
  }

  async start() {
    this.#process = fork(this.#script, [JSON.stringify(this.#job())]);
    const started = this.#process;
    this.#exit = once(started, "exit");
    this.#exit.then(([code, signal]) => {
      if (signal !== "SIGKILL" && !(this.#isEnding && code === 0)) {
        this.#problems.push(`${basename(this.#script)} ended with ${code ?? signal}`);
      }
    });
    await Promise.race([once(started, "message"), this.#exit]);
  }

  async kill() {
    this.#process.kill("SIGKILL");
    await this.#exit;
  }

  /** Stops it again and again until `isThere`, which gets its pid; then, or after 300 times, kills it. */
  async killWhen(isThere) {
    const { pid } = this.#process;
    for (let attempt = 0; attempt < 300; attempt++) {
      this.#process.kill("SIGSTOP");
      await pause(1);
      if (isThere(pid)) break;
      this.#process.kill("SIGCONT");
      await pause(attempt % 5);
    }
    await this.kill();
  }

  /** Stops it, wherever it is, and lets it go on. */
  async stopFor(ms) {
    this.#process.kill("SIGSTOP");
    await pause(ms);
    this.#process.kill("SIGCONT");
  }

  async end() {
    this.#isEnding = true;
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return {};
    const answer = Promise.race([once(this.#process, "message"), this.#exit.then(() => [{}])]);
    this.#process.send("stop");
    const [report] = await answer;
    await this.#exit;
    return report;
  }
}
