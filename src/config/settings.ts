/** Compares the YAML tree with the declaration: gives the settings with their defaults, and every difference. */
import { resolve } from "node:path";
import { isAlias, isCollection, isMap, isScalar, type Node, type YAMLMap } from "yaml";
import { type Mismatch, type Position, quoted } from "./findings.ts";
import { meantHint } from "./nearest.ts";
import { accepts, expectedOf, type Group, type Option } from "./option.ts";
import { options, type Settings } from "./options.ts";
import { placeholderIn } from "./placeholder.ts";
import { suggestionFor } from "./suggestion.ts";
import { join, keysOf, unknownKey } from "./unknown-key.ts";

export type ReadSettings = {
  /** A faulty option has its default here, or undefined. */
  readonly settings: Settings;
  readonly problems: readonly (Mismatch & Position & { readonly path: string })[];
  /** Whether an option, or a group that it is in, has a problem, or is in the file under another name or in another place. */
  readonly isFaulty: (path: string) => boolean;
  /** Whether an option is given in the file. */
  readonly isGiven: (path: string) => boolean;
  /** Where an option is, or else the group that it would be in. */
  readonly positionOf: (path: string) => Position;
};

type Entry = { readonly value: Node | null; readonly at: Position };

/** Relative paths are resolved against `folder`. */
export function readSettings(
  root: Node | null,
  positionAt: (offset: number) => Position,
  folder: string,
): ReadSettings {
  const problems: (Mismatch & Position & { path: string })[] = [];
  /** Required options that are missing; reported at the end, because they may turn up under another name. */
  const missing: (Mismatch & Position & { path: string })[] = [];
  /** Unknown keys with an anchor; reported at the end, unless something refers to them. */
  const anchors: (Mismatch & Position & { path: string })[] = [];
  let hasReferences = false;
  const presumed = new Set<string>();
  const given = new Set<string>();
  const positions = new Map<string, Position>();
  const position = (node: unknown, otherwise: Position): Position =>
    isScalar(node) || isCollection(node) || isAlias(node) ? positionAt(node.range?.[0] ?? 0) : otherwise;
  const problem = (path: string, at: Position, expected: string, found: string) =>
    problems.push({ path, ...at, expected, found });
  const isWithin = (path: string, whole: string) => whole === "" || path === whole || path.startsWith(`${whole}.`);
  const isFaulty = (path: string) =>
    problems.some((one) => one.severity !== "warning" && isWithin(path, one.path)) ||
    [...presumed].some((one) => isWithin(path, one));

  /** The entries of a mapping by key; unknown and repeated keys are problems. */
  function entries(group: Group, node: YAMLMap, path: string, at: Position): Map<string, Entry> {
    const found = new Map<string, Entry>();
    /** The group whose options may follow at its own level: they are not indented, or the group itself is indented too deep. */
    let owner: string | undefined;
    for (const { key, value } of node.items) {
      const name = isScalar(key) ? String(key.value) : "";
      hasReferences ||= name === "<<" || isAlias(value);
      const keyAt = position(key, at);
      const full = join(path, nameOf(name));
      const first = found.get(name);
      if (!Object.hasOwn(group.options, name)) {
        if (owner !== undefined && isOptionOf(owner, name)) {
          if (!presumed.has(owner)) problem(full, keyAt, `the options of ${owner} with 2 spaces in front`, "no space");
          presumed.add(owner);
          continue;
        }
        const unknown = unknownKey(name, group, path);
        const told = { path: full, ...keyAt, expected: unknown.expected, found: unknown.found };
        (isCollection(value) && value.anchor !== undefined ? anchors : problems).push(told);
        if (unknown.presumed !== undefined) presumed.add(unknown.presumed);
        if (Object.hasOwn(options.options, name)) owner = name;
      } else if (first !== undefined) problem(full, keyAt, "it once", `it again (first in line ${first.at.line})`);
      else {
        found.set(name, { value: value as Node | null, at: keyAt });
        owner = path === "" && (value === null || (isScalar(value) && value.value === null)) ? name : undefined;
      }
    }
    return found;
  }

  function readGroup(group: Group, node: Node | null, path: string, at: Position): object {
    // A group that has only comments is a null; a file that has only comments is a mistake.
    const isEmpty = path !== "" && (node === null || (isScalar(node) && node.value === null));
    if (!isEmpty && !isMap(node)) problem(path, at, `a mapping with ${keysOf(group)}`, foundIn(node));
    const inside = isMap(node) ? entries(group, node, path, at) : new Map<string, Entry>();
    positions.set(path, at);
    return Object.fromEntries(
      Object.entries(group.options).map(([key, declared]) => {
        const entry = inside.get(key);
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
      if (option.required) missing.push({ path, ...at, expected: expectedOf(option), found: "none" });
      return absent;
    }
    given.add(path);
    const value = isScalar(entry.value) ? entry.value.value : undefined;
    const isPlain = isScalar(entry.value) && entry.value.type === "PLAIN";
    const placeholder = typeof value === "string" ? placeholderIn(option, value, { folder, isPlain }) : undefined;
    if (placeholder !== undefined) problems.push({ path, ...at, ...placeholder });
    if (placeholder !== undefined && placeholder.severity !== "warning") return absent;
    if (accepts(option, value)) return option.kind === "path" ? resolve(folder, String(value)) : value;
    else refuse(option, entry.value, path, at);
    return absent;
  }

  function refuse(option: Option, node: Node | null, path: string, at: Position): void {
    const value = isScalar(node) ? node.value : undefined;
    const isChoice = option.kind === "choice" && typeof value === "string";
    const isSuggested = isChoice && suggestionFor(option, value, isQuoted(node)) !== "";
    const hint = isChoice && !isSuggested ? meantHint(value, option.values, option.synonyms) : "";
    problem(path, at, expectedOf(option) + hint, foundIn(node, option));
  }

  // readGroup builds what the types infer from the same declaration.
  const settings = readGroup(options, root, "", position(root, { line: 1, column: 1 })) as Settings;
  if (!hasReferences) problems.push(...anchors);
  problems.push(...missing.filter(({ path }) => !isFaulty(path)));
  const isGiven = (path: string) => given.has(path);
  return { settings, problems, isFaulty, isGiven, positionOf: (path) => positions.get(path) ?? { line: 1, column: 1 } };
}

/** A key that does not look like a name may be a secret whose key was forgotten. */
const nameOf = (name: string): string => (/^[0-9A-Za-z_.-]{1,32}$/.test(name) ? name : "?");

function isOptionOf(groupName: string, name: string): boolean {
  const group = Object.entries(options.options).find(([key]) => key === groupName)?.[1];
  return group !== undefined && Object.hasOwn(group.options, name);
}

/** The value in the file, as far as it may be shown, with a remedy if YAML took it for another type. */
function foundIn(node: Node | null, option?: Option): string {
  if (isAlias(node)) return "an alias (write the value itself: anchors are not followed)";
  if (isCollection(node))
    return isMap(node) ? "a mapping" : `a list${option === undefined ? " (leave out the dashes)" : ""}`;
  if (!isScalar(node) || node.value === null) return nothingIn(node, option);
  const { value } = node;
  const isText = typeof value === "string";
  if (option?.kind === "text" && option.secret)
    return isText ? `a text of ${value.length} characters` : `a ${typeof value} (put it in quotes)`;
  const text = isText ? value : (node.source ?? String(value));
  const shownText = isText ? quoted(text) : quoted(text).slice(1, -1);
  if (option === undefined)
    return isText && /^[A-Za-z]+:\S/.test(text) ? "a text (is a space missing after a colon?)" : shownText;
  if (option.kind === "text" && !isText) return `the ${typeof value} ${shownText} (put it in quotes)`;
  return shownText + suggestionFor(option, text, isQuoted(node));
}

const isQuoted = (node: Node | null) =>
  isScalar(node) && (node.type === "QUOTE_DOUBLE" || node.type === "QUOTE_SINGLE");

function nothingIn(node: Node | null, option: Option | undefined): string {
  const source = isScalar(node) ? node.source : undefined;
  if (source !== undefined && source !== "") return `nothing, which is what ${source} means (put it in quotes)`;
  const isText = option?.kind === "text" || option?.kind === "path";
  return isText && isScalar(node) && node.comment != null
    ? "nothing, because # begins a comment (put a text with # in quotes)"
    : "nothing";
}
