/** Faults of the bench's catalogue that doctor can see: it names them, in the bench's words. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { loadConfig } from "../../src/config/load.ts";
import { checkLines } from "../../src/doctor/checks/lines.ts";
import { checkMcu } from "../../src/doctor/checks/mcu.ts";
import { askMcu } from "../../src/doctor/facts/mcu.ts";
import { rrpcDialect } from "../../src/protocol/dialect.ts";
import { probeLine } from "../../src/protocol/gateway-line.ts";
import { firstBoard } from "../config/first-board.ts";
import { good, temporaryFolder } from "../config/folder.ts";
import { startPlantedPty } from "../lab/bench/planted-board.ts";
import { type PlantedFault, plantedFaults } from "../lab/bench/planted-faults.ts";

const dialect = { ...rrpcDialect, probe: probeLine };
const limits = { configuredMs: 5000, otherMs: 2000 };

async function findingsOf(plant: Pick<PlantedFault, "options" | "hear" | "say" | "wire">) {
  const folder = temporaryFolder();
  const mcu = await startPlantedPty(plant);
  try {
    const loaded = loadConfig(folder.write("c.yaml", good.replace("/dev/ttyUSB0", mcu.path)), {});
    assert.ok(loaded.kind === "loaded");
    const { first, others } = await askMcu({ serial: firstBoard(loaded.config).serial, dialect, limits }, () => {});
    return { findings: [checkMcu(first, others, "maybe"), checkLines(first.lines)], rateCount: others.length };
  } finally {
    await mcu.close();
    folder.remove();
  }
}

/** The bench's note is the words alone, doctor's text has them in it. */
const within = ({ source }: RegExp) => new RegExp(source.replace(/^\^|\$$/g, ""));

test("of a sound board nothing is said", async () => {
  const { findings } = await findingsOf({});
  assert.deepEqual(
    findings.map(({ state, code }) => `${state} ${code}`),
    ["ok hello", "ok clean"],
  );
});

test("each planted fault that doctor can see is named, in the words of the bench", { concurrency: true }, async (t) => {
  const seen = Object.entries(plantedFaults).filter(([, { doctor }]) => doctor !== undefined);
  assert.ok(seen.length >= 20, `${seen.length}`);
  await Promise.all(
    seen.map(([name, plant]) =>
      t.test(name, async () => {
        const [id, code, says = within(plant.says)] = plant.doctor ?? assert.fail();
        const { findings, rateCount } = await findingsOf(plant);
        const finding = findings.find((one) => one.id === id) ?? assert.fail(id);
        assert.equal(finding.code, code, findings.map(({ evidence }) => evidence).join("\n"));
        assert.match(`${finding.evidence} -> ${finding.help}`, says);
        assert.equal(rateCount, 0, "no other speed is tried");
        // One cause is told once.
        const others = findings.filter((one) => one !== finding && one.state === "fault");
        assert.deepEqual(
          others.map(({ evidence }) => evidence),
          [],
        );
      }),
    ),
  );
});
