/** deploy/firmware in the forms that Arduino, PlatformIO, CMake and MicroPython's mip take a library in: what they ask for is there. */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

const root = new URL("../../", import.meta.url).pathname;
const library = join(root, "deploy/firmware");
const read = (name: string) => readFileSync(join(library, name), "utf8");
const headers = ["rrpc.h", "rrpc_job.h"];

const properties = new Map(
  read("library.properties")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
);
const manifest = JSON.parse(read("library.json")) as {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly headers: readonly string[];
  readonly license: string;
  readonly examples: readonly { readonly base: string; readonly files: readonly string[] }[];
};

test("library.properties has what Arduino's library specification asks for", () => {
  const required = [
    "name",
    "version",
    "author",
    "maintainer",
    "sentence",
    "paragraph",
    "category",
    "url",
    "architectures",
  ];
  assert.deepEqual([...properties.keys()], [...required, "includes"]);
  assert.match(properties.get("version") ?? "", /^\d+\.\d+\.\d+$/);
  assert.match(properties.get("name") ?? "", /^[a-zA-Z0-9][\w.-]{0,62}$/);
  assert.match(properties.get("sentence") ?? "", /^[A-Z].*\.$/);
  assert.equal(properties.get("category"), "Communication");
  for (const header of (properties.get("includes") ?? "").split(",")) assert.ok(headers.includes(header), header);
});

test("an Arduino library has its code in src, and each sketch in a folder of its name", () => {
  assert.deepEqual(
    readdirSync(join(library, "src")).sort(),
    headers.flatMap((header) => [header.replace(/h$/, "c"), header]).sort(),
  );
  const sketches = readdirSync(library, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ino"));
  assert.deepEqual(sketches, ["examples/rrpc_board/rrpc_board.ino"]);
});

test("keywords.txt has every name of the headers and no other, with a tab in front of its kind", () => {
  const names = (pattern: RegExp) =>
    headers.flatMap((header) => [...read(`src/${header}`).matchAll(pattern)].map(([, name = ""]) => name));
  const functions = names(/^(?:void|bool) (rrpc_\w+)\(/gm);
  const types = names(/^typedef struct (rrpc\w*)/gm).filter((name) => name !== "rrpc_command"); // private
  const sizes = names(/^#define (RRPC_\w+) /gm).filter((name) => !/_(COMMANDS|SILENCE_MS)$/.test(name)); // not to be changed
  assert.ok(functions.length > 10 && types.length > 3 && sizes.length > 5);
  const lines = read("keywords.txt")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"));
  assert.deepEqual(
    lines.sort(),
    [
      ...types.map((name) => `${name}\tKEYWORD1`),
      ...functions.map((name) => `${name}\tKEYWORD2`),
      ...sizes.map((name) => `${name}\tLITERAL1`),
    ].sort(),
  );
});

test("library.json has what PlatformIO asks for, and names files that exist", () => {
  assert.match(manifest.name, /^[a-z0-9-]{1,50}$/);
  assert.ok(manifest.description.length <= 255);
  assert.equal(manifest.license, "MIT");
  assert.deepEqual(manifest.headers, headers);
  for (const { base, files } of manifest.examples)
    for (const file of files) assert.ok(existsSync(join(library, base, file)), `${base}/${file}`);
});

test("all manifests say the same version, and the licence is the project's", () => {
  const version = properties.get("version");
  assert.equal(manifest.version, version);
  assert.equal((JSON.parse(read("micropython/package.json")) as { version: string }).version, version);
  assert.match(read("CMakeLists.txt"), new RegExp(`project\\(rrpc VERSION ${version} `));
  assert.equal(read("LICENSE"), readFileSync(join(root, "LICENSE"), "utf8"));
});
