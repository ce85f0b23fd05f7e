/** What is generated from the declaration is what is in the files. UPDATE_DOCS=1 writes the files anew. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { isMap, type Node, parse, parseDocument } from "yaml";
import { fromJSONSchema } from "zod";
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

type Schema = { readonly properties: { readonly hub: { readonly oneOf: readonly { readonly required: string[] }[] } } };

/** Whether a file matches the schema, by an implementation that is not ours. */
function matchesSchema(yaml: string): boolean {
  const schema = configSchema() as Schema;
  const value = parse(yaml) as { readonly hub: object };
  // zod takes no notice of a `required` without `properties`, so the ways to authenticate are counted here.
  const rest = JSON.parse(JSON.stringify(schema), (key, member) => (key === "oneOf" ? undefined : member));
  const ways = schema.properties.hub.oneOf.filter(({ required }) =>
    required.every((key) => Object.hasOwn(value.hub, key)),
  );
  return fromJSONSchema(rest).safeParse(value).success && ways.length === 1;
}

/** The example with the options that are comments made options. */
const uncommented = exampleConfig().replaceAll(/^( *)#(?=[a-z])/gim, "$1");

test("config.example.yaml is what `rrpc-gateway example` prints", () => {
  holdFile("config.example.yaml", exampleConfig());
});

test("the table of docs/configuration.md is the declaration's", () => {
  holdPart("docs/configuration.md", "configuration", configTable());
});

test("the example is good as it stands", () => {
  assert.equal(folder.findingsOf(exampleConfig()), "");
});

test("every option is in the example once, at its default or at an example of its own", () => {
  const lines = uncommented.split("\n");
  const tree = parseDocument(uncommented, { uniqueKeys: true });
  assert.deepEqual(tree.errors, []);
  for (const { path, option } of declared) {
    const value: unknown = tree.getIn(path.split("."));
    assert.ok(accepts(option, value), `${path}: ${String(value)}`);
    assert.equal(value, "default" in option ? option.default : option.example, path);
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
  assert.deepEqual(
    rows.map((row) => row.split("`")[1]),
    declared.map(({ path }) => path),
  );
  for (const { path, option } of declared) assert.match(option.doc, /^[A-Z`].*\.$/, path);
  for (const row of rows) assert.equal(row.split("|").length, 6, row);
});

test("a default is a value that its option accepts", () => {
  for (const { path, option } of declared) if ("default" in option) assert.ok(accepts(option, option.default), path);
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
  ["two ways to authenticate", good.replace("  caFile", `  deviceSecret: ${secret}\n  caFile`)],
  ["no way to authenticate", good.replace(/ {2}deviceSecretFile.*\n/, "")],
] as const)
  test(`schema and loader both refuse ${name}`, () => {
    assert.equal(matchesSchema(yaml), false);
    assert.notEqual(folder.findingsOf(yaml), "");
  });
