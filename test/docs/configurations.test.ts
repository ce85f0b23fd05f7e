/** What the pages show as a configuration is one: whole, or a part of one. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { parse } from "yaml";
import { formatFinding } from "../../src/config/findings.ts";
import { loadSettings } from "../../src/config/load.ts";
import { options } from "../../src/config/options.ts";
import { good, temporaryFolder } from "../config/folder.ts";
import { pages, read } from "../support/documents.ts";

/** YAML of other programs, by the first key of it: those of Docker's compose and of Prometheus. */
const foreign = ["services", "rule_files"];

interface Shown {
  readonly page: string;
  readonly tree: Readonly<Record<string, object>>;
}

const shown: readonly Shown[] = pages().flatMap((page) =>
  [...read(page).matchAll(/^```yaml.*\n([\s\S]*?)^```$/gm)].map(([, text = ""]) => ({ page, tree: parse(text) })),
);

const keyOf = ({ tree }: Shown) => Object.keys(tree)[0] ?? "";

test("each YAML on a page is a part of a configuration that has nothing wrong with it, or another program's", (t) => {
  const ours = shown.filter((one) => keyOf(one) in options.options);
  assert.ok(ours.length > 5, "the pages show configurations");
  assert.deepEqual(
    shown
      .filter((one) => !ours.includes(one))
      .map(keyOf)
      .sort(),
    [...foreign].sort(),
  );
  const folder = temporaryFolder();
  t.after(folder.remove);
  for (const { page, tree } of ours) {
    // What is a part stands in the least that is a configuration; a whole one names its own device.
    const whole = "hub" in tree ? tree : { ...parse(good), ...tree };
    const serial = { ...("boards" in tree ? {} : parse(good).serial), ...tree["serial"] };
    const loaded = loadSettings(folder.write("c.yaml", JSON.stringify({ ...whole, serial }, undefined, 2)));
    const findings = loaded.kind === "loaded" ? [] : loaded.findings.map(formatFinding);
    assert.deepEqual(findings, [], page);
  }
});
