// `npm run benchmark`: the daemon as it is built beside bridges that check nothing, all figures in one run.
//
//     --quick   fewer rounds and requests, to see that it works: 8 minutes instead of 27
//     --only    one of starts, latency, bursts, flood, endurance, boards; plain for all of these; peers
//     --write   writes the tables into docs/benchmarks.md; not with --against
//     --daemon DIST, --against DIST
//               another build in place of this checkout's, and one to compare it with: a folder as `npm run build` makes it.
//               With --against only the peers are measured: this build, the other one, and C
import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { openBench } from "./bench.ts";
import { measureBoards } from "./boards.ts";
import { measureBursts } from "./bursts.ts";
import { measureFlood, measureManyInARow } from "./endurance.ts";
import { type Figure, tableOf } from "./figure.ts";
import { measurePeers } from "./peers/measure-peers.ts";
import { measureSideBySide } from "./side-by-side.ts";
import { measureStarts } from "./starts.ts";

const { values } = parseArgs({
  options: {
    quick: { type: "boolean" },
    only: { type: "string" },
    write: { type: "boolean" },
    daemon: { type: "string", default: join(import.meta.dirname, "../../dist") },
    against: { type: "string" },
  },
});
const only = values.against === undefined ? values.only : "peers";
const size = values.quick
  ? {
      starts: 3,
      rounds: 2,
      requestsInARow: 10_000,
      boardsS: 12,
      peers: { coldRounds: 1, warmRounds: 3, sliceShare: 1 / 3, slowRounds: 0, requestsInARow: 0 },
    }
  : {
      starts: 15,
      rounds: 5,
      requestsInARow: 100_000,
      boardsS: 90,
      peers: { coldRounds: 3, warmRounds: 5, sliceShare: 1, slowRounds: 2, requestsInARow: 100_000 },
    };

/** Everything here has a bound of its own; this is for what was not thought of. */
const runLimitMs = 40 * 60_000;
setTimeout(() => fail(new Error("the benchmark took too long")), runLimitMs).unref();

const docs = new URL("../../docs/benchmarks.md", import.meta.url);

async function measure(): Promise<boolean> {
  const builds = { ours: resolve(values.daemon), against: values.against && resolve(values.against) };
  const bench = await openBench(builds);
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
    if (only !== undefined && only !== name && only !== "plain") continue;
    const found = await measureOne();
    for (const { name, ours, plain, target, met } of found) {
      process.stderr.write(`${met === false ? "missed" : "      "} ${name}: ${ours} (plain: ${plain}) ${target}\n`);
    }
    figures.push(...found);
  }
  const isWanted = only === undefined || only === "peers";
  const peers = isWanted ? await measurePeers(bench, values.against !== undefined, size.peers) : undefined;
  await bench.close();
  if (figures.length > 0) print("table", tableOf(figures));
  if (peers !== undefined) print("peers", peers.table);
  return figures.every(({ met }) => met !== false) && peers?.met !== false;
}

/** @param name of the part of the page that it replaces with --write */
function print(name: "table" | "peers", table: string): void {
  process.stdout.write(`${table}\n\n`);
  if (!values.write || values.against !== undefined) return;
  const generated = new RegExp(`(?<=<!-- generated ${name} -->\\n).*?(?=<!-- /generated -->)`, "s");
  writeFileSync(docs, readFileSync(docs, "utf8").replace(generated, `\n${table}\n\n`));
}

function fail(error: Error): never {
  process.stderr.write(`${error.stack}\n`);
  process.exit(1);
}

measure().then((isMet) => process.exit(isMet ? 0 : 1), fail);
