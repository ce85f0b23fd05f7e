import type { Instant } from "../../src/core/instant.ts";
import type { Source } from "../../src/core/request.ts";

/** A request as it came from the hub, or from this machine. */
export interface Arrival {
  readonly id: string;
  /** Undefined where it is the hub's. */
  readonly source: Source | undefined;
  readonly text: string;
  /** By which answers name it: each request has one of its own, which its duplicates share. */
  readonly number: string;
  readonly at: Instant;
  readonly deadline: Instant;
  session: number;
  writtenCount: number;
  /** The last time. */
  writtenAt: Instant;
  /** The MCU's boot word when it was written first, as far as it was known. */
  boot: string | undefined;
  isAnswered: boolean;
  /** Another request with its id was open when it came: both have one topic, and the first response there is that one's. */
  readonly isBehind: boolean;
  /** The process was suspended while it was open: its deadline may have passed unnoticed. */
  excused: boolean;
}

/** The oracle's books: every request that has arrived, and who still waits for an answer. */
export class Arrivals {
  readonly #all: Arrival[] = [];
  /** Those that were not answered. */
  readonly #openById = new Map<string, Arrival[]>();
  #session = 0;

  /**
   * @returns `isRepeated`: the same was asked before and may still be open: it waits on this session, or is written and may
   *   be in flight, on whichever session. Then the answer to that one is its answer, and that one's deadline its deadline,
   *   also where deadlines have been made shorter meanwhile.
   */
  add(
    id: string,
    text: string,
    at: Instant,
    deadline: Instant,
    source?: Source,
  ): { arrival: Arrival; isRepeated: boolean } {
    const session = this.#session;
    const number = text.split(".", 1).join("").toUpperCase();
    const written = { writtenCount: 0, writtenAt: 0, boot: undefined };
    const isBehind = this.awaited(id).some((one) => one.text !== text && one.source === source);
    const open: Arrival[] = [];
    let firstDeadline: Instant | undefined;
    for (const one of this.#open(id)) {
      if (one.isAnswered) continue;
      open.push(one);
      const isGone = one.writtenCount === 0 && one.session !== session;
      if (one.text !== text || isGone || at >= one.deadline || this.#isFollowed(one)) continue;
      one.session = session;
      firstDeadline ??= one.deadline;
    }
    const isRepeated = firstDeadline !== undefined;
    const by = Math.max(deadline, firstDeadline ?? deadline);
    const arrival = {
      id,
      source,
      text,
      number,
      at,
      deadline: by,
      session,
      ...written,
      isBehind,
      isAnswered: false,
      excused: false,
    };
    open.push(arrival);
    this.#openById.set(id, open);
    this.#all.push(arrival);
    return { arrival, isRepeated };
  }

  /** Those with `id` that nobody has answered, on the session that is up. */
  awaited(id: string): Arrival[] {
    return this.#open(id).filter((arrival) => this.#isAwaited(arrival));
  }

  /** Whether any is waited for, on the session that is up. */
  get areAwaited(): boolean {
    return this.#all.some((arrival) => this.#isAwaited(arrival));
  }

  /** The numbers of those with `id` that were written. */
  written(id: string): string[] {
    return this.#open(id).flatMap(({ number, writtenCount }) => (writtenCount > 0 ? [number] : []));
  }

  /** Whose answers name this number: of a request and its repetitions the last one that was written, where one was. */
  ofNumber(number: string): Arrival | undefined {
    const all = this.#all.filter((arrival) => arrival.number === number);
    return all.findLast(({ writtenCount }) => writtenCount > 0) ?? all[0];
  }

  endSession(): void {
    this.#session += 1;
  }

  /** Nobody is left who knows of any of them. */
  forgetOpen(): void {
    this.endSession();
    for (const one of this.#all) one.isAnswered ||= one.source === "local";
    this.#openById.clear();
  }

  excuseOpen(): void {
    for (const arrival of this.#all) arrival.excused ||= !arrival.isAnswered;
  }

  /** The first with `id` was told nothing since its time was over unnoticed, nor are those that repeat it. */
  missed(id: string, now: Instant): void {
    const ofHub = this.awaited(id).filter(({ source }) => source === undefined);
    const first = ofHub.find(({ excused, deadline }) => excused && now > deadline);
    for (const one of ofHub) if (one.text === first?.text) one.isAnswered ||= one.excused;
  }

  /** What was written for a session that is over is settled. */
  gone(id: string): void {
    for (const one of this.#open(id))
      one.isAnswered ||= one.writtenCount > 0 && one.session !== this.#session && one.source === undefined;
  }

  /** It was answered: with it all that it repeats, and that waited behind another until its deadline. */
  repeated({ id, text }: Arrival): void {
    for (const one of this.awaited(id)) one.isAnswered ||= one.isBehind && one.text === text;
  }

  /** The first of those whose error was to follow the response to another has come to its deadline first, as those that repeat it. */
  passed(id: string, now: Instant): void {
    const first = this.awaited(id).find(({ isBehind, deadline }) => isBehind && now > deadline);
    if (first === undefined) return;
    // What came when its time was over was no repetition of it.
    for (const one of this.awaited(id))
      one.isAnswered ||= one.text === first.text && one.at <= first.deadline && now > one.deadline;
  }

  /** Those that should have been answered by `now`; without it, all that should be answered yet. */
  missing(now = Number.POSITIVE_INFINITY): Arrival[] {
    return this.#all.filter((arrival) => this.#isAwaited(arrival) && !arrival.excused && now > arrival.deadline);
  }

  /** Another command that came later has been written with its id since: by then it was settled. */
  #isFollowed(arrival: Arrival): boolean {
    const { id, text, at, writtenAt } = arrival;
    const since = Math.max(at, writtenAt);
    const later = this.#open(id).slice(this.#open(id).indexOf(arrival) + 1);
    return later.some((one) => one.text !== text && one.writtenCount > 0 && one.writtenAt > since);
  }

  #open(id: string): readonly Arrival[] {
    return this.#openById.get(id) ?? [];
  }

  #isAwaited({ isAnswered, session, source }: Arrival): boolean {
    return !isAnswered && (session === this.#session || source === "local");
  }
}
