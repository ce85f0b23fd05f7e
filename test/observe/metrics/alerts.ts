import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";

export interface Alert {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly description: string };
}

export const rulesFile = join(import.meta.dirname, "../../../deploy/prometheus/rrpc-gateway.rules.yaml");

const { groups } = parse(readFileSync(rulesFile, "utf8")) as {
  readonly groups: readonly { readonly rules: readonly Alert[] }[];
};

/** All that the rules can raise, in their order. */
export const alerts: readonly Alert[] = groups.flatMap(({ rules }) => rules);
