import { wholeNumberIn } from "../config/option.ts";
import { readDuration } from "../runtime/duration.ts";

/** What is wrong with a command line, in sentences. */
export interface Problems {
  readonly kind: "problems";
  readonly problems: readonly string[];
}

/**
 * Reads the values of a command line. What is wrong is collected, so that all of it is told at once; the value is then one that
 * can be, and is not used.
 */
export class OptionReader {
  readonly problems: string[] = [];

  /** A whole number from `min` to `max`; undefined where the option is not there. */
  whole(option: string, text: string, min: number, max: number): number;
  whole(option: string, text: string | undefined, min: number, max: number): number | undefined;
  whole(option: string, text: string | undefined, min: number, max: number): number | undefined {
    return text === undefined ? undefined : this.#within(option, text, wholeNumberIn(text), min, max);
  }

  /** A time such as `90s`, `10m` or `2h`, in ms; at most `maxMs`. */
  duration(option: string, text: string, maxMs: number): number {
    const ms = readDuration(text);
    if (ms !== undefined && ms <= maxMs) return ms;
    this.problems.push(
      `${option}: expected a time such as 90s, 10m or 2h, at most ${maxMs / 3_600_000}h, found "${text}"`,
    );
    return maxMs;
  }

  /** A part of 1, such as 0.25; undefined where the option is not there. */
  share(option: string, text: string | undefined): number | undefined {
    if (text === undefined) return undefined;
    return this.#within(option, text, /^\d*\.?\d+$/.test(text) ? Number(text) : Number.NaN, 0, 1);
  }

  /** One of the names that there are. */
  oneOf<Name extends string>(option: string, text: string, names: readonly [Name, ...Name[]]): Name {
    const name = names.find((one) => one === text);
    if (name === undefined) this.problems.push(`${option}: expected ${names.join(", ")}, found "${text}"`);
    return name ?? names[0];
  }

  #within(option: string, text: string, value: number, min: number, max: number): number {
    if (value >= min && value <= max) return value;
    this.problems.push(`${option}: expected ${min} to ${max}, found "${text}"`);
    return min;
  }
}
