/** `config.example.yaml`: every option with its explanation, most of them as comments. */
import { stringify } from "yaml";
import { type Group, type Option, requiredInSections, type Sections, valuesOf } from "./option.ts";
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
    switch (option.kind) {
      case "group":
        return ["", ...explanation(option, indent), `${indent}${key}:`, ...linesOf(option, `${full}.`, `${indent}  `)];
      case "sections":
        return ["", ...sectionsLines(option, key).map((line) => `#${line}`)];
      default:
        return [`${indent}# ${option.doc}`, `${indent}${active.has(full) ? "" : "#"}${lineOf(key, option)}`];
    }
  });
}

/** Of a board in comments. */
const activeOfSection: ReadonlySet<string> = new Set(["productId", "deviceName", "path"]);

/** A section as comments: what it has of its own, and what it has to have of a group that the file has outside as well. */
function sectionsLines(sections: Sections, key: string): readonly string[] {
  const { doc, name, section } = sections;
  const optionLines = (all: Group["options"]): string[] =>
    Object.entries(all).flatMap(([one, option]) =>
      option.kind === "group" || option.kind === "sections"
        ? []
        : [`      # ${option.doc}`, `      ${activeOfSection.has(one) ? "" : "#"}${lineOf(one, option)}`],
    );
  const needed = new Set(requiredInSections(options, sections).map(([group]) => group));
  const groups = Object.entries(section.options).flatMap(([one, group]): string[] => {
    if (group.kind !== "group") return [];
    if (!Object.hasOwn(options.options, one))
      return [`    # ${group.doc}`, `    ${one}:`, ...optionLines(group.options)];
    if (!needed.has(one)) return [];
    const required = Object.entries(group.options).filter(([, option]) => "required" in option && option.required);
    return [
      `    # What the board has otherwise than \`${one}\` outside.`,
      `    ${one}:`,
      ...optionLines(Object.fromEntries(required)),
    ];
  });
  return [` ${doc}`, `${key}:`, `  # ${section.doc}`, `  ${name.example}:`, ...groups];
}

function lineOf(key: string, option: Option): string {
  return `${key}: ${sampleOf(option)}${option.kind === "path" ? "" : `  # ${valuesOf(option)}`}`;
}

function explanation({ doc, oneOf }: Group, indent: string): string[] {
  const ways = oneOf?.map((keys) => keys.join(" with ")).join(", ");
  return [
    `${indent}# ${doc}`,
    ...(ways === undefined ? [] : [`${indent}# Exactly one of these has to be given: ${ways}.`]),
  ];
}

const oneLine = { collectionStyle: "flow", flowCollectionPadding: false } as const;

function sampleOf(option: Option): string {
  const value = "default" in option ? option.default : option.example;
  return value === undefined ? "" : stringify(value, { lineWidth: 0, ...(Array.isArray(value) && oneLine) }).trimEnd();
}
