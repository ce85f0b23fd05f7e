/** Each planted fault is named: its rule fails, and no other; its words say what came and what is right. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { checkBoard, rules } from "../../../src/lab/bench/conformance/check-board.ts";
import { plantedBoard } from "./planted-board.ts";
import { type PlantedFault, plantedFaults } from "./planted-faults.ts";

const commands = { plain: "ping", count: "count", slow: "slow 150" };
/** As the gateway's defaults. */
const settings = { replyBytesMax: 2048, lineEnd: "lf", prompt: undefined, dataBits: 8 } as const;

async function resultsOf(plant: PlantedFault) {
  const board = await plantedBoard(plant);
  try {
    return (await checkBoard(board, commands, settings)).results;
  } finally {
    await board.close();
  }
}

test("a sound board fails no rule", async () => {
  for (const crc of [true, false]) {
    const results = await resultsOf({ options: { crc }, fails: [], says: /./ });
    const others = results.filter(({ verdict }) => verdict !== "pass").map(({ id, verdict }) => `${id} ${verdict}`);
    assert.deepEqual(others, crc ? [] : ["damaged not_claimed", "checksum not_claimed"]);
  }
});

/** They mostly wait: side by side they take as long as the slowest. */
test("boards that are easily misjudged", { concurrency: true }, async (t) => {
  await Promise.all([
    t.test("a sound board on a slow line, whose longest lines take seconds, fails no rule", async () => {
      const slow = { baudRate: 4800, lineBytes: 1000, window: 1 };
      const failed = (await resultsOf({ options: slow, fails: [], says: /./ })).filter((one) => one.verdict === "fail");
      assert.deepEqual(
        failed.map(({ id, note }) => `${id}: ${note}`),
        [],
      );
    }),
    t.test("a board that says nothing passes no rule", async () => {
      const results = await resultsOf({ options: { silence: true }, fails: ["answer"], says: /./ });
      assert.deepEqual(
        results.filter(({ verdict }) => verdict === "pass").map(({ id }) => id),
        [],
      );
    }),
    ...(
      [
        [{}, /^the board did not restart \(boot=\w+ as before\): is this modem line wired to its reset\?$/],
        [
          { helloLine: "=rrpc/1 window=1 line=256" },
          /without boot=… it cannot be seen whether the board has restarted$/,
        ],
      ] as const
    ).map(([options, why]) =>
      t.test(`a modem line that restarts nothing is no fault of the board: ${why}`, async () => {
        const board = await plantedBoard({ options });
        try {
          const { results } = await checkBoard({ ...board, reset: () => Promise.resolve() }, commands, settings);
          const { verdict, note } = results.find(({ id }) => id === "boot-hello") ?? {};
          assert.equal(verdict, "not_judged");
          assert.match(note ?? "", why);
        } finally {
          await board.close();
        }
      }),
    ),
  ]);
});

test("every rule can fail", () => {
  const found = new Set(Object.values(plantedFaults).flatMap(({ fails }) => fails));
  // Bytes that come one by one are whole lines before a fault is planted: quirky-board.ts has a board that wants them whole.
  assert.deepEqual(
    rules.map(({ id }) => id).filter((id) => !found.has(id)),
    ["pieces", "cancel-unknown"],
  );
});

// All at once, a loaded machine would be too slow for the time that the bench gives a board.
test("each planted fault is named, and no other", { concurrency: 30 }, async (t) => {
  const faults = Object.entries(plantedFaults);
  assert.ok(faults.length >= 50, `${faults.length}`);
  await Promise.all(
    faults.map(([name, fault]) =>
      t.test(name, async () => {
        const results = await resultsOf(fault);
        const failed = results.filter(({ verdict }) => verdict === "fail");
        assert.deepEqual(
          failed.map(({ id }) => id).sort(),
          [...fault.fails].sort(),
          failed.map(({ id, note }) => `${id}: ${note}`).join("\n"),
        );
        const [main] = fault.fails;
        assert.match(failed.find(({ id }) => id === main)?.note ?? "", fault.says);
        // What depends on it says so, and what could not be judged for it has no other reason.
        for (const { id, because } of results) if (because !== undefined) assert.ok(fault.fails.includes(because), id);
      }),
    ),
  );
});
