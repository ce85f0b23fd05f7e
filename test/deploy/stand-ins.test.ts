/** What stands in the bundle for packages does what they do, or, where they are never called, says so when a later version calls them. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { build, type Plugin } from "esbuild";
import { parseYaml } from "../../src/config/document.ts";
import { program } from "../support/daemon.ts";
import { SeededRandom } from "../support/seeded-random.ts";

const root = join(import.meta.dirname, "../..");
const require = createRequire(import.meta.url);
const createDebug: (name: string) => Debug = require("../../deploy/no-debug.cjs");
const notCalled: (name: string) => Record<string, new () => unknown> = require("../../deploy/not-called.cjs");

const bytesInPieces: () => BytesInPieces = require("../../deploy/bytes-in-pieces.cjs");

interface LeaveOut {
  readonly leaveOut: (what: { readonly isDaemon: boolean }) => Plugin;
}

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
  const exported = notCalled("some-package") as unknown as { (): void; new (): unknown };
  assert.throws(() => exported(), /^Error: what is exported of the package some-package is not in this build/);
  assert.throws(() => new exported(), /^Error: what is exported of the package some-package is not in this build/);
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
  const standIns = [
    "lru-cache",
    "mqtt/build/lib/connect/socks",
    "@serialport/stream",
    "yaml/dist/stringify/stringifyPair",
  ];
  for (const name of standIns) assert.ok(bundle.includes(`("${name}")`), `${name} has no stand-in`);
  assert.doesNotMatch(bundle, /SOCKS version/i);
  assert.doesNotMatch(bundle, /BufferList/);
});

test("the daemon reads YAML without what writes it, also what is strange or torn", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "rrpc-stand-ins-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const { leaveOut } = (await import(join(root, "deploy/stand-ins.mjs"))) as LeaveOut;
  const outfile = join(folder, "document.cjs");
  const entryPoints = [join(root, "src/config/document.ts")];
  await build({ entryPoints, outfile, bundle: true, platform: "node", plugins: [leaveOut({ isDaemon: true })] });
  assert.ok(readFileSync(outfile, "utf8").includes('("yaml/dist/stringify/stringifyPair")'));
  const bundled: { readonly parseYaml: typeof parseYaml } = require(outfile);
  const told = (document: ReturnType<typeof parseYaml>) =>
    document.kind === "parsed" ? document.root?.range : document.problems;
  const example = readFileSync(join(root, "config.example.yaml"), "utf8");
  const strange = [
    "? [a, b]\n: 1\n? {c: d}\n: 2\n",
    "a: &x {b: 1}\nc: *x\nd:\n  <<: *x\n",
    "a: !!binary aGVsbG8=\nb: !!set {c, d}\ne: !!timestamp 2001-12-14\nf: !!omap [g: 1]\nh: !!float 1\ni: !j k\n",
    "%YAML 1.1\n---\na: 0o14\nb: 2001-12-14t21:59:43.10-05:00\nc: yes\n",
    "a: |+\n  text\n\nb: >-\n  folded\n  text\n# end\n",
    "--- a\n--- b\n",
    "a: 1\na: 2\n",
  ];
  const random = new SeededRandom(1);
  const torn = Array.from({ length: 300 }, () => {
    const [at, count] = [Math.floor(random.next() * example.length), Math.floor(random.next() * 40)];
    const sign = [...":-?[]{}&*!|>'\"%@#\t\n "][Math.floor(random.next() * 20)] ?? "";
    return example.slice(0, at) + sign + example.slice(at + count);
  });
  for (const text of [example, ...strange, ...torn]) {
    assert.deepEqual(told(bundled.parseYaml(text)), told(parseYaml(text)), text);
  }
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
