/** `config.example.yaml`: every option with its explanation, most of them as comments. */
import { stringify } from "yaml";
import { type Group, type Option, valuesOf } from "./option.ts";
import { type OptionPath, options } from "./options.ts";

/** What a first device needs. Everything else has a default, or is an alternative. */
const active: ReadonlySet<string> = new Set<OptionPath>([
  "hub.productId",
  "hub.deviceName",
  "hub.deviceSecretFile",
  "hub.caFile",
  "serial.path",
]);

const head = `\
# ${options.doc}
#
# "# " begins an explanation; "#" before a key is an option at its default, or an example of one that has none.
# Relative paths start at this file's folder. To check the file: rrpc-gateway check --config FILE
# For editors: "rrpc-gateway schema" prints a JSON Schema.
`;

/** YAML that is good as it is, once it has the device's identity and the files that it names exist. */
export function exampleConfig(): string {
  return `${head}${linesOf(options, "", "").join("\n")}\n`;
}

function linesOf(group: Group, path: string, indent: string): string[] {
  return Object.entries(group.options).flatMap(([key, option]) => {
    const full = path + key;
    if (option.kind === "group")
      return ["", ...explanation(option, indent), `${indent}${key}:`, ...linesOf(option, `${full}.`, `${indent}  `)];
    const mark = active.has(full) ? "" : "#";
    const values = option.kind === "path" ? "" : `  # ${valuesOf(option)}`;
    return [`${indent}# ${option.doc}`, `${indent}${mark}${key}: ${sampleOf(option)}${values}`];
  });
}

function explanation({ doc, oneOf }: Group, indent: string): string[] {
  const ways = oneOf?.map((keys) => keys.join(" with ")).join(", ");
  return [
    `${indent}# ${doc}`,
    ...(ways === undefined ? [] : [`${indent}# Exactly one of these has to be given: ${ways}.`]),
  ];
}

function sampleOf(option: Option): string {
  const value = "default" in option ? option.default : option.example;
  return value === undefined ? "" : stringify(value, { lineWidth: 0 }).trimEnd();
}
