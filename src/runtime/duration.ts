const unitsMs: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000 };

/** A time such as `90s`, `10m` or `2h`, in ms; undefined where the text is none, or nothing. */
export function readDuration(text: string): number | undefined {
  const [, number = "", unit = ""] = /^([0-9]{1,6})([smh])$/.exec(text) ?? [];
  return Number(number) * (unitsMs[unit] ?? 0) || undefined;
}
