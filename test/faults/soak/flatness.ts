/** What the gateway's process held at one moment. */
export interface Sample {
  /** Nothing has struck for a while: what a fault left behind for some seconds is gone. */
  readonly isCalm: boolean;
  readonly residentMiB: number;
  readonly descriptorCount: number;
  readonly timerCount: number;
}

export type Held = Exclude<keyof Sample, "isCalm">;

/** How far each may rise; resident memory wanders by what V8's heap and malloc's free lists do by themselves. */
const riseMax: Readonly<Record<Held, number>> = { residentMiB: 5, descriptorCount: 0, timerCount: 0 };

/** How something went over time, in calm. The first quarter is left out: it is warming up. */
export interface Course {
  readonly held: Held;
  /** Medians. */
  readonly secondQuarter: number;
  readonly lastQuarter: number;
  readonly isFlat: boolean;
}

/** Throws where there are too few samples to say anything. */
export function coursesOf(samples: readonly Sample[]): Course[] {
  const calm = samples.filter(({ isCalm }) => isCalm);
  const quarter = (number: 2 | 4) =>
    calm.slice(Math.floor(((number - 1) * calm.length) / 4), Math.floor((number * calm.length) / 4));
  if (quarter(2).length === 0) throw new Error(`${calm.length} samples in calm are too few`);
  return (["residentMiB", "descriptorCount", "timerCount"] as const).map((held) => {
    const median = (of: readonly Sample[]) => medianOf(of.map((sample) => sample[held]));
    const [secondQuarter, lastQuarter] = [median(quarter(2)), median(quarter(4))];
    return { held, secondQuarter, lastQuarter, isFlat: lastQuarter - secondQuarter <= riseMax[held] };
  });
}

/** The lower one of two in the middle. */
function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.ceil(sorted.length / 2) - 1] ?? Number.NaN;
}
