import { budgetText, effectiveYaml, fileNotes } from "../config/effective.ts";
import { formatFinding } from "../config/findings.ts";
import { type LoadedConfig, loadConfig } from "../config/load.ts";
import { exitCodes } from "../exit-codes.ts";
import { endpointUrl, hubEndpoint } from "../hub/endpoint.ts";

/**
 * `rrpc-gateway check`: the findings on standard error; of a good file the effective settings and the deadline budget
 * on standard output, which together are YAML again. Exit code 0, or 78 where a finding is a fault.
 */
export function check({ config: file }: { readonly config: string }): Promise<number> {
  const loaded = loadConfig(file, process.env);
  for (const finding of loaded.ok ? loaded.warnings : loaded.findings) console.error(formatFinding(finding));
  if (loaded.ok) process.stdout.write(report(loaded));
  return Promise.resolve(loaded.ok ? exitCodes.ok : exitCodes.config);
}

/** What is printed of a good configuration. */
function report({ config, settings }: LoadedConfig & { readonly ok: true }): string {
  const { productId } = config.hub.identity;
  const endpoint = endpointUrl(hubEndpoint({ ...config.hub, productId }));
  const notes = { ...fileNotes(config.hub), "hub.transport": endpoint };
  return `${effectiveYaml(settings, notes)}\n${budgetText(settings)}`;
}
