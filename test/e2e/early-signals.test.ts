/** Signals that come while the daemon is still being loaded: none ends it but those that should, and none is lost. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { type Daemon, startDaemon } from "../support/daemon.ts";
import { createWatch } from "../support/watch.ts";
import { deviceSecret, productId } from "./broker-messages.ts";

/** From the first moment, when the bundle is about to be read, to long after the start. */
const offsetsMs = [0, 1, 3, 7, 15, 30, 50, 80, 120, 200, 350];

/** Says when the daemon's first module is about to be loaded: what comes before that is Node.js, which knows no signals. */
const sayLoading = `
  const Module = require("node:module");
  const load = Module._load;
  Module._load = function (name, ...rest) {
    if (name === "./load-bundle.cjs") require("node:fs").writeSync(2, "loading\\n");
    return load.call(this, name, ...rest);
  };
`;

interface Start {
  readonly daemon: Daemon;
  log(pattern: RegExp): Promise<unknown>;
  /** Writes the configuration anew, with this log level. */
  configure(level: string): void;
}

/** Starts a daemon and waits until its first module is about to be loaded; then it waits for `offsetMs` more. */
async function startedFor(t: TestContext, offsetMs: number): Promise<Start> {
  const folder = mkdtempSync(join(tmpdir(), "rrpc-early-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const [config, preload] = [join(folder, "config.yaml"), join(folder, "preload.cjs")];
  function configure(level: string): void {
    const deviceName = `early-${process.pid}-${offsetMs}`;
    const hub = { productId, deviceName, deviceSecret, transport: "tcp", host: "127.0.0.1", port: 1 };
    const file = { hub, serial: { path: join(folder, "tty") }, log: { level } };
    writeFileSync(config, JSON.stringify(file), { mode: 0o600 });
  }
  configure("info");
  writeFileSync(preload, sayLoading);
  const watch = createWatch();
  const daemon = startDaemon(["run", "--config", config], watch.changed, { NODE_OPTIONS: `--require=${preload}` });
  t.after(() => daemon.signal("SIGKILL"));
  void daemon.ended.then(watch.changed);
  const log = (pattern: RegExp) => watch.until(`${pattern} in ${daemon.stderr()}`, () => pattern.test(daemon.stderr()));
  await log(/^loading$/m);
  await sleep(offsetMs);
  return { daemon, log, configure };
}

for (const [signal, says] of [
  ["SIGHUP", "a SIGHUP is taken with what the configuration says by then"],
  ["SIGUSR2", "a SIGUSR2 has its dump"],
  ["SIGTERM", "a SIGTERM is a stop like any other"],
  ["SIGINT", "a SIGINT is a stop like any other"],
] as const) {
  describe(`at any moment of the start ${says}`, { concurrency: 2 }, () => {
    for (const offsetMs of offsetsMs) {
      test(`after ${offsetMs} ms`, async (t) => {
        const { daemon, log, configure } = await startedFor(t, offsetMs);
        if (signal === "SIGHUP") configure("debug");
        daemon.signal(signal);
        if (signal === "SIGHUP") await log(/log level debug/);
        if (signal === "SIGUSR2") await log(/flight recorder \(SIGUSR2\)/);
        if (signal === "SIGHUP" || signal === "SIGUSR2") daemon.signal("SIGTERM");
        assert.equal(await daemon.ended, 0, daemon.stderr());
      });
    }
  });
}
