/** Asking a real tty: an MCU that answers, one that only talks, one that restarts with each opening, and silence. */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { loadConfig } from "../../src/config/load.ts";
import { checkLines } from "../../src/doctor/checks/lines.ts";
import { Heard } from "../../src/doctor/facts/heard.ts";
import { askMcu, confirmLimitMs } from "../../src/doctor/facts/mcu.ts";
import { rrpcDialect } from "../../src/protocol/dialect.ts";
import { probeLine } from "../../src/protocol/gateway-line.ts";
import { firstBoard } from "../config/first-board.ts";
import { good, temporaryFolder } from "../config/folder.ts";
import { openPty, type Pty } from "../support/pty.ts";

const dialect = { ...rrpcDialect, probe: probeLine };

/** Asks at a tty whose other end does `play`; so input that only silence meets a limit. */
async function asked(
  t: TestContext,
  play: (pty: Pty) => Promise<void>,
  limits = { configuredMs: 10_000, otherMs: 20 },
) {
  const folder = temporaryFolder();
  t.after(folder.remove);
  const pty = await openPty();
  t.after(() => pty.hangUp());
  const loaded = loadConfig(folder.write("c.yaml", good.replace("/dev/ttyUSB0", pty.path)), {});
  assert.ok(loaded.kind === "loaded");
  let silences = 0;
  const onSilence = () => {
    silences += 1;
  };
  void play(pty);
  const trials = await askMcu({ serial: firstBoard(loaded.config).serial, dialect, limits }, onSilence);
  return { ...trials, silences };
}

const probe = "\\!\\!*F46E\n?\n".length;

test("an MCU that goes on when the port is opened again, and one that restarts", async (t) => {
  for (const [second, hasRestarted] of [
    ["A1", false],
    ["B2", true],
  ] as const) {
    const trials = await asked(t, async (pty) => {
      await pty.received(probe);
      pty.send("boot loader\n=rrpc/1 window=2 boot=A1 fw=pump\n");
      // The first opening may have asked twice; every question gets its answer.
      for (let asked = 2; ; asked += 1) {
        await pty.received(asked * probe);
        // Those of the second opening come after at most three of the first.
        pty.send(`\n=rrpc/1 window=2 boot=${asked < 3 ? "A1" : second} fw=pump\n`);
      }
    });
    assert.equal(trials.first.answer.kind === "hello" && trials.first.answer.hello.firmware, "pump");
    assert.equal(trials.hasRestarted, hasRestarted);
    assert.deepEqual([trials.others, trials.silences], [[], 0]);
  }
});

test("an answer that noise has changed is not believed, and proves no restart", async (t) => {
  const hellos = ["boot=A1", "boot=A1", "boot=C1", "boot=A3", "boot=A1", "boot=A1"];
  const trials = await asked(t, async (pty) => {
    for (const [index, boot] of hellos.entries()) {
      await pty.received((index + 1) * probe);
      pty.send(`\n=rrpc/1 ${boot} fw=pump\n`);
    }
  });
  assert.equal(trials.first.answer.kind === "hello" && trials.first.answer.hello.boot, "A1");
  assert.equal(trials.hasRestarted, false);
});

test("of answers that all differ none proves a restart, and it is told that they do", async (t) => {
  const trials = await asked(t, async (pty) => {
    for (let asked = 1; ; asked += 1) {
      await pty.received(asked * probe);
      pty.send(`\n=rrpc/${asked === 1 ? 3 : 1} boot=A${asked} fw=pump\n`);
    }
  });
  assert.equal(trials.first.answer.kind, "hello");
  assert.ok(trials.first.lines.versionCount > 1);
  assert.equal(trials.hasRestarted, undefined);
});

test("hellos that differ in their boot words alone are restarts, unless a word comes back", () => {
  const bootWordsOf = (...hellos: string[]) => {
    const heard = new Heard(dialect, probeLine(true));
    for (const hello of hellos) heard.take(Buffer.from(hello), 0);
    return heard.lines.bootWords;
  };
  assert.deepEqual(bootWordsOf("=rrpc/1 boot=1", "=rrpc/1 boot=2", "=rrpc/1 boot=2", "=rrpc/1 boot=3"), [
    "1",
    "2",
    "3",
  ]);
  assert.deepEqual(bootWordsOf("=rrpc/1 boot=1", "=rrpc/1 boot=3", "=rrpc/1 boot=1"), []);
  assert.deepEqual(bootWordsOf("=rrpc/1 boot=1 fw=pump", "=rrpc/1 boot=2 fw=pumq"), []);
  assert.deepEqual(bootWordsOf("=rrpc/1 boot=1", "=rrpc/2 boot=2", "=rrpc/1 boot=3"), []);
});

