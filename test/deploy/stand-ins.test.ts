/** What stands in the bundle for packages does what they do, or, where they are never called, says so when a later version calls them. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { test } from "node:test";
import { program } from "../support/daemon.ts";
import { SeededRandom } from "../support/seeded-random.ts";

const require = createRequire(import.meta.url);
const createDebug: (name: string) => Debug = require("../../deploy/no-debug.cjs");
const notCalled: (name: string) => Record<string, new () => unknown> = require("../../deploy/not-called.cjs");

const bytesInPieces: () => BytesInPieces = require("../../deploy/bytes-in-pieces.cjs");

interface BytesInPieces {
  readonly length: number;
  append(piece: Buffer): unknown;
  consume(count: number): void;
  readUInt8(offset: number): number;
  readUInt16BE(offset: number): number;
  readUInt32BE(offset: number): number;
  slice(from: number, to: number): Buffer;
  toString(encoding: BufferEncoding, from: number, to: number): string;
}

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
  assert.doesNotMatch(bundle, /BufferList/);
});

test("the stand-in for bl reads what bl reads, however the bytes come", () => {
  const bl: () => BytesInPieces = createRequire(require.resolve("mqtt-packet/package.json"))("bl");
  const random = new SeededRandom(1);
  const upTo = (max: number) => Math.floor(random.next() * (max + 1));
  for (let round = 0; round < 300; round++) {
    const [ours, theirs] = [bytesInPieces(), bl()];
    for (let step = 0; step < 40; step++) {
      const piece = Buffer.from(Array.from({ length: upTo(9) }, () => upTo(255)));
      for (const bytes of [ours, theirs]) bytes.append(piece);
      const { length } = theirs;
      assert.equal(ours.length, length);
      const from = upTo(length);
      const to = from + upTo(length - from);
      const read = [ours, theirs].map((bytes) => [
        bytes.slice(from, to).toString("hex"),
        bytes.toString("utf8", from, to),
        from < length ? bytes.readUInt8(from) : undefined,
        from + 2 <= length ? bytes.readUInt16BE(from) : undefined,
        from + 4 <= length ? bytes.readUInt32BE(from) : undefined,
      ]);
      assert.deepEqual(read[0], read[1]);
      assert.throws(() => ours.readUInt8(length), RangeError);
      const count = upTo(length);
      for (const bytes of [ours, theirs]) bytes.consume(count);
    }
  }
});

test("the stand-in for bl joins a packet that comes byte by byte once, when it is whole", () => {
  const bytes = bytesInPieces();
  const piece = Buffer.from("x");
  const startedAt = performance.now();
  // Were it joined with each piece, that would be 50 GB.
  for (let n = 0; n < 300_000; n++) bytes.append(piece);
  assert.equal(bytes.slice(0, bytes.length).length, 300_000);
  assert.ok(performance.now() - startedAt < 2000);
});
