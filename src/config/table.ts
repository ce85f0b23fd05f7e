/** The table of options in docs/configuration.md. */
import { everyOption, type Group, type Option, requiredInSections, type Sections, valuesOf } from "./option.ts";
import { options } from "./options.ts";

/** Markdown, one row for each option. A test keeps the page equal to it. */
export function configTable(): string {
  const rows = Object.entries<Group["options"][string]>(options.options).flatMap(([key, declared]) =>
    declared.kind === "sections"
      ? rowsOfSections(declared, key)
      : rowsOf({ kind: "group", doc: "", options: { [key]: declared } }, ""),
  );
  return ["| option | values | default | meaning |", "|---|---|---|---|", ...rows].join("\n");
}

const rowsOf = (group: Group, prefix: string): readonly string[] =>
  [...everyOption(group, prefix)].map(
    ({ path, option }) => `| \`${path}\` | ${valuesOf(option)} | ${defaultOf(option, path)} | ${option.doc} |`,
  );

/** A group that stands outside as well has one row: its options have theirs already. */
function rowsOfSections({ section }: Sections, key: string): readonly string[] {
  return Object.entries(section.options).flatMap(([name, declared]): readonly string[] => {
    const path = `${key}.NAME.${name}`;
    if (!Object.hasOwn(options.options, name))
      return rowsOf({ kind: "group", doc: "", options: { [name]: declared } }, `${key}.NAME.`);
    const required = declared.kind === "group" ? requiredKeys(declared) : [];
    const own = required.length === 0 ? "" : `, and its own ${required.map((one) => `\`${one}\``).join(", ")}`;
    return [
      `| \`${path}\` | as \`${name}\` | what \`${name}\` says | What the board has otherwise than \`${name}\`${own}. |`,
    ];
  });
}

const requiredKeys = ({ options: all }: Group): readonly string[] =>
  Object.entries(all).flatMap(([key, option]) => ("required" in option && option.required ? [key] : []));

/** What each board has to have, the file has to have where it has no boards. */
const requiredWithoutBoards: ReadonlySet<string> = new Set(
  requiredInSections(options, options.options.boards).map((path) => path.join(".")),
);

function defaultOf(option: Option, path: string): string {
  if ("default" in option) return `\`${option.default}\``;
  if (requiredWithoutBoards.has(path)) return "required without `boards`";
  return option.required ? "required" : "";
}