test("a second hello is waited for as long as the line's rate makes it take", () => {
  const format = { dataBits: 8, parity: "none", stopBits: 1 } as const;
  assert.equal(confirmLimitMs(60, { ...format, baudRate: 300 }), 1500 + 2 * 2000);
  assert.ok(confirmLimitMs(60, { ...format, baudRate: 115_200 }) < 1520);
});

test("a boot loader of another version is not the firmware: what answers behind it counts", async (t) => {
  const trials = await asked(t, async (pty) => {
    for (let count = 1; ; count += 1) {
      await pty.received(count * probe);
      // Two answers in the boot loader, which would be a confirmation, then the firmware's.
      pty.send(count <= 2 ? "\n=rrpc/2 fw=loader\n" : "\n=rrpc/1 boot=A1 fw=pump\n");
    }
  });
  const { answer, lines } = trials.first;
  assert.equal(answer.kind === "hello" && answer.hello.firmware, "pump");
  assert.equal(lines.versionCount, 1);
  assert.equal(checkLines(lines).state, "ok");
  assert.equal(trials.hasRestarted, false);
});

test("a version that comes between hellos is noise, and no boot loader's", () => {
  const heard = new Heard(dialect, probeLine(true));
  for (const hello of ["=rrpc/1 boot=1", "=rrpc/2 boot=1", "=rrpc/1 boot=1"]) heard.take(Buffer.from(hello), 0);
  assert.equal(heard.answer?.kind, "hello");
  assert.equal(checkLines(heard.lines).state, "warning");
});

test("an MCU of another version is not asked at other rates", async (t) => {
  const trials = await asked(t, async (pty) => {
    await pty.received(probe);
    pty.send("\n=rrpc/2 window=2\n");
  });
  assert.deepEqual(trials.first.answer, { kind: "other_version", version: "rrpc/2" });
  assert.deepEqual(trials.others, []);
});

test("one that talks is alive: its rate is right, and no other is tried", async (t) => {
  const talk = async (pty: Pty) => {
    await pty.received(probe);
    pty.send("\nwater level 41\nwater level 42\n");
  };
  const trials = await asked(t, talk, { configuredMs: 1000, otherMs: 20 });
  assert.deepEqual(trials.first.answer, { kind: "none", lineCount: 2, strayBytes: 0 });
  assert.deepEqual([trials.others, trials.silences], [[], 0]);
});

test("silence is asked at every common rate, and noise is no line", async (t) => {
  const noise = async (pty: Pty) => {
    await pty.received(probe);
    pty.send(Buffer.from("\n\xf8\x80\xfe\n", "latin1"));
  };
  const trials = await asked(t, noise, { configuredMs: 1000, otherMs: 20 });
  assert.deepEqual(trials.first.answer, { kind: "none", lineCount: 0, strayBytes: 3 });
  assert.equal(trials.silences, 1);
  const rates = trials.others.map(({ baudRate, answer }) => `${baudRate} ${answer.kind}`);
  assert.ok(rates.includes("9600 none") && rates.includes("57600 none"), rates.join());
  assert.ok(!rates.some((rate) => rate.startsWith("115200")));
});

test("what comes back of the question is no answer, alone or in front of one", async (t) => {
  const echo = async (pty: Pty) => {
    for (let at = 0; ; ) {
      const bytes = (await pty.received(at + 1)).subarray(at);
      at += bytes.length;
      pty.send(Buffer.from(bytes));
    }
  };
  const alone = await asked(t, echo, { configuredMs: 1000, otherMs: 200 });
  assert.deepEqual(alone.first.answer, { kind: "none", lineCount: 0, strayBytes: 0 });
  assert.ok(alone.first.echoCount >= 2);
  const both = await asked(t, async (pty) => {
    void echo(pty);
    await pty.received(probe);
    pty.send("=rrpc/1 window=2\n");
  });
  assert.equal(both.first.answer.kind, "hello");
  assert.ok(both.first.echoCount >= 2);
});

test("a port that is not there says so at once", async (t) => {
  const folder = temporaryFolder();
  t.after(folder.remove);
  const loaded = loadConfig(folder.write("c.yaml", good.replace("/dev/ttyUSB0", "no-tty")), {});
  assert.ok(loaded.kind === "loaded");
  const limits = { configuredMs: 10_000, otherMs: 20 };
  const { first, others } = await askMcu({ serial: firstBoard(loaded.config).serial, dialect, limits }, () => {});
  assert.equal(first.answer.kind, "no_port");
  assert.deepEqual(others, []);
});
