/**
 * What an option is: the vocabulary of the declaration in `options.ts`, and the types that follow from it.
 * Pure data, so that the type, the check, the JSON Schema, the example and the table of docs/configuration.md can all be read off it.
 */

type Common = {
  /** One sentence for people, used everywhere an option is explained. */
  readonly doc: string;
  /** The value in the example if there is no default. */
  readonly example?: string | number | readonly string[];
  readonly required?: true;
};

/** Text that matches `pattern`; `expected` says the same in words. A secret's value is never shown. */
export type TextOption = Common & {
  readonly kind: "text";
  readonly pattern: RegExp;
  readonly expected: string;
  readonly default?: string;
  readonly secret?: true;
  /** Text like `${VAR}` in it is meant literally: for a shell, or for the MCU. */
  readonly isVerbatim?: true;
};

/** A path, resolved against the folder of the YAML file. */
export type PathOption = Common & { readonly kind: "path"; readonly isDevice?: true };

/** A whole number within `min` and `max`, both included. */
export type WholeOption = Common & {
  readonly kind: "whole";
  readonly min: number;
  readonly max: number;
  readonly unit?: "ms" | "s" | "bytes" | "baud";
  readonly default?: number;
};

export type ChoiceOption = Common & {
  readonly kind: "choice";
  readonly values: readonly (string | number)[];
  readonly default: string | number;
  /** Other words for a value, in lower case: not accepted, but recognised for a hint. */
  readonly synonyms?: Readonly<Record<string, string>>;
};

export type FlagOption = Common & { readonly kind: "flag"; readonly default: boolean };

/** A list of regular expressions, RE2's, each of which `pattern` matches; at most `countMax`. None is given where the list is empty. */
export type PatternsOption = Common & {
  readonly kind: "patterns";
  readonly pattern: RegExp;
  readonly expected: string;
  readonly countMax: number;
};

/** A list of some of `choices`, each once. */
export type ChoicesOption = Common & { readonly kind: "choices"; readonly choices: readonly string[] };

export type Option = TextOption | PathOption | WholeOption | ChoiceOption | FlagOption | PatternsOption | ChoicesOption;

export type Group = {
  readonly kind: "group";
  readonly doc: string;
  readonly options: { readonly [key: string]: Option | Group | Sections };
  /** Sets of keys; exactly one set has to be given, complete. */
  readonly oneOf?: readonly (readonly string[])[];
};

/**
 * Groups by names that the file chooses, such as its boards. A group of a section that the file has outside as well has its defaults
 * from there; what is required in a section can have none there.
 */
export type Sections = {
  readonly kind: "sections";
  readonly doc: string;
  /** What a name may be. */
  readonly name: { readonly pattern: RegExp; readonly expected: string; readonly example: string };
  readonly section: Group;
};

type ValueOf<O extends Option> = O extends { readonly values: readonly (infer V)[] }
  ? V
  : O extends WholeOption
    ? number
    : O extends FlagOption
      ? boolean
      : O extends PatternsOption
        ? readonly string[]
        : O extends { readonly choices: readonly (infer V)[] }
          ? readonly V[]
          : string;

type Presence<O extends Option> = O extends { readonly default: unknown } | { readonly required: true }
  ? never
  : undefined;

/**
 * The checked values of a group: with defaults, undefined for an optional one that was not given. Sections are by name, none where the
 * file has none.
 */
export type SettingsOf<G extends Group> = {
  readonly [K in keyof G["options"]]: G["options"][K] extends Group
    ? SettingsOf<G["options"][K]>
    : G["options"][K] extends Sections
      ? Readonly<Record<string, SettingsOf<G["options"][K]["section"]>>>
      : G["options"][K] extends Option
        ? ValueOf<G["options"][K]> | Presence<G["options"][K]>
        : never;
};

/** The dotted names of all options and groups within a group, such as `hub.topics` and `hub.topics.request`. */
export type PathsOf<G extends Group> = {
  [K in keyof G["options"] & string]: G["options"][K] extends Group
    ? K | `${K}.${PathsOf<G["options"][K]>}`
    : G["options"][K] extends Sections
      ? K | `${K}.${string}`
      : K;
}[keyof G["options"] & string];

/** Every option with its dotted name, in the order of the declaration; sections, whose names the file chooses, are left out. */
export function* everyOption(group: Group, prefix = ""): Generator<{ path: string; option: Option }> {
  for (const [key, option] of Object.entries(group.options)) {
    if (option.kind === "group") yield* everyOption(option, `${prefix}${key}.`);
    else if (option.kind !== "sections") yield { path: prefix + key, option };
  }
}

/** The options, each as group and key, that a section has to have and that the file has outside where it has no sections. */
export function requiredInSections(
  file: Group,
  { section }: Sections,
): readonly (readonly [group: string, key: string])[] {
  return Object.entries(section.options).flatMap(([name, group]) => {
    if (group.kind !== "group" || !Object.hasOwn(file.options, name)) return [];
    const required = Object.entries(group.options).filter(([, option]) => "required" in option && option.required);
    return required.map(([key]) => [name, key] as const);
  });
}

/** What a value of the option has to be, for "expected …, found …". */
export function expectedOf(option: Option): string {
  switch (option.kind) {
    case "text":
      return option.expected;
    case "path":
      return "a path";
    case "whole":
      return `a whole number from ${option.min} to ${option.max}${option.unit === undefined ? "" : ` (${option.unit})`}`;
    case "choice":
      return `one of ${option.values.join(", ")}`;
    case "flag":
      return "true or false";
    case "patterns":
      return `a list of up to ${option.countMax} regular expressions`;
    case "choices":
      return `a list of some of ${option.choices.join(", ")}, each once`;
    default:
      return option satisfies never;
  }
}

/** The values that an option takes, in short, for the example and the table of docs/configuration.md. */
export function valuesOf(option: Option): string {
  switch (option.kind) {
    case "text":
      return option.expected;
    case "path":
      return "path";
    case "whole":
      return `${option.min} to ${option.max}${option.unit === undefined ? "" : ` ${option.unit}`}`;
    case "choice":
      return option.values.join(", ");
    case "flag":
      return "true, false";
    case "patterns":
      return `list of up to ${option.countMax} regular expressions`;
    case "choices":
      return `list of some of ${option.choices.join(", ")}`;
    default:
      return option satisfies never;
  }
}

/** True where `value` is what the option takes. */
export function accepts(option: Option, value: unknown): boolean {
  switch (option.kind) {
    case "text":
      return typeof value === "string" && option.pattern.test(value);
    case "path":
      return typeof value === "string" && /^[^\0]{1,4095}$/.test(value); // PATH_MAX of Linux less its NUL
    case "whole":
      return Number.isInteger(value) && Number(value) >= option.min && Number(value) <= option.max;
    case "choice":
      return option.values.some((allowed) => allowed === value);
    case "flag":
      return typeof value === "boolean";
    case "patterns":
      return Array.isArray(value) && value.length <= option.countMax && value.every((one) => isPattern(option, one));
    case "choices":
      return Array.isArray(value) && value.every((one) => option.choices.includes(one)) && areDifferent(value);
    default:
      return option satisfies never;
  }
}

const areDifferent = (values: readonly unknown[]) => new Set(values).size === values.length;

/** True where `value` has the form of a pattern; whether RE2 understands it is another question. */
export function isPattern(option: PatternsOption, value: unknown): value is string {
  return typeof value === "string" && option.pattern.test(value);
}

/** The whole number in a text; NaN if it is none, or has more than 10 digits. */
export function wholeNumberIn(text: string): number {
  return /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
}
