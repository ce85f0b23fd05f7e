/** Whether a new start of the service would bring another copy of a systemd credential. */
import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { followCredentialSource } from "../../src/host/credential-source.ts";

const minute = 60_000;
const hour = 60 * minute;

/** A machine that has been up for so long, whose configuration was changed so long ago. */
function machine(t: TestContext, { upMs = 30_000, configAgeMs = 365 * 24 * hour } = {}) {
  const folder = mkdtempSync(join(tmpdir(), "rrpc-credential-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const [copy, source, configFile] = ["copy", "source", "config.yaml"].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  writeFileSync(copy, "\n");
  writeFileSync(configFile, "");
  let passedMs = 0;
  const follow = (path: string | undefined) =>
    followCredentialSource(
      { name: "device-secret", copy, configFile },
      { sourceOf: () => path, uptimeMs: () => upMs + passedMs, wallMs: () => Date.now() + configAgeMs + passedMs },
    );
  return {
    folder,
    source,
    follow,
    /** systemd makes its copy anew. */
    copied: (text: string) => {
      rmSync(copy);
      writeFileSync(copy, text);
    },
    pass: (ms: number) => {
      passedMs += ms;
    },
  };
}

test("a source that is not there: nothing for months, and a new start as soon as it has come", (t) => {
  const { source, follow, pass } = machine(t);
  const { isWorthRestart } = follow(source);
  pass(100 * 24 * hour);
  assert.equal(isWorthRestart(), false);
  writeFileSync(source, "secret");
  assert.equal(isWorthRestart(), true);
});

test("a source that is no good: a new start when it is another one, and none while it is away", (t) => {
  const { source, copied, follow, pass } = machine(t);
  writeFileSync(source, "half");
  copied("half");
  const { isWorthRestart } = follow(source);
  assert.equal(isWorthRestart(), false);
  pass(hour);
  assert.equal(isWorthRestart(), false);
  writeFileSync(source, "the whole secret");
  assert.equal(isWorthRestart(), true);
  rmSync(source);
  assert.equal(isWorthRestart(), false);
});

test("an unchanged source that systemd has copied is no reason, whatever its content", (t) => {
  const { source, copied, follow, pass } = machine(t);
  writeFileSync(source, "no base64");
  copied("no base64");
  const { isWorthRestart } = follow(source);
  pass(30 * 24 * hour);
  assert.equal(isWorthRestart(), false);
  utimesSync(source, 0, 0);
  assert.equal(isWorthRestart(), true);
});

/** After how long each of so many starts, one after the other, asks for the next one; in minutes. */
function startsWithin(ms: number, { follow, pass }: ReturnType<typeof machine>, path: string | undefined): number[] {
  const starts: number[] = [];
  for (let passed = 0, { isWorthRestart } = follow(path); passed < ms; passed += 5000) {
    pass(5000);
    if (!isWorthRestart()) continue;
    starts.push(Math.round(passed / minute));
    ({ isWorthRestart } = follow(path));
  }
  return starts;
}

test("a source that no unit names is tried at growing intervals from the boot on, later twice a day", (t) => {
  const booted = machine(t);
  assert.deepEqual(startsWithin(hour, booted, undefined), [1, 2, 4, 9, 19, 39]);
  booted.pass(30 * 24 * hour);
  assert.equal(startsWithin(10 * 24 * hour, booted, undefined).length, 20);
});

test("a changed configuration is tried as soon as a new boot", (t) => {
  const { follow, pass } = machine(t, { upMs: 1000 * hour, configAgeMs: 10_000 });
  const { isWorthRestart } = follow(undefined);
  pass(44_000);
  assert.equal(isWorthRestart(), false);
  pass(2000);
  assert.equal(isWorthRestart(), true);
});

test("a source in a closed folder cannot be seen", { skip: process.getuid?.() === 0 }, (t) => {
  const { folder, follow, pass } = machine(t);
  const closed = join(folder, "closed");
  mkdirSync(closed);
  chmodSync(closed, 0);
  const { isWorthRestart } = follow(join(closed, "source"));
  pass(46_000);
  assert.equal(isWorthRestart(), true);
});

test("a source that changed right after systemd had copied it is not lost: a new start within a minute", async (t) => {
  const { source, follow, pass } = machine(t);
  await new Promise((resolve) => setTimeout(resolve, 20));
  writeFileSync(source, "secret");
  const { isWorthRestart } = follow(source);
  assert.equal(isWorthRestart(), false);
  pass(46_000);
  assert.equal(isWorthRestart(), true);
});
