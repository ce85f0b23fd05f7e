/** A key that its group does not have: finds the key that was probably meant, so that the consequences are not reported too. */
import type { Mismatch } from "./findings.ts";
import { nearest } from "./nearest.ts";
import { everyOption, type Group } from "./option.ts";
import { options } from "./options.ts";

/** `presumed` is the option or group that was probably meant: it counts as given, with whatever value. */
export type UnknownKey = Mismatch & { readonly presumed: string | undefined };

/** @param path the group's dotted name, "" for the file */
export function unknownKey(name: string, group: Group, path: string): UnknownKey {
  if (name === "<<")
    return {
      expected: "each option by its name and with its value, because anchors are not followed",
      found: "a merge key (<<)",
      presumed: path,
    };
  const section = sectionAround(path);
  if (section !== undefined && section.path !== path && Object.hasOwn(section.group.options, name))
    return {
      expected: `less space in front, because it is a group of ${section.path}`,
      found: `it inside of ${path}`,
      presumed: join(section.path, name),
    };
  if (path !== "" && Object.hasOwn(options.options, name))
    return {
      expected: "no space in front, because it is a group of its own",
      found: `it inside of ${path}`,
      presumed: name,
    };
  const here = nearest(name, Object.keys(group.options));
  const other = optionNamed(name, section);
  const meant = here ?? other;
  const hint = meant === undefined ? keysOf(group) : `did you mean ${meant}?`;
  const stray = /[^\0-\x7f]/u.exec(name)?.[0].codePointAt(0);
  const found =
    stray === undefined ? "an unknown key" : `one with U+${stray.toString(16).toUpperCase().padStart(4, "0")} in it`;
  return {
    expected: `${path === "" ? "a known key" : `a key of ${path}`} (${hint})`,
    found,
    presumed: here === undefined ? other : join(path, here),
  };
}

interface Section {
  readonly path: string;
  readonly group: Group;
}

/** The section that a group is in, or is. */
function sectionAround(path: string): Section | undefined {
  const [key = "", name] = path.split(".");
  const declared = Object.entries<Group["options"][string]>(options.options).find(([one]) => one === key)?.[1];
  if (declared?.kind !== "sections" || name === undefined) return undefined;
  return { path: join(key, name), group: declared.section };
}

/** An option of this name in another group: in the section itself, or else in the file. */
function optionNamed(name: string, section: Section | undefined): string | undefined {
  const isNamed = ({ path }: { readonly path: string }) => path.endsWith(`.${name}`);
  const own = section === undefined ? [] : [...everyOption(section.group, `${section.path}.`)];
  return [...own, ...everyOption(options)].find(isNamed)?.path;
}

/** A key as it may be shown: one that does not look like a name may be a secret whose key was forgotten. */
export const nameOf = (name: string): string => (/^[0-9A-Za-z_.-]{1,32}$/.test(name) ? name : "?");

/** The keys of a group; of many, the first ones. */
export function keysOf({ options }: Group): string {
  const keys = Object.keys(options);
  return keys.length > 10 ? `${keys.slice(0, 4).join(", ")}, …` : keys.join(", ");
}

export const join = (path: string, key: string): string => (path === "" ? key : `${path}.${key}`);
