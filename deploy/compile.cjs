// Writes the code cache of the bundle beside it, for the Node.js that runs this: what V8 has compiled once a daemon has started
// that finds neither a hub nor a port. `npm run build` and the installation call it. It needs no network.
"use strict";
const { mkdtempSync, renameSync, rmSync, writeFileSync } = require("node:fs");
const { tmpdir } = require("node:os");
const { join } = require("node:path");
const v8 = require("node:v8");
const { codeCache, digestOf, loadBundle } = require("./load-bundle.cjs");

/** Long enough for the first attempts on a slow machine. What is not compiled by then is compiled when it is called. */
const warmUpMs = 1500;

// The installation may itself be a service, or one's child: this is no daemon that anybody waits for.
for (const name of ["NOTIFY_SOCKET", "WATCHDOG_USEC", "JOURNAL_STREAM"]) delete process.env[name];
// V8 takes a cache only with the flags that it was made with, and at a start those are the defaults.
v8.setFlagsFromString = () => {};

const folder = mkdtempSync(join(tmpdir(), "rrpc-gateway-compile-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
const [config, secret] = [join(folder, "config.yaml"), join(folder, "secret")];
const hub = {
  productId: "COMPILE000",
  deviceName: `compile-${process.pid}`,
  deviceSecretFile: secret,
  transport: "tcp",
  host: "127.0.0.1",
  port: 1, // Nobody listens there.
};
writeFileSync(secret, "AAAAAAAAAAAAAAAAAAAAAA==", { mode: 0o600 });
writeFileSync(config, JSON.stringify({ hub, serial: { path: join(folder, "tty") }, log: { level: "error" } }));
process.argv.splice(2, process.argv.length, "run", "--config", config);

const { source, script } = loadBundle({ isFresh: true });
setTimeout(() => {
  const code = script.createCachedData();
  const fresh = `${codeCache}.${process.pid}`;
  // In one step: a daemon that starts meanwhile sees the old one or the new one.
  writeFileSync(fresh, Buffer.concat([digestOf(source, code), code]), { mode: 0o644 });
  renameSync(fresh, codeCache);
  process.exit(0);
}, warmUpMs);
