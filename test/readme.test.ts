/** What the README says of the code is so: its tables, its example, the call that it shows, and where its links lead. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { exitCodes } from "../src/cli/exit-codes.ts";
import { loadConfig } from "../src/config/load.ts";
import { reasons } from "../src/core/outcome.ts";
import { dropNames } from "../src/core/report.ts";
import { hubCaFingerprint } from "../src/iot-hub/hub-ca.ts";
import { readProject, withoutComments } from "./tidy/source.ts";

const root = join(import.meta.dirname, "..");
const readme = readFileSync(join(root, "README.md"), "utf8");

/** The cells of the table between two markers, row by row, without its head. */
function table(name: string): string[][] {
  const marked = new RegExp(`<!-- ${name} -->\n([\\s\\S]*)\n<!-- /${name} -->`).exec(readme)?.[1];
  assert.ok(marked !== undefined, `README.md has the markers of ${name}`);
  const [, , ...rows] = marked.split("\n");
  return rows.map((row) => row.split("|").slice(1, -1).map(plain));
}

const plain = (cell: string) => cell.trim().replace(/^`(.*)`$/, "$1");

test("every error is in the table, with its code and with what it says about execution", () => {
  const rows = table("errors");
  const declared = Object.entries(reasons).map(([reason, { code, executed }]) => [code, reason, executed]);
  assert.deepEqual(
    rows.map(([code, reason, executed]) => [code, reason, executed]),
    declared,
  );
  for (const row of rows) {
    assert.equal(row.length, 5, row.join(" | "));
    for (const sentence of row.slice(3)) assert.match(sentence, /^[A-Z].*\.$/);
  }
});

test("what may have been executed is never just called again", () => {
  for (const [, reason = "", executed, , advice = ""] of table("errors")) {
    if (executed === "unknown") assert.doesNotMatch(advice, /^Call again/, reason);
  }
});

test("every name of a drop is in the table", () => {
  assert.deepEqual(
    table("drops").map(([name]) => name),
    [...dropNames],
  );
});

test("the log lines are the code's own words", () => {
  const code = readProject(join(root, "src"))
    .map(({ text }) => withoutComments(text))
    .join("\n");
  for (const [line = ""] of table("log")) {
    const words = line.split("…").filter((part) => part.trim() !== "");
    assert.notDeepEqual(words, []);
    for (const part of words) assert.ok(code.includes(part), `no code says ${part}`);
  }
});

test("every exit code is in the table", () => {
  assert.deepEqual(
    table("exit-codes").map(([code]) => Number(code)),
    Object.values(exitCodes),
  );
});

test("the hub CA's fingerprint is the one that the gateway names", () => {
  assert.ok(readme.includes(hubCaFingerprint));
});

test("the configuration to try is good but for the warning that the README announces", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "rrpc-readme-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const [tryIt = ""] = [...readme.matchAll(/```yaml\n(hub:[\s\S]*?)```/g)].map(([, yaml]) => yaml);
  const file = join(folder, "try.yaml");
  writeFileSync(file, tryIt);
  const loaded = loadConfig(file, {});
  assert.ok(loaded.ok, JSON.stringify(loaded));
  assert.deepEqual(
    loaded.warnings.map(({ path }) => path),
    ["hub.deviceSecret"],
  );
});

test("the call to try is the one that the simulated hub prints", { timeout: 30_000 }, async () => {
  const ports = ["--mqtt-port", "0", "--api-port", "0"];
  const hub = spawn(process.execPath, ["--import", "tsx", "src/main.ts", "hub", ...ports], {
    cwd: root,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(hub, "close");
  let output = "";
  for await (const chunk of hub.stdout) {
    output += chunk;
    if (/^try: .*\n/m.test(output)) hub.kill("SIGTERM");
  }
  await ended;
  const call = /^try: (.*)$/m.exec(output)?.[1]?.replace(/:\d+ /, ":8083 ");
  assert.ok(call !== undefined && readme.includes(`\n${call}\n`), call);
});

test("every document is linked from the README, and every link between documents leads somewhere", () => {
  const documents = readdirSync(join(root, "docs")).filter((name) => name.endsWith(".md"));
  for (const name of documents) assert.ok(readme.includes(`](docs/${name})`), `README.md does not link docs/${name}`);
  for (const path of ["README.md", "CHANGELOG.md", ...documents.map((name) => `docs/${name}`)]) {
    const text = readFileSync(join(root, path), "utf8");
    for (const [, target = ""] of text.matchAll(/\]\((?!https?:)([^)#]+)/g)) {
      assert.ok(existsSync(join(root, dirname(path), target)), `${path} links ${target}`);
    }
  }
});

test("the architecture's map has every folder of src, and no other", () => {
  const map = readFileSync(join(root, "docs/architecture.md"), "utf8");
  const folders = readdirSync(join(root, "src"), { withFileTypes: true }).filter((entry) => entry.isDirectory());
  assert.deepEqual(
    [...map.matchAll(/^\*\*`src\/([a-z-]+)`\*\*/gm)].map(([, name]) => name).sort(),
    folders.map(({ name }) => name).sort(),
  );
});

test("every npm script that the README names is there", () => {
  const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { scripts: object };
  for (const [, name = ""] of readme.matchAll(/\bnpm run ([a-z:]+)/g)) assert.ok(Object.hasOwn(scripts, name), name);
});
