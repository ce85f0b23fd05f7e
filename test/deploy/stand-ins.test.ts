/** What stands in the bundle for packages that are never called says so when a later version calls them. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { test } from "node:test";
import { program } from "../support/daemon.ts";

const require = createRequire(import.meta.url);
const createDebug: (name: string) => Debug = require("../../deploy/no-debug.cjs");
const notCalled: (name: string) => Record<string, new () => unknown> = require("../../deploy/not-called.cjs");

interface Debug {
  (...args: unknown[]): void;
  readonly enabled: boolean;
  readonly extend: (name: string) => Debug;
}

test("a stand-in that is called names its package and what was called", () => {
  const { LRUCache, setInterval } = notCalled("some-package");
  assert.throws(() => LRUCache && new LRUCache(), /^Error: LRUCache of the package some-package is not in this build/);
  assert.throws(() => (setInterval as unknown as () => void)(), /setInterval of the package some-package/);
});

test("a stand-in passes for a module without a default", () => {
  assert.equal(notCalled("some-package")["__esModule"], undefined);
});

test("the stand-in for debug does nothing, as debug does where nobody asked for it", () => {
  const debug = createDebug("mqttjs");
  assert.equal(debug("%d", 1), undefined);
  assert.equal(debug.extend("client")("x"), undefined);
  assert.equal(debug.enabled, false);
});

test("the bundle has the stand-ins and not the packages", () => {
  const bundle = readFileSync(join(program, "../gateway.cjs"), "utf8");
  for (const name of ["lru-cache", "socks", "worker-timers"]) {
    assert.match(bundle, new RegExp(`\\("${name}"\\)`), `${name} has no stand-in`);
  }
  assert.doesNotMatch(bundle, /SOCKS version/i);
});
