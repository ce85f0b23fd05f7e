/** The table of options in docs/configuration.md. */
import { everyOption, type Option, valuesOf } from "./option.ts";
import { options } from "./options.ts";

/** Markdown, one row for each option. A test keeps the page equal to it. */
export function configTable(): string {
  const rows = [...everyOption(options)].map(
    ({ path, option }) => `| \`${path}\` | ${valuesOf(option)} | ${defaultOf(option)} | ${option.doc} |`,
  );
  return ["| option | values | default | meaning |", "|---|---|---|---|", ...rows].join("\n");
}

function defaultOf(option: Option): string {
  if ("default" in option) return `\`${option.default}\``;
  return option.required ? "required" : "";
}
