/** What is generated from the declaration is what is in the files. UPDATE_DOCS=1 writes the files anew. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { isMap, isSeq, type Node, parse, parseDocument } from "yaml";
import { fromJSONSchema } from "zod";
import { boards } from "../../src/config/board-options.ts";
import { device } from "../../src/config/device-options.ts";
import { exampleConfig } from "../../src/config/example.ts";
import { configSchema } from "../../src/config/json-schema.ts";
import { accepts, everyOption } from "../../src/config/option.ts";
import { options } from "../../src/config/options.ts";
import { configTable } from "../../src/config/table.ts";
import { holdFile, holdPart } from "../support/documents.ts";
import { good, secret, temporaryFolder } from "./folder.ts";

const folder = temporaryFolder();
after(folder.remove);

const declared = [...everyOption(options)];

type Schema = Readonly<Record<"if" | "then" | "else", object>> & {
  readonly properties: { readonly hub: { readonly oneOf: readonly { readonly required: string[] }[] } };
};

/** Whether a file matches the schema, by an implementation that is not ours. */
function matchesSchema(yaml: string): boolean {
  const { if: condition, then: whenSo, else: otherwise, ...schema } = configSchema() as Schema;
  const value = parse(yaml) as { readonly hub: object };
  // zod knows no conditions.
  const matches = (part: object) =>
    fromJSONSchema(JSON.parse(JSON.stringify({ type: "object", ...part }))).safeParse(value).success;
  if (!matches(matches(condition) ? whenSo : otherwise)) return false;
  // It takes no notice of a `required` without `properties` either, so the ways to authenticate are counted here.
  const rest = JSON.parse(JSON.stringify(schema), (key, member) => (key === "oneOf" ? undefined : member));
  const ways = schema.properties.hub.oneOf.filter(({ required }) =>
    required.every((key) => Object.hasOwn(value.hub, key)),
  );
  return fromJSONSchema(rest).safeParse(value).success && ways.length === 1;
}

const [boardsBlock = ""] = /^#boards:\n(?:#.*\n)*/m.exec(exampleConfig()) ?? [];

