import assert from "node:assert/strict";
import { after } from "node:test";
import { exampleConfig } from "../../src/config/example.ts";
import { formatFinding } from "../../src/config/findings.ts";
import { loadConfig } from "../../src/config/load.ts";
import { everyOption } from "../../src/config/option.ts";
import { options } from "../../src/config/options.ts";
import { templateDialect } from "../../src/protocol/template.ts";
import { firstBoard } from "../config/first-board.ts";
import { good, secret, temporaryFolder } from "../config/folder.ts";
import { documentedYaml } from "../protocol/documented.ts";
import type { Target } from "./fuzzer.ts";

const folder = temporaryFolder();
after(folder.remove);

const keys = [...everyOption(options)].map(({ path }) => path.split(".").at(-1) ?? "");
const values = [
  "true",
  "0",
  "9600",
  "-1",
  ".nan",
  "null",
  '"',
  "'",
  "|\n",
  ">-\n",
  "&a ",
  "*a",
  "!!str ",
  "---\n",
  secret,
];

/** The example without its explanations, which take most of it. */
const example = exampleConfig().replaceAll(/^ *# .*\n/gm, "");

/** The configuration loader: a file of any bytes is a configuration, or findings that point into it. */
export const config: Target = {
  name: "config",
  seeds: [
    good,
    example.replaceAll(/^( *)#(?=[a-z])/gim, "$1"),
    `${good}${documentedYaml("modem")}`,
    `${good}${documentedYaml("pump")}`,
  ],
  words: [...keys.map((key) => `${key}: `), ...keys.map((key) => `\n    ${key}: `), ...values],
  bytesMax: 6000,
  folder: "/src/config/",
  run(input) {
    const loaded = loadConfig(folder.write("c.yaml", input), {});
    const findings = loaded.kind === "loaded" ? loaded.warnings : loaded.findings;
    assert.equal(
      findings.some(({ severity }) => severity === "fault"),
      loaded.kind === "refused",
    );
    const linesMax = input.toString().split(/\r\n|\r|\n/).length;
    for (const finding of findings) {
      const text = formatFinding(finding);
      assert.ok(finding.line >= 1 && finding.line <= linesMax && finding.column >= 1, text);
      assert.doesNotMatch(text, /\p{Cc}/u, "one line, without control characters");
      assert.ok(!text.includes(secret), "no secret");
    }
    if (loaded.kind === "refused") return;
    const { template, dialect, dataBits } = firstBoard(loaded.config).serial;
    // What the rules let pass, the dialect takes.
    if (dialect === "template") templateDialect({ ...template, dataBits }).read(Buffer.from("OK"), false);
  },
};
