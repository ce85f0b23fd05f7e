import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** The gateway's file, in a testbed's folder. */
export function configOf(folder: string): string {
  return join(folder, "config.yaml");
}

type Sections = Record<string, Record<string, unknown>>;

/** Changes options of one section. */
export function changeConfig(
  folder: string,
  section: "hub" | "serial" | "rrpc" | "events",
  options: Readonly<Record<string, unknown>>,
): void {
  rewrite(folder, (config) => ({ ...config, [section]: { ...config[section], ...options } }));
}

/** Changes which boards there are, in a testbed with several. */
export function changeBoards(folder: string, change: (boards: Sections) => Sections): void {
  rewrite(folder, (config) => ({ ...config, boards: change((config["boards"] ?? {}) as Sections) }));
}

function rewrite(folder: string, change: (config: Sections) => object): void {
  const file = configOf(folder);
  writeFileSync(file, JSON.stringify(change(JSON.parse(readFileSync(file, "utf8"))), undefined, 2));
}