/** The example with the options that are comments made options, without boards. */
const uncommented = exampleConfig()
  .replace(boardsBlock, "")
  .replaceAll(/^( *)#(?=[a-z])/gim, "$1");

/** The example with its boards instead of the one port. */
const withBoards = exampleConfig()
  .replace(boardsBlock, boardsBlock.replaceAll(/^#/gm, ""))
  .replace(/^ {2}path: .*\n/m, "");

test("config.example.yaml is what `rrpc-gateway example` prints", () => {
  holdFile("config.example.yaml", exampleConfig());
});

test("the table of docs/configuration.md is the declaration's", () => {
  holdPart("docs/configuration.md", "configuration", configTable());
});

test("the example is good as it stands", () => {
  assert.equal(folder.findingsOf(exampleConfig()), "");
});

test("the example's boards are good as they stand, and the schema takes them", () => {
  assert.match(withBoards, /^boards:\n.*\n {2}pump:\n/m);
  assert.equal(folder.findingsOf(withBoards), "");
  assert.ok(matchesSchema(withBoards));
});

test("the example of a board has all that boards have of their own, each explained", () => {
  const own = [...everyOption(device, "device.")];
  const all = withBoards.replaceAll(/^( *)#(?=[a-z])/gim, "$1");
  for (const { path, option } of own) {
    const value: unknown = parseDocument(all).getIn(["boards", "pump", ...path.split(".")]);
    assert.equal(value, "default" in option ? option.default : option.example, path);
    assert.ok(boardsBlock.includes(`# ${option.doc}\n`), path);
    assert.match(option.doc, /^[A-Z`].*\.$/, path);
  }
});

test("every option is in the example once, at its default or at an example of its own", () => {
  const lines = uncommented.split("\n");
  const tree = parseDocument(uncommented, { uniqueKeys: true });
  assert.deepEqual(tree.errors, []);
  for (const { path, option } of declared) {
    const node: unknown = tree.getIn(path.split("."));
    const value: unknown = isSeq(node) ? node.toJSON() : node;
    assert.ok(accepts(option, value), `${path}: ${String(value)}`);
    assert.deepEqual(value, "default" in option ? option.default : option.example, path);
    assert.ok(
      lines.some((line) => line.trim() === `# ${option.doc}`),
      `${path} is explained`,
    );
  }
  assert.equal(keysOf(tree.contents).length, declared.length);
});

function keysOf(node: Node | null): Node[] {
  if (!isMap(node)) return node === null ? [] : [node];
  return node.items.flatMap(({ value }) => keysOf(value as Node | null));
}

test("every option is a row of the table and is explained in one sentence", () => {
  const rows = configTable().split("\n").slice(2);
  const paths = rows.map((row) => row.split("`")[1]);
  assert.deepEqual(
    paths.filter((path) => !path?.startsWith("boards.")),
    declared.map(({ path }) => path),
  );
  assert.deepEqual(
    paths.filter((path) => path?.startsWith("boards.")),
    [
      ...[...everyOption(device, "device.")].map(({ path }) => `boards.NAME.${path}`),
      "boards.NAME.serial",
      "boards.NAME.rrpc",
      "boards.NAME.events",
    ],
  );
  for (const { path, option } of declared) assert.match(option.doc, /^[A-Z`].*\.$/, path);
  for (const row of rows) assert.equal(row.split("|").length, 6, row);
});

test("a default is a value that its option accepts", () => {
  for (const { path, option } of declared) if ("default" in option) assert.ok(accepts(option, option.default), path);
});

test("no group has the name that a board may have", () => {
  const groups = [...Object.keys(options.options), ...Object.keys(boards.section.options), "board"];
  assert.deepEqual(
    groups.filter((name) => boards.name.pattern.test(name)),
    [],
  );
  assert.ok(["pump", "1", "constructor", "A_b-c", "x".repeat(32)].every((name) => boards.name.pattern.test(name)));
  const bad = ["", "-a", "_a", "__proto__", "a b", "a.b", "x".repeat(33), "é"];
  assert.deepEqual(
    bad.filter((name) => boards.name.pattern.test(name)),
    [],
  );
});

test("a number's name ends in its unit", () => {
  const suffix = { ms: "Ms", s: "S", bytes: "BytesMax", baud: "baudRate" } as const;
  for (const { path, option } of declared)
    if (option.kind === "whole" && option.unit !== undefined) assert.ok(path.endsWith(suffix[option.unit]), path);
});

test("the schema takes the example, and each option of it", () => {
  assert.ok(matchesSchema(exampleConfig()));
  for (const other of ["deviceSecretFile", "deviceSecretCredential", "deviceInfoFile", "deviceSecret"]) {
    const others = [
      "deviceSecretFile",
      "deviceSecretCredential",
      "deviceInfoFile",
      "deviceSecret",
      "certFile",
      "keyFile",
    ];
    const kept = uncommented
      .split("\n")
      .filter((line) => !others.some((key) => key !== other && line.startsWith(`  ${key}:`)));
    assert.ok(matchesSchema(kept.join("\n")), other);
  }
});

const portless = good.replace(/serial:[\s\S]*/, "");

for (const [name, yaml] of [
  ["an unknown key", `${good}log: {leveel: info}\n`],
  ["an unknown group", `${good}logs: {}\n`],
  ["a number out of range", `${good}  baudRate: 1\n`],
  ["a number in quotes", `${good}  baudRate: "9600"\n`],
  ["half a number", `${good}  baudRate: 9600.5\n`],
  ["another choice", `${good}  parity: mark\n`],
  ["a flag that is a text", `${good}  rtscts: on\n`],
  ["a text that does not match", good.replace("ABCDEFGH12", "ABC")],
  ["a text that is a number to YAML", good.replace("ABCDEFGH12", "1234567890")],
  ["no serial line", good.replace(/serial:[\s\S]*/, "")],
  ["no path of the serial line", good.replace(/ {2}path.*/, "  parity: odd")],
  ["a port outside of boards", `${good}boards: {pump: {serial: {path: /dev/ttyUSB1}}}\n`],
  ["a board without a port", `${portless}boards: {pump: {rrpc: {cutoffMs: 3000}}}\n`],
  ["a name that is none", `${portless}boards: {water pump: {serial: {path: /dev/ttyUSB1}}}\n`],
  ["an option that boards do not have", `${portless}boards: {pump: {log: {}, serial: {path: /dev/ttyUSB1}}}\n`],
  ["boards that are none", `${portless}boards: {}\n`],
  ["two ways to authenticate", good.replace("  caFile", `  deviceSecret: ${secret}\n  caFile`)],
  ["no way to authenticate", good.replace(/ {2}deviceSecretFile.*\n/, "")],
] as const)
  test(`schema and loader both refuse ${name}`, () => {
    assert.equal(matchesSchema(yaml), false);
    assert.notEqual(folder.findingsOf(yaml), "");
  });
