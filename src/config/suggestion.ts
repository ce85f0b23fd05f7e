/** Suggests what was probably meant by a value that the option does not accept. */
import { accepts, type Option, type WholeOption } from "./option.ts";

/**
 * " (write …)", or "" if no similar value would be accepted.
 * @param text the value as it is in the file, without quotes
 */
export function suggestionFor(option: Option, text: string, isQuoted: boolean): string {
  const plain = plainOf(text);
  const unquoted = isQuoted && isAccepted(option, plain) && option.kind !== "text" && option.kind !== "path";
  if (unquoted && plain === text) return " (leave out the quotes)";
  const meant = [plain, ...candidatesOf(option, plain)].find((candidate) => isAccepted(option, candidate));
  return meant === undefined || (meant === text && !unquoted) ? "" : ` (write ${meant})`;
}

/** In full-width characters, with spaces around it, quoted twice, or followed by the comma of another format. */
function plainOf(text: string): string {
  const narrow = text.normalize("NFKC").replaceAll(/\p{Cf}/gu, "");
  return narrow
    .trim()
    .replace(/[,;]$/, "")
    .replaceAll(/^["']|["']$/g, "");
}

function isAccepted(option: Option, text: string): boolean {
  if (option.kind === "flag") return text === "true" || text === "false";
  if (option.kind === "whole") return /^[0-9]+$/.test(text) && accepts(option, Number(text));
  return accepts(option, text) || (option.kind === "choice" && option.values.some((value) => String(value) === text));
}

function candidatesOf(option: Option, text: string): readonly string[] {
  switch (option.kind) {
    case "whole":
      return wholeOf(option, text);
    case "flag":
      return truthOf(text).map((isTrue) => String(isTrue));
    case "choice":
      return truthOf(text).map((isTrue) => (isTrue ? "on" : "off"));
    case "text":
      // A URL instead of a host, a topic with slashes around it.
      return [text.replace(/^[a-z]+:\/\//, "").replace(/(?::[0-9]+)?\/?$/, ""), text.replaceAll(/^\/|\/$/g, "")];
    case "path":
    case "patterns":
    case "choices":
      return [];
    default:
      return option satisfies never;
  }
}

/** What YAML 1.1 and people write for true or false. */
function truthOf(text: string): readonly boolean[] {
  if (/^(?:true|yes|y|on|1|enabled?)$/i.test(text)) return [true];
  return /^(?:false|no|n|off|0|disabled?)$/i.test(text) ? [false] : [];
}

/** How many of the option's own unit one of each unit is. */
const units: { readonly [unit in NonNullable<WholeOption["unit"]>]: { readonly [name: string]: number } } = {
  ms: { "": 1, ms: 1, msec: 1, s: 1000, sec: 1000, m: 60_000, min: 60_000, h: 3_600_000 },
  s: { "": 1, ms: 0.001, s: 1, sec: 1, m: 60, min: 60, h: 3600 },
  bytes: { "": 1, b: 1, byte: 1, bytes: 1, k: 1024, kb: 1024, kib: 1024 },
  baud: { "": 1, baud: 1, bd: 1, bps: 1, k: 1000 },
};

/** A number with a unit, or with a separator between thousands. */
function wholeOf({ unit }: WholeOption, text: string): readonly string[] {
  const [, digits, name = ""] = /^([0-9]{1,3}(?:[ ,._'][0-9]{3})+|[0-9]+(?:\.[0-9]+)?) ?([a-z]*)$/i.exec(text) ?? [];
  if (digits === undefined) return [];
  const factor = unit === undefined ? Number(name === "") : (units[unit][name.toLowerCase()] ?? 0);
  const isGrouped = /[ ,._'][0-9]{3}(?![0-9])/.test(digits);
  // With a unit, "1.500" may mean one and a half.
  const values = isGrouped && !(digits.includes(".") && name !== "") ? [digits.replaceAll(/[ ,._']/g, "")] : [digits];
  return factor === 0 ? [] : values.map((value) => String(Math.round(Number(value) * factor * 1000) / 1000));
}
