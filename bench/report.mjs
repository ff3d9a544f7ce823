// docs/benchmarks.md, .json and .svg of what bench/compare.mjs has measured.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { chartOf } from "./chart.mjs";
import { cells, rows } from "./rows.mjs";

/** Writes the report of everything in `results` that is of the participants' present versions. */
export function writeReport({ participants, results, machine, load, digests, out, json }) {
  const table = tableOf(participants, results);
  const ours = participants.filter((participant) => participant.ours);
  const peers = participants.filter((participant) => !participant.ours);
  const ratios = ratiosOf(table, ours, peers);
  const loads = table.flatMap(({ loads: ofCell }) => ofCell);
  const during = [Math.min(...loads), Math.max(...loads)].map((value) => Number(value.toFixed(2)));

  mkdirSync(out, { recursive: true });
  const named = participants.map(({ name, version, absent }) => ({ name, version, absent }));
  const whole = { machine, load: { ...load, during }, participants: named, files: digests, measured: table, ratios };
  writeFileSync(json ?? join(out, "benchmarks.json"), `${JSON.stringify(whole, null, 1)}\n`);
  writeFileSync(join(out, "benchmarks.svg"), chartOf(ratios, ours[0].name, peers));
  writeFileSync(
    join(out, "benchmarks.md"),
    documentOf({ participants, ours, peers, table, ratios, machine, load, during }),
  );
}

function tableOf(participants, results) {
  const table = [];
  for (const participant of participants) {
    for (const row of Object.keys(rows)) {
      for (const cell of Object.keys(cells)) {
        const { runs, failed } = results.of(participant, row, cell);
        if (runs.length === 0 && failed === undefined) continue;
        const medians = runs.map(({ samples }) => median(samples));
        table.push({
          participant: participant.name,
          row,
          cell,
          median: runs.length > 0 ? round(median(medians)) : undefined,
          runs: medians.map(round),
          loads: runs.map(({ load }) => load),
          failed,
        });
      }
    }
  }
  return table;
}

/** Ours divided by the peer's. Where the peer has no such call, `like` is the cell that is compared with instead. */
function ratiosOf(table, ours, peers) {
  const medianOf = (name, row, cell) => find(table, name, row, cell)?.median;
  const ratios = [];
  for (const { name } of ours) {
    for (const row of Object.keys(rows)) {
      for (const [cell, { instead }] of Object.entries(cells)) {
        const own = medianOf(name, row, cell);
        if (own === undefined) continue;
        for (const peer of peers) {
          const like = peer.can.includes(cell) ? cell : instead;
          const other = like && medianOf(peer.name, row, like);
          if (other)
            ratios.push({ ours: name, peer: peer.name, row, cell, like, ratio: Number((own / other).toPrecision(3)) });
        }
      }
    }
  }
  return ratios;
}

function documentOf({ participants, ours, peers, table, ratios, machine, load, during }) {
  const rounds = table.map(({ runs }) => runs.length).filter((count) => count > 0);
  const [fewest, most] = [Math.min(...rounds), Math.max(...rounds)];
  const failures = table.filter(({ failed }) => failed !== undefined);
  const list = (values) => values.map((value) => value.toFixed(2)).join(", ");
  const lines = [
    "# Benchmarks",
    "",
    "Made by `npm run bench -- --peers`; do not edit. `docs/benchmarks.json` has every run.",
    "",
    `- Processor: ${machine.processor}; memory: ${machine.memory}`,
    `- System: ${machine.system}; disk: ${machine.disk}`,
    `- Load average before: ${list(load.before)}; after: ${list(load.after)}; while measuring: ${during.join(" to ")}.` +
      " Above the number of processors other programs were at work, and even ratios say little.",
    ...participants.map(
      ({ name, version, absent }) => `- ${name}: ${version}${absent ? `; not measured, ${absent}` : ""}`,
    ),
    "",
    ...failures.map(({ participant, row, cell, failed }) => `- FAILED: ${participant}, ${row}, ${cell}: ${failed}`),
    ...(failures.length > 0 ? [""] : []),
    "The files, written by zarr-python:",
    "",
    ...Object.entries(rows).map(([row, description]) => `- **${row}**: ${description}`),
    "",
    "How it is measured:",
    "",
    "- Every cell of every participant is run in turns with the others, in a fresh process each time: once without counting, then",
    "  up to 5 times within 2 s, whose median is the run's (a first time of more than 5 s is counted, and enough).",
    `  The tables have the medians of ${fewest === most ? most : `${fewest} to ${most}`} such runs.`,
    "- Every time is from the file's name to the values: opening is part of it. The file is in the page cache. Pools are warm.",
    "- Values are compared, by SHA-256, with what NumPy held when the file was made; a written file is read by tensorstore for it.",
    "- Participants have their defaults: threads, caches, checks. zarrzip checks the CRC-32 of each entry.",
    "  zarr-python, tensorstore and zarrs use several threads without being asked.",
    '- Writing: zarrzip (`durability: "process"`) and zarr-python do not wait for the disk at the end, tensorstore does. zarrita and zarrs_zip cannot write.',
    "- Memory: by how much the resident memory of the process grew at most after all modules were loaded, once, without a first run;",
    "  a pool's workers are part of it. The values themselves are 64 MiB, those of `tiny` 1.5 MiB.",
    "",
    "## Ratios",
    "",
    "Ours divided by the peer's: below 1 zarrzip is faster, or needs less. `*`: the peer has no such call, and is compared with",
    "its plain reading, or its windows one after the other.",
    "",
    `![Ratios of ${ours[0].name} to its peers](benchmarks.svg)`,
    "",
  ];
  for (const [cell, { title }] of Object.entries(cells)) {
    lines.push(`### ${title}`, "", ...ratioTable(ratios, ours, peers, cell), "");
  }
  lines.push("## Medians", "");
  for (const [cell, { title, unit = "ms" }] of Object.entries(cells)) {
    lines.push(`### ${title}, ${unit}`, "", ...medianTable(table, participants, cell), "");
  }
  return lines.join("\n");
}

function ratioTable(ratios, ours, peers, cell) {
  const body = ours.flatMap(({ name }) =>
    Object.keys(rows).flatMap((row) => {
      const texts = peers.map((peer) => {
        const found = ratios.find((r) => r.ours === name && r.peer === peer.name && r.row === row && r.cell === cell);
        return found ? `${found.ratio.toFixed(2)}${found.like === cell ? "" : " *"}` : "";
      });
      return texts.some((text) => text !== "") ? [[`${name}: ${row}`, ...texts]] : [];
    }),
  );
  return markdownTable(["", ...peers.map(({ name }) => name)], body);
}

function medianTable(table, participants, cell) {
  const measured = Object.keys(rows).filter((row) => participants.some(({ name }) => find(table, name, row, cell)));
  const body = measured.map((row) => [
    row,
    ...participants.map(({ name, can, absent }) => {
      const found = find(table, name, row, cell);
      if (found?.failed !== undefined) return "failed";
      if (found !== undefined) return found.median.toFixed(found.median < 100 ? 1 : 0);
      return absent === undefined && can.includes(cell) ? "not measured" : "–";
    }),
  ]);
  return markdownTable(["", ...participants.map(({ name }) => name)], body);
}

function markdownTable(head, body) {
  const line = (texts) => `| ${texts.join(" | ")} |`;
  return [line(head), line(head.map((_, i) => (i === 0 ? "---" : "---:"))), ...body.map(line)];
}

const find = (table, name, row, cell) =>
  table.find((found) => found.participant === name && found.row === row && found.cell === cell);

const round = (value) => Number(value.toFixed(2));

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
