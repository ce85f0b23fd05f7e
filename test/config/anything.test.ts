/** Whatever is in the file, loading it ends in a configuration or in findings that make sense. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import fc from "fast-check";
import { formatFinding } from "../../src/config/findings.ts";
import { loadConfig } from "../../src/config/load.ts";
import { everyOption } from "../../src/config/option.ts";
import { options } from "../../src/config/options.ts";
import { good, secret, temporaryFolder } from "./folder.ts";

const folder = temporaryFolder();
after(folder.remove);

const keys = [
  "hub",
  "serial",
  "rrpc",
  "log",
  ...[...everyOption(options)].map(({ path }) => path.split(".").at(-1) ?? ""),
];
const signs = [
  ": ",
  ":",
  "\n",
  "\n  ",
  "\n    ",
  "- ",
  "? ",
  "[",
  "]",
  "{",
  "}",
  ",",
  "&a ",
  "*a",
  "!t ",
  "!!str ",
  "|\n",
  ">-\n",
];
const others = [
  '"',
  "'",
  "#",
  " #",
  "\t",
  "\r",
  "\0",
  "%YAML 1.1\n",
  "---\n",
  "...\n",
  "<<: ",
  "~",
  "\uFEFF",
  "é",
  "\uD800",
  "=",
  "@",
  "`",
];
const values = [
  "true",
  "0",
  "-1",
  "1e9",
  "0x10",
  ".nan",
  "null",
  "tls",
  "device-secret",
  "hub-ca.pem",
  "/dev/ttyS0",
  secret,
];

/** Tokens of YAML, names and values of ours, in any order; most of it is nonsense, some of it is nearly right. */
const tokens = fc.array(
  fc.oneof(...[keys, signs, others, values].map((list) => fc.constantFrom(...list)), fc.string({ maxLength: 8 })),
  { maxLength: 60 },
);
const lines = fc.array(
  fc.tuple(fc.constantFrom("", "  ", "    "), fc.constantFrom(...keys), fc.constantFrom(...values)),
);
const text = fc.oneof(
  tokens.map((list) => list.join("")),
  lines.map((list) => list.map(([indent, key, value]) => `${indent}${key}: ${value}\n`).join("")),
  fc.tuple(fc.nat(good.length), tokens).map(([at, list]) => good.slice(0, at) + list.join("") + good.slice(at)),
);

test("any text loads or is refused with findings inside it, never with the secret in them", () => {
  const seen = { good: 0, refused: 0 };
  fc.assert(
    fc.property(text, (yaml) => {
      const loaded = loadConfig(folder.write("c.yaml", yaml), {});
      const findings = loaded.kind === "loaded" ? loaded.warnings : loaded.findings;
      assert.equal(
        findings.some(({ severity }) => severity === "fault"),
        loaded.kind === "refused",
      );
      const linesMax = yaml.split(/\r\n|\r|\n/).length;
      for (const finding of findings) {
        assert.ok(finding.line >= 1 && finding.line <= linesMax && finding.column >= 1, formatFinding(finding));
        assert.doesNotMatch(formatFinding(finding), /\p{Cc}/u, "one line, without control characters");
        assert.doesNotMatch(formatFinding(finding), /MDEyMzQ1/, "no secret");
      }
      seen[loaded.kind === "loaded" ? "good" : "refused"]++;
    }),
    { numRuns: 1000 },
  );
  assert.ok(seen.good > 0 && seen.refused > 0, JSON.stringify(seen));
});

test("any bytes are refused", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 64 }), (bytes) => {
      assert.equal(loadConfig(folder.write("c.yaml", bytes), {}).kind, "refused");
    }),
    { numRuns: 200 },
  );
});

/** What makes a parser recurse, crawl or swell, each as large as a file may be. */
const hostile: Readonly<Record<string, string>> = {
  brackets: "[".repeat(65_000),
  braces: "{a: ".repeat(16_000),
  "brackets over many lines": "[\n".repeat(32_000),
  "braces behind closing ones that close nothing":
    "}\n".repeat(500) + "{a: ".repeat(1000).replaceAll(/(.{400})/g, "$1\n"),
  "braces closed in texts only": '{"}": \n'.repeat(8000),
  "braces closed in texts of two lines": `{a: "${'\n}\n", b: {a: "'.repeat(4000)}`,
  "braces closed in comments": "{a: #}\n".repeat(8000),
  sequences: "- ".repeat(32_000),
  "sequences over many lines": `${"- ".repeat(240)}\n`.repeat(130),
  "explicit keys": "? ".repeat(32_000),
  "ever deeper": Array.from({ length: 350 }, (_, depth) => `${" ".repeat(depth)}a:`).join("\n"),
  keys: Array.from({ length: 7000 }, (_, index) => `k${index}: 1`).join("\n"),
  "the same key": "hub: 1\n".repeat(9000),
  "aliases of aliases": `a: &a x\n${Array.from({ length: 60 }, (_, i) => `b${i}: &b${i} [*a, *a]`).join("\n")}`,
  quotes: `${'"'.repeat(499)}\n`.repeat(130),
  "closing braces": "}\n".repeat(32_000),
  directives: "%a\n".repeat(21_000),
};

for (const [name, yaml] of Object.entries(hostile))
  test(`hostile: ${name}`, () => {
    const begun = process.cpuUsage();
    const loaded = loadConfig(folder.write("c.yaml", yaml), {});
    const { user, system } = process.cpuUsage(begun);
    assert.equal(loaded.kind === "loaded", false);
    assert.ok(user + system < 5_000_000, `${(user + system) / 1e6} s of CPU`);
  });
