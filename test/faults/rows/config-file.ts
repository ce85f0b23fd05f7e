import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** The gateway's file, in a testbed's folder. */
export function configOf(folder: string): string {
  return join(folder, "config.yaml");
}

/** Changes options of one section. */
export function changeConfig(
  folder: string,
  section: "hub" | "serial" | "rrpc" | "events",
  options: Readonly<Record<string, unknown>>,
): void {
  const file = configOf(folder);
  const config = JSON.parse(readFileSync(file, "utf8"));
  writeFileSync(file, JSON.stringify({ ...config, [section]: { ...config[section], ...options } }));
}
