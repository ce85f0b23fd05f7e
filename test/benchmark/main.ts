// `npm run benchmark`: the daemon as it is built against the plain bridge, all figures in one run.
//
//     --quick   fewer rounds and requests, to see that it works: four minutes instead of fifteen
//     --only    one of starts, latency, bursts, flood, endurance, boards
//     --write   writes the table into docs/benchmarks.md
import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { openBench } from "./bench.ts";
import { measureBoards } from "./boards.ts";
import { measureBursts } from "./bursts.ts";
import { measureFlood, measureManyInARow } from "./endurance.ts";
import { type Figure, tableOf } from "./figure.ts";
import { measureSideBySide } from "./side-by-side.ts";
import { measureStarts } from "./starts.ts";

const { values } = parseArgs({
  options: { quick: { type: "boolean" }, only: { type: "string" }, write: { type: "boolean" } },
});
const size = values.quick
  ? { starts: 3, rounds: 2, requestsInARow: 10_000, boardsS: 12 }
  : { starts: 15, rounds: 10, requestsInARow: 100_000, boardsS: 90 };

/** Everything here has a bound of its own; this is for what was not thought of. */
const runLimitMs = 40 * 60_000;
setTimeout(() => fail(new Error("the benchmark took too long")), runLimitMs).unref();

const docs = new URL("../../docs/benchmarks.md", import.meta.url);
const generated = /(?<=<!-- generated -->\n).*?(?=<!-- \/generated -->)/s;

async function measure(): Promise<boolean> {
  const bench = await openBench();
  const figures: Figure[] = [];
  const measurements = {
    starts: () => measureStarts(bench, size.starts),
    latency: () => measureSideBySide(bench, size.rounds),
    bursts: () => measureBursts(bench),
    flood: () => measureFlood(bench),
    endurance: () => measureManyInARow(bench, size.requestsInARow),
    boards: () => measureBoards(bench, size.boardsS),
  };
  for (const [name, measureOne] of Object.entries(measurements)) {
    if (values.only !== undefined && values.only !== name) continue;
    const found = await measureOne();
    for (const { name, ours, plain, target, met } of found) {
      process.stderr.write(`${met === false ? "missed" : "      "} ${name}: ${ours} (plain: ${plain}) ${target}\n`);
    }
    figures.push(...found);
  }
  await bench.close();
  process.stdout.write(`${tableOf(figures)}\n`);
  if (values.write) writeFileSync(docs, readFileSync(docs, "utf8").replace(generated, `\n${tableOf(figures)}\n\n`));
  return figures.every(({ met }) => met !== false);
}

function fail(error: Error): never {
  process.stderr.write(`${error.stack}\n`);
  process.exit(1);
}

measure().then((isMet) => process.exit(isMet ? 0 : 1), fail);
