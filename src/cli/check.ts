import { resolve } from "node:path";
import { budgetsText, effectiveYaml, fileNotes, type Notes } from "../config/effective.ts";
import { type Finding, formatFinding } from "../config/findings.ts";
import { type LoadedConfig, loadConfig, loadSettings } from "../config/load.ts";
import type { Settings } from "../config/options.ts";
import { loadAsService } from "../doctor/facts/configuration.ts";
import { findUnit } from "../host/units.ts";
import { hubEndpoint } from "../iot-hub/endpoint.ts";
import { endpointUrl } from "../mqtt/endpoint.ts";
import { visibleJson } from "../runtime/text.ts";
import { checkPayload } from "./check-payload.ts";
import { exitCodes } from "./exit-codes.ts";
import { fail } from "./fail.ts";

export interface CheckOptions {
  readonly config?: string;
  readonly json?: boolean;
  /** Without the files that a configuration names: secrets and certificates are elsewhere. */
  readonly offline?: boolean;
  /** A payload: what the rules of the one file do with it. */
  readonly payload?: string;
  /** Of this board only. */
  readonly board?: string;
}

/** One file: good, with its settings and what the files that it names hold, or not. */
interface Checked {
  readonly file: string;
  readonly ok: boolean;
  readonly findings: readonly Finding[];
  readonly settings?: Settings;
  readonly notes?: Notes;
  /** The file is good, and what it names cannot be read or is not. */
  readonly needsOthersOnly?: boolean;
}

/**
 * `rrpc-gateway check FILE…`: the findings on standard error. Of one good file the effective settings and the deadline
 * budget on standard output, which together are YAML again; of several a line for each. Exit code 0, 78 where a finding
 * is a fault, 64 where no file is named.
 *
 * With `json` standard output is one object by docs/schemas/check.schema.json, and standard error is empty.
 */
export function check(named: readonly string[], options: CheckOptions): Promise<number> {
  return Promise.resolve(checkAll(named, options));
}

function checkAll(named: readonly string[], options: CheckOptions): number {
  const { config, json = false, offline = false, payload, board } = options;
  const files = config === undefined ? named : [config, ...named];
  if (files.length === 0) {
    return fail("check", exitCodes.usage, ["name at least one file"]);
  }
  if (payload !== undefined) {
    const [file = "", ...others] = files;
    if (others.length > 0 || json) return fail("check", exitCodes.usage, ["--payload takes one file, and no --json"]);
    return checkPayload(file, payload, board);
  }
  if (board !== undefined) return fail("check", exitCodes.usage, ["--board says whose --payload: name both"]);
  const all = files.map((file) => (offline ? checkAlone(file) : checkWhole(file)));
  if (json) console.log(visibleJson(reportOf(all), 2));
  else tell(all);
  return all.every(({ ok }) => ok) ? exitCodes.ok : exitCodes.config;
}

function checkAlone(file: string): Checked {
  const loaded = loadSettings(file);
  if (loaded.kind === "refused") return { file, ok: false, findings: loaded.findings };
  const { settings, warnings: findings } = loaded;
  return { file, ok: true, findings, settings, notes: endpointNote(settings, settings.hub.productId) };
}

function checkWhole(file: string): Checked {
  const loaded = load(file);
  if (loaded.kind === "refused") {
    const needsOthersOnly = loadSettings(file).kind === "loaded";
    return { file, ok: false, findings: loaded.findings, needsOthersOnly };
  }
  const { settings, config, warnings: findings } = loaded;
  const notes = { ...fileNotes(config, settings), ...endpointNote(settings, config.hub.identity.productId) };
  return { file, ok: true, findings, settings, notes };
}

/** Outside of the service its unit says where the secret is. */
function load(file: string): LoadedConfig {
  if (process.env["CREDENTIALS_DIRECTORY"] !== undefined) return loadConfig(file, process.env);
  return loadAsService(file, findUnit(resolve(file)), process.env);
}

function endpointNote({ hub }: Settings, productId: string | undefined): Notes {
  return productId === undefined ? {} : { "hub.transport": endpointUrl(hubEndpoint({ ...hub, productId })) };
}

function tell(all: readonly Checked[]): void {
  for (const { file, ok, findings, settings, notes = {}, needsOthersOnly } of all) {
    for (const finding of findings) console.error(formatFinding(finding));
    if (needsOthersOnly) console.error(`${file}: the file itself is good; without what it names: check --offline`);
    if (!ok || settings === undefined) continue;
    const verdict = `${file}: OK${findings.length === 0 ? "" : `, warnings: ${findings.length}`}`;
    if (all.length > 1) console.log(verdict);
    else process.stdout.write(`${effectiveYaml(settings, notes)}\n${budgetsText(settings)}\n# ${verdict}\n`);
  }
  if (all.length === 1) return;
  const badCount = all.filter(({ ok }) => !ok).length;
  console.log(`${all.length} files: ${all.length - badCount} good, ${badCount} bad`);
}

function reportOf(all: readonly Checked[]) {
  const files = all.map(({ file, ok, findings }) => ({
    file,
    ok,
    findings: findings.map(({ severity, code, line, column, path, expected, found }) => ({
      severity,
      code,
      line,
      column,
      path,
      expected,
      found,
    })),
  }));
  return { ok: all.every(({ ok }) => ok), files };
}
