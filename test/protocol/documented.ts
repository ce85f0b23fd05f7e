import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { BoardConfig } from "../../src/config/board-config.ts";
import { formatFinding } from "../../src/config/findings.ts";
import { loadConfig } from "../../src/config/load.ts";
import type { Dialect } from "../../src/protocol/dialect.ts";
import { templateDialect } from "../../src/protocol/template.ts";
import { firstBoard } from "../config/first-board.ts";
import { good, temporaryFolder } from "../config/folder.ts";

/** The page whose examples run as they stand there. */
export const page = readFileSync(join(import.meta.dirname, "../../docs/dialects.md"), "utf8");

/** The names of the page's examples; whatever YAML stands on it is one. */
export const examples: readonly string[] = [...page.matchAll(/^```yaml *(?:example )?(.*)$/gm)].map(
  ({ 1: name = "", index }) => {
    if (name !== "") return name;
    throw new Error(
      `docs/dialects.md:${page.slice(0, index).split("\n").length}: expected a name: \`\`\`yaml example NAME`,
    );
  },
);

/** The serial part of an example's configuration, as the loader has it. */
export function documentedSerial(name: string): BoardConfig["serial"] {
  const folder = temporaryFolder();
  try {
    const loaded = loadConfig(folder.write("c.yaml", `${good}${documentedYaml(name)}`), {});
    if (loaded.kind === "loaded") return firstBoard(loaded.config).serial;
    // The configuration's lines behind `good` are the page's behind the block's head.
    const added = page.slice(0, page.indexOf(documentedYaml(name))).split("\n").length - good.split("\n").length;
    const findings = loaded.findings.map((one) => ({ ...one, file: "docs/dialects.md", line: one.line + added }));
    throw new Error(findings.map(formatFinding).join("\n"));
  } finally {
    folder.remove();
  }
}

/** The lines of an example that belong to `serial`, which the page shows with their head. */
export function documentedYaml(name: string): string {
  const [, yaml] = new RegExp(`\`\`\`yaml example ${name}\nserial:\n([^]*?)\`\`\``).exec(page) ?? [];
  if (yaml === undefined) throw new Error(`docs/dialects.md has no example ${name}`);
  return yaml;
}

export function documentedDialect(name: string): Dialect {
  const { template, dataBits } = documentedSerial(name);
  return templateDialect({ ...template, dataBits });
}
