import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { createGpioPulse, type GpioOptions } from "../../src/recovery/gpio.ts";

const options: GpioOptions = { chip: "gpiochip0", line: 17, activeLow: true, drive: "open-drain", pulseMs: 1250 };

/** A stand-in for gpioset, which needs a GPIO chip: says its version, and notes its arguments, one call a line. */
function createGpioset(t: TestContext, version: string, exitCode = 0) {
  const folder = mkdtempSync(join(tmpdir(), "rrpc-gpio-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const calls = join(folder, "calls");
  writeFileSync(calls, "");
  const program = join(folder, "gpioset");
  writeFileSync(
    program,
    `#!/bin/sh
[ "$*" != --version ] || { echo "gpioset (libgpiod) v${version}"; exit 0; }
(IFS='|'; echo "$*") >>'${calls}'
exit ${exitCode}
`,
  );
  chmodSync(program, 0o755);
  const path = process.env["PATH"];
  process.env["PATH"] = `${folder}:${path}`;
  t.after(() => {
    process.env["PATH"] = path;
  });
  writeFileSync(join(folder, options.chip), "");
  return { dev: folder, calls: () => readFileSync(calls, "utf8").trim().split("\n") };
}

test("with version 1 the line is active for so long, and then released", async (t) => {
  const { dev, calls } = createGpioset(t, "1.6.3");
  assert.equal(await createGpioPulse(options, dev).run().ended, "is done");
  assert.deepEqual(calls(), [
    "--mode=time|--sec=1|--usec=250000|--drive=open-drain|--active-low|gpiochip0|17=1",
    "--mode=time|--sec=0|--usec=0|--drive=open-drain|--active-low|gpiochip0|17=0",
  ]);
});

test("with version 2 likewise, and without --active-low where the board is reset by a high line", async (t) => {
  const { dev, calls } = createGpioset(t, "2.2.1");
  assert.equal(await createGpioPulse({ ...options, activeLow: false, drive: "push-pull" }, dev).run().ended, "is done");
  assert.deepEqual(calls(), [
    "--hold-period|1250ms|--toggle|0|--drive|push-pull|--chip|gpiochip0|17=1",
    "--hold-period|0ms|--toggle|0|--drive|push-pull|--chip|gpiochip0|17=0",
  ]);
});

test("a failure is told, and the line is released all the same", async (t) => {
  const { dev, calls } = createGpioset(t, "1.6.3", 1);
  assert.match(await createGpioPulse(options, dev).run().ended, /^failed on the way back: it ended with 1$/);
  assert.equal(calls().length, 2);
});

test("a gpioset of another version is not tried", async (t) => {
  const { dev, calls } = createGpioset(t, "3.0");
  assert.match(await createGpioPulse(options, dev).run().ended, /ended with 127/);
  assert.deepEqual(calls(), [""]);
});

test("a chip that is not there, or not ours, is told with what helps", (t) => {
  const { dev, calls } = createGpioset(t, "1.6.3");
  const absent = createGpioPulse({ ...options, chip: "gpiochip7" }, dev);
  assert.match(String(absent.problem()), /^.*gpiochip7: there is no such GPIO chip/);
  assert.equal(createGpioPulse(options, dev).problem(), undefined);
  assert.deepEqual(calls(), [""]);
});
