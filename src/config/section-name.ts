/** A key among sections that cannot be the name of one: an option or a group that is indented otherwise than it was meant, or a slip. */
import { quoted } from "./findings.ts";
import type { Group, Sections } from "./option.ts";
import { options } from "./options.ts";
import { join, type UnknownKey } from "./unknown-key.ts";

interface Place {
  /** Of the sections. */
  readonly path: string;
  readonly allowed: Sections["name"];
  readonly section: Group;
  /** The name before it, if nothing stands below that one. */
  readonly above: string | undefined;
}

export function strangeName(name: string, { path, allowed, section, above }: Place): UnknownKey {
  if (name === "<<")
    return {
      expected: "each option by its name and with its value, because anchors are not followed",
      found: "a merge key (<<)",
      presumed: path,
    };
  if (Object.hasOwn(section.options, name)) {
    if (above !== undefined)
      return {
        expected: `the options of ${join(path, above)} with 2 spaces more in front`,
        found: "as many as in front of its name",
        presumed: join(path, above),
      };
    return {
      expected: `it below a name, such as ${join(join(path, allowed.example), name)}`,
      found: `it directly in ${path}`,
      presumed: path,
    };
  }
  if (Object.hasOwn(options.options, name))
    return {
      expected: "no space in front, because it is a group of its own",
      found: `it inside of ${path}`,
      presumed: name,
    };
  const plain = name
    .normalize("NFKC")
    .trim()
    .replaceAll(/[^0-9A-Za-z_-]+/g, "-")
    .replaceAll(/^[_-]+|-+$/g, "");
  const hint = plain !== name && allowed.pattern.test(plain) ? ` (write ${plain})` : "";
  return { expected: allowed.expected, found: quoted(name) + hint, presumed: undefined };
}
