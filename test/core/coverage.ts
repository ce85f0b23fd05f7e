/** What coverage is made of, as it passes between processes. */
export interface CoverageCounts {
  readonly worldCount: number;
  readonly stepCount: number;
  /** The longest that a gateway took to serve again once nothing went wrong any more. */
  readonly recoveryMsMax: number;
  readonly counts: readonly (readonly [name: string, count: number])[];
  readonly pairs: readonly (readonly [name: string, next: string])[];
}

/**
 * What has happened in the worlds that were played, and after what: how much of what can happen a search has reached is
 * seen by how many pairs there are, and by how long ago the last new one came.
 */
export class Coverage {
  worldCount = 0;
  stepCount = 0;
  recoveryMsMax = 0;
  readonly #counts = new Map<string, number>();
  /** For each event, those that came right after it in the same world. */
  readonly #followers = new Map<string, Set<string>>();
  #after = this.#followersOf("begin");

  beginWorld(): void {
    this.worldCount += 1;
    this.#after = this.#followersOf("begin");
  }

  note(name: string): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
    this.#after.add(name);
    this.#after = this.#followersOf(name);
  }

  recovered(afterMs: number): void {
    this.recoveryMsMax = Math.max(this.recoveryMsMax, afterMs);
  }

  /** Of the requests that may be written, those whose command was. */
  get writtenShare(): number {
    return this.count("written") / Math.max(1, this.count("request") - this.count("settled not_allowed"));
  }

  count(name: string): number {
    return this.#counts.get(name) ?? 0;
  }

  get pairCount(): number {
    return this.#pairs.length;
  }

  get counted(): CoverageCounts {
    const { worldCount, stepCount, recoveryMsMax } = this;
    return { worldCount, stepCount, recoveryMsMax, counts: [...this.#counts], pairs: this.#pairs };
  }

  add({ worldCount, stepCount, recoveryMsMax, counts, pairs }: CoverageCounts): void {
    this.worldCount += worldCount;
    this.stepCount += stepCount;
    this.recovered(recoveryMsMax);
    for (const [name, count] of counts) this.#counts.set(name, this.count(name) + count);
    for (const [name, next] of pairs) this.#followersOf(name).add(next);
  }

  /** One line for each kind of event: `fault: link_lost 12, …`. */
  describe(): string {
    const kinds = new Map<string, string[]>();
    for (const [name, count] of [...this.#counts].sort()) {
      const [kind = "", ...words] = name.split(" ");
      kinds.set(kind, [...(kinds.get(kind) ?? []), `${words.join(" ")} ${count}`]);
    }
    return [...kinds].map(([kind, names]) => `${kind}: ${names.join(", ")}`).join("\n");
  }

  get #pairs(): [string, string][] {
    return [...this.#followers].flatMap(([name, nexts]) => [...nexts].map((next): [string, string] => [name, next]));
  }

  #followersOf(name: string): Set<string> {
    let followers = this.#followers.get(name);
    if (followers === undefined) {
      followers = new Set();
      this.#followers.set(name, followers);
    }
    return followers;
  }
}
