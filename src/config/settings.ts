/** The YAML tree against the declaration: the settings with their defaults, and every way in which the tree departs. */
import { resolve } from "node:path";
import { isAlias, isCollection, isMap, isScalar, type Node, type YAMLMap } from "yaml";
import { type Position, quoted, type Verdict } from "./findings.ts";
import { meantHint, nearest } from "./nearest.ts";
import { accepts, everyOption, expectedOf, type Group, type Option } from "./option.ts";
import { options, type Settings } from "./options.ts";

export type ReadSettings = {
  /** An option at fault has its default here, or undefined. */
  readonly settings: Settings;
  readonly problems: readonly (Verdict & Position & { readonly path: string })[];
  /** Whether an option, or a group that it is in, has a problem. */
  readonly isFaulty: (path: string) => boolean;
  /** Where an option stands, or else the group that it would stand in. */
  readonly positionOf: (path: string) => Position;
};

type Entry = { readonly value: Node | null; readonly at: Position };

/** Relative paths are resolved against `folder`. */
export function readSettings(
  root: Node | null,
  positionAt: (offset: number) => Position,
  folder: string,
): ReadSettings {
  const problems: (Verdict & Position & { path: string })[] = [];
  const positions = new Map<string, Position>();
  const position = (node: unknown, otherwise: Position): Position =>
    isScalar(node) || isCollection(node) || isAlias(node) ? positionAt(node.range?.[0] ?? 0) : otherwise;
  const problem = (path: string, at: Position, expected: string, found: string) =>
    problems.push({ path, ...at, expected, found });
  const isFaulty = (path: string) =>
    problems.some((one) => one.path === "" || one.path === path || path.startsWith(`${one.path}.`));

  /** The entries of a mapping by key; unknown and second ones are problems. */
  function entries(group: Group, node: YAMLMap, path: string, at: Position): Map<string, Entry> {
    const found = new Map<string, Entry>();
    for (const { key, value } of node.items) {
      const name = isScalar(key) ? String(key.value) : "";
      const keyAt = position(key, at);
      const full = join(path, nameOf(name));
      const first = found.get(name);
      if (!Object.hasOwn(group.options, name)) problem(full, keyAt, unknownKey(name, group, path), "an unknown key");
      else if (first !== undefined) problem(full, keyAt, "it once", `it again (first in line ${first.at.line})`);
      else found.set(name, { value: value as Node | null, at: keyAt });
    }
    return found;
  }

  function readGroup(group: Group, node: Node | null, path: string, at: Position): object {
    // A group whose lines are all comments is a null; a whole file of them is a mistake.
    const isEmpty = path !== "" && (node === null || (isScalar(node) && node.value === null));
    if (!isEmpty && !isMap(node)) problem(path, at, `a mapping with ${keysOf(group)}`, foundIn(node));
    const given = isMap(node) ? entries(group, node, path, at) : new Map<string, Entry>();
    positions.set(path, at);
    return Object.fromEntries(
      Object.entries(group.options).map(([key, declared]) => {
        const entry = given.get(key);
        const full = join(path, key);
        return [
          key,
          declared.kind === "group"
            ? readGroup(declared, entry?.value ?? null, full, entry?.at ?? at)
            : readOption(declared, entry, full, entry === undefined ? at : position(entry.value, entry.at)),
        ];
      }),
    );
  }

  function readOption(option: Option, entry: Entry | undefined, path: string, at: Position): unknown {
    positions.set(path, at);
    const absent = "default" in option ? option.default : undefined;
    if (entry === undefined) {
      if (option.required && !isFaulty(path)) problem(path, at, expectedOf(option), "none");
      return absent;
    }
    const value = isScalar(entry.value) ? entry.value.value : undefined;
    if (accepts(option, value)) return option.kind === "path" ? resolve(folder, String(value)) : value;
    problem(path, at, expectedOf(option) + hintOf(option, value), foundIn(entry.value, option));
    return absent;
  }

  // What the declaration infers is what readGroup builds from that same declaration.
  const settings = readGroup(options, root, "", position(root, { line: 1, column: 1 })) as Settings;
  return { settings, problems, isFaulty, positionOf: (path) => positions.get(path) ?? { line: 1, column: 1 } };
}

/** The keys of a group, or the first ones of many. */
function keysOf({ options }: Group): string {
  const keys = Object.keys(options);
  return keys.length > 8 ? `${keys.slice(0, 4).join(", ")}, …` : keys.join(", ");
}

function hintOf(option: Option, value: unknown): string {
  return option.kind === "choice" && typeof value === "string" ? meantHint(value, option.values, option.synonyms) : "";
}

const join = (path: string, key: string): string => (path === "" ? key : `${path}.${key}`);

/** A key that looks like no name may be a secret whose key was forgotten. */
const nameOf = (name: string): string => (/^[0-9A-Za-z_.-]{1,32}$/.test(name) ? name : "?");

function unknownKey(name: string, group: Group, path: string): string {
  const here = nearest(name, Object.keys(group.options));
  const meant = here ?? [...everyOption(options)].find((other) => other.path.endsWith(`.${name}`))?.path;
  const hint = meant === undefined ? keysOf(group) : `did you mean ${meant}?`;
  return `${path === "" ? "a known key" : `a key of ${path}`} (${hint})`;
}

/** What stands in the file, as far as it may be shown, with the remedy for what YAML took for another type. */
function foundIn(node: Node | null, option?: Option): string {
  if (isAlias(node)) return "an alias (write the value itself)";
  if (isCollection(node)) return isMap(node) ? "a mapping" : "a list";
  if (!isScalar(node) || node.value === null) return "nothing";
  const { value } = node;
  const isText = typeof value === "string";
  if (option?.kind === "text" && option.secret) return isText ? `a text of ${value.length} characters` : "no text";
  if (isText) {
    const wrongly = option?.kind === "whole" && Number.isFinite(Number(value)) && value.trim() !== "";
    return quoted(value) + (wrongly ? " (leave out the quotes)" : "");
  }
  const text = quoted(node.source ?? String(value)).slice(1, -1);
  return option?.kind === "text" ? `the ${typeof value} ${text} (put it in quotes)` : text;
}
