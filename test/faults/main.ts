import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { VoidPlays } from "../support/starvation/starvation.ts";
import { summaryOf, tablesOf } from "./report.ts";
import { type FaultRow, isKept, type RowResult } from "./row.ts";
import { rows } from "./rows/index.ts";
import { runRow } from "./run-row.ts";

const help = `npm run test:faults: everything that can go away goes away, while requests flow.

    --only TEXT   only rows whose "group: name" contains TEXT
    --lanes N     rows that run side by side; default 3: a row mostly waits, but those that starve the daemon need the rest of a processor
    --write       write the results into the tables of docs/faults.md
    --help        this text
`;

const { values } = parseArgs({
  options: {
    only: { type: "string", default: "" },
    lanes: { type: "string", default: "3" },
    write: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});
if (values.help) {
  process.stdout.write(help);
  process.exit(0);
}

/** Everything here has a bound of its own; this is for what was not thought of. */
const runLimitMs = 60 * 60_000;
setTimeout(() => {
  process.stderr.write("the suite took too long\n");
  process.exit(1);
}, runLimitMs).unref();

const docs = new URL("../../docs/faults.md", import.meta.url);
const generated = /(?<=<!-- generated -->\n).*?(?=<!-- \/generated -->)/s;

const voidPlays = new VoidPlays();

/** Plays them side by side in so many lanes; their results come in the rows' order. */
async function play(chosen: readonly FaultRow[], laneCount: number): Promise<RowResult[]> {
  const results = new Map<FaultRow, RowResult>();
  const waiting = [...chosen];
  const lane = async () => {
    for (let row = waiting.shift(); row !== undefined; row = waiting.shift()) {
      const result = await runRow(row, voidPlays);
      process.stdout.write(`${summaryOf(result)}\n`);
      results.set(row, result);
    }
  };
  await Promise.all(Array.from({ length: laneCount }, lane));
  return chosen.flatMap((row) => results.get(row) ?? []);
}

const chosen = rows.filter(({ group, name }) => `${group}: ${name}`.includes(values.only));
const results = [
  ...(await play(
    chosen.filter(({ alone }) => alone !== true),
    Number(values.lanes),
  )),
  ...(await play(
    chosen.filter(({ alone }) => alone === true),
    1,
  )),
];
if (values.write)
  writeFileSync(
    docs,
    readFileSync(docs, "utf8").replace(generated, (written) => `\n${tablesOf(rows, results, written)}\n`),
  );
const failed = results.filter((result) => !isKept(result)).length;
if (voidPlays.count > 0)
  process.stdout.write(`${voidPlays.count} played again: the machine kept the gateway waiting\n`);
process.stdout.write(`${results.length - failed} passed, ${failed} failed\n`);
process.exit(failed === 0 && results.length > 0 ? 0 : 1);
