/** Compares the YAML tree with the declaration: gives the settings with their defaults, and every difference. */
import { resolve } from "node:path";
import { isAlias, isCollection, isMap, isScalar, isSeq, type Node, type YAMLMap, type YAMLSeq } from "yaml";
import { unusablePatterns } from "../protocol/payload-rules.ts";
import { type Mismatch, type Position, quoted } from "./findings.ts";
import { meantHint } from "./nearest.ts";
import {
  accepts,
  type ChoicesOption,
  expectedOf,
  type Group,
  isPattern,
  type Option,
  type PatternsOption,
  type Sections,
} from "./option.ts";
import { options, type Settings } from "./options.ts";
import { placeholderIn } from "./placeholder.ts";
import { strangeName } from "./section-name.ts";
import { suggestionFor } from "./suggestion.ts";
import { join, keysOf, nameOf, unknownKey } from "./unknown-key.ts";

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

/** What has been read of a group so far; of the group outside of a section, its defaults. */
type ReadGroup = { readonly [key: string]: unknown };

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
    for (const { name, value, keyAt } of itemsOf(node, at)) {
      const full = join(path, nameOf(name));
      if (!Object.hasOwn(group.options, name)) {
        const owned = owner === undefined ? undefined : ownedBy(owner, name, value);
        if (owner !== undefined && owned !== undefined) {
          if (!presumed.has(owner)) problem(full, keyAt, `${owned} with 2 spaces in front`, "no space");
          presumed.add(owner);
          continue;
        }
        const unknown = unknownKey(name, group, path);
        const told = { path: full, ...keyAt, expected: unknown.expected, found: unknown.found };
        (isCollection(value) && value.anchor !== undefined ? anchors : problems).push(told);
        if (unknown.presumed !== undefined) presumed.add(unknown.presumed);
        if (Object.hasOwn(options.options, name)) owner = name;
      } else if (isFirst(found, name, full, keyAt)) {
        found.set(name, { value, at: keyAt });
        owner = path === "" && isNothing(value) ? name : undefined;
      }
    }
    return found;
  }

  function isFirst(found: ReadonlyMap<string, Entry>, name: string, path: string, at: Position): boolean {
    const first = found.get(name);
    if (first !== undefined) problem(path, at, "it once", `it again (first in line ${first.at.line})`);
    return first === undefined;
  }

  function* itemsOf(node: YAMLMap, at: Position) {
    for (const { key, value } of node.items) {
      const name = isScalar(key) ? String(key.value) : "";
      hasReferences ||= name === "<<" || isAlias(value);
      yield { name, value: value as Node | null, keyAt: position(key, at) };
    }
  }

  /** @param outside the same group outside of the section that this one is in */
  function readGroup(group: Group, node: Node | null, path: string, at: Position, outside?: ReadGroup): ReadGroup {
    // A group that has only comments is a null; a file that has only comments is a mistake.
    const isEmpty = path !== "" && isNothing(node);
    if (!isEmpty && !isMap(node)) problem(path, at, `a mapping with ${keysOf(group)}`, foundIn(node));
    const inside = isMap(node) ? entries(group, node, path, at) : new Map<string, Entry>();
    positions.set(path, at);
    const read: { [key: string]: unknown } = {};
    for (const [key, declared] of Object.entries(group.options)) {
      const entry = inside.get(key);
      const full = join(path, key);
      const [value, keyAt] = [entry?.value ?? null, entry?.at ?? at];
      switch (declared.kind) {
        case "group":
          read[key] = readGroup(declared, value, full, keyAt, outside?.[key] as ReadGroup | undefined);
          break;
        case "sections":
          read[key] = readSections(declared, value, full, keyAt, read);
          break;
        default: {
          const absent = outside !== undefined ? outside[key] : "default" in declared ? declared.default : undefined;
          read[key] = readOption(declared, entry, full, entry === undefined ? at : position(value, keyAt), absent);
        }
      }
    }
    return read;
  }

  /** @param outside what the file has around them, where it stands for all of them */
  function readSections(
    { name: allowed, section }: Sections,
    node: Node | null,
    path: string,
    at: Position,
    outside: ReadGroup,
  ): ReadGroup {
    positions.set(path, at);
    if (isNothing(node)) return {};
    if (!isMap(node)) {
      problem(path, at, `a mapping by names of your own, such as ${allowed.example}`, foundIn(node));
      return {};
    }
    const found = new Map<string, Entry>();
    /** A name without anything below it, whose options may follow at its own level. */
    let empty: string | undefined;
    for (const { name, value, keyAt } of itemsOf(node, at)) {
      if (allowed.pattern.test(name)) {
        if (isFirst(found, name, join(path, nameOf(name)), keyAt)) found.set(name, { value, at: keyAt });
        empty = isNothing(value) ? name : undefined;
      } else {
        const strange = strangeName(name, { path, allowed, section, above: empty });
        if (strange.presumed === undefined || !presumed.has(strange.presumed))
          problem(join(path, nameOf(name)), keyAt, strange.expected, strange.found);
        if (strange.presumed !== undefined) presumed.add(strange.presumed);
      }
    }
    if (found.size === 0 && node.items.length > 0) presumed.add(path);
    // Not one by one: a name may be that of something which every object has.
    return Object.fromEntries(
      [...found].map(([name, { value, at: keyAt }]) => [
        name,
        readGroup(section, value, join(path, name), keyAt, outside),
      ]),
    );
  }

  function readOption(option: Option, entry: Entry | undefined, path: string, at: Position, absent: unknown): unknown {
    positions.set(path, at);
    if (entry === undefined) {
      // One that stands outside of its section is told there.
      if (option.required && absent === undefined)
        missing.push({ path, ...at, expected: expectedOf(option), found: "none" });
      return absent;
    }
    given.add(path);
    if (option.kind === "patterns" && isSeq(entry.value)) return readPatterns(option, entry.value, path, at, absent);
    if (option.kind === "choices" && isSeq(entry.value)) return readChoices(option, entry.value, path, at, absent);
    const value = isScalar(entry.value) ? entry.value.value : undefined;
    const isPlain = isScalar(entry.value) && entry.value.type === "PLAIN";
    const placeholder = typeof value === "string" ? placeholderIn(option, value, { folder, isPlain }) : undefined;
    if (placeholder !== undefined) problems.push({ path, ...at, ...placeholder });
    if (placeholder !== undefined && placeholder.severity !== "warning") return absent;
    if (accepts(option, value)) return option.kind === "path" ? resolve(folder, String(value)) : value;
    else refuse(option, entry.value, path, at);
    return absent;
  }

  /** Each pattern that is none is told where it stands. */
  function readPatterns(option: PatternsOption, node: YAMLSeq, path: string, at: Position, absent: unknown): unknown {
    const items = node.items.map((item) => (isScalar(item) ? item.value : undefined));
    const strange = node.items.filter((_, index) => !isPattern(option, items[index]));
    const patterns = items.filter((item) => isPattern(option, item));
    for (const item of strange)
      problem(path, position(item, at), option.expected, foundIn(item as Node | null, { ...option, kind: "text" }));
    if (items.length > option.countMax) problem(path, at, expectedOf(option), `a list of ${items.length}`);
    if (strange.length > 0 || items.length > option.countMax) return absent;
    const unusable = unusablePatterns(patterns);
    for (const { index, why } of unusable)
      problem(
        path,
        position(node.items[index], at),
        "a regular expression that RE2 understands, of moderate size",
        why,
      );
    return unusable.length > 0 ? absent : patterns;
  }

  /** The same of each word. */
  function readChoices(option: ChoicesOption, node: YAMLSeq, path: string, at: Position, absent: unknown): unknown {
    const words = node.items.map((item) => (isScalar(item) ? item.value : undefined));
    const expected = `one of ${option.choices.join(", ")}`;
    let isGood = true;
    for (const [index, word] of words.entries()) {
      const isKnown = option.choices.some((one) => one === word);
      if (isKnown && words.indexOf(word) === index) continue;
      isGood = false;
      const hint = typeof word === "string" ? meantHint(word, option.choices) : "";
      const found = isKnown ? "it twice" : foundIn(node.items[index] as Node | null, option);
      problem(path, position(node.items[index], at), isKnown ? "each word once" : expected + hint, found);
    }
    return isGood ? words : absent;
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

const isNothing = (node: Node | null): boolean => node === null || (isScalar(node) && node.value === null);

/** What a key is, where it belongs into the group or the sections above it. */
function ownedBy(ownerName: string, name: string, value: Node | null): string | undefined {
  const all: Group["options"] = options.options;
  const owner = all[ownerName];
  if (owner?.kind === "group") return Object.hasOwn(owner.options, name) ? `the options of ${ownerName}` : undefined;
  if (owner?.kind !== "sections" || !owner.name.pattern.test(name)) return undefined;
  return isMap(value) || isNothing(value) ? `the names in ${ownerName}` : undefined;
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
