import { readFileSync } from "node:fs";
import { join } from "node:path";

export interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly targets: readonly { readonly refId: string; readonly expr: string; readonly instant?: boolean }[];
}

/** Its text. */
export const dashboard = readFileSync(join(import.meta.dirname, "../../../deploy/grafana/rrpc-gateway.json"), "utf8");

const parsed = JSON.parse(dashboard) as {
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { readonly definition?: string }[] };
};

export const panels = parsed.panels;

/** What Grafana makes of an expression, of all boards: `instance` is a regular expression. */
export function promQlOf(expr: string, instance = ".+"): string {
  return expr
    .replaceAll("$instance", instance)
    .replaceAll("$board", ".*")
    .replaceAll("$__range", "1h")
    .replaceAll("$__rate_interval", "1m");
}

/** The series whose labels are the choices of a variable. */
export const variables: readonly string[] = parsed.templating.list.flatMap(({ definition }) => {
  const [, series] = /^label_values\((.+), \w+\)$/.exec(definition ?? "") ?? [];
  return series ?? [];
});
