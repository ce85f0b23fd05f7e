import { describeHello } from "../protocol/describe-hello.ts";
import type { Hello } from "../protocol/hello.ts";
import { lateAnswerMs } from "./hello-time.ts";
import type { Instant } from "./instant.ts";
import type { CorrelatorOptions } from "./options.ts";

/** An MCU that is away is asked once a second for the minute in which a reply can still come late. */
const openProbesMax = 64;

export type PeerOptions = Pick<
  CorrelatorOptions,
  "windowMax" | "commandBytesMax" | "lateReplyMs" | "wireFormat" | "dialect"
>;

/** What a hello says of the MCU, compared with what was known of it. */
export type HelloNews =
  /**
   * It is the one that it was. `provenBefore`: it remembers what was last written before this position on the wire,
   * where the probe stood that this hello answers; undefined where that cannot be said.
   */
  | { readonly kind: "unchanged"; readonly provenBefore: number | undefined }
  /**
   * What was in flight may be lost. `hasForgotten`: it has restarted just now, and no reply to anything that it was sent
   * before can come; a changed boot word in answer to a probe may be news of long ago.
   */
  | { readonly kind: "restarted"; readonly hasForgotten: boolean };

/** A probe that no hello has answered yet. */
interface OpenProbe {
  /** Where it stands on the wire: the count of bytes up to its end. */
  readonly position: number;
  /** No hello answers it after that. */
  until: Instant;
}

/** Who the MCU at the other end says it is, and what follows for the lines to it. */
export class Peer {
  #options: PeerOptions;
  #hello: Hello | undefined;
  /** The latest hello, also of an opening before. */
  #lastHello: Hello | undefined;
  /** In the order in which they are answered. */
  #openProbes: OpenProbe[] = [];
  /** What it said of its lines before its hello was forgotten: it may be the same one still, and cannot take longer ones. */
  #forgottenLineBytesMax: number | undefined;
  /** It is away, and may be another one by now: what it has said of itself is not relied on. */
  #isDoubted = false;
  #answeredBytes = 0;
  /** It has said no hello, but shown that it wants checksums. */
  #wantsCrc = false;

  constructor(options: PeerOptions) {
    this.#options = options;
  }

  configure(options: PeerOptions): void {
    this.#options = options;
  }

  /** Whether it has said hello. */
  get isKnown(): boolean {
    return this.#hello !== undefined;
  }

  /** It may be another one than it says: a command to it is one that every MCU can take. */
  get isDoubted(): boolean {
    return this.#isDoubted;
  }

  /** The position on the wire of the last command or probe that it has answered: log lines and hellos of a start show nothing. */
  get answeredBytes(): number {
    return this.#answeredBytes;
  }

  get window(): number {
    const { dialect, windowMax } = this.#options;
    return dialect.lateReplyWindowMs === undefined ? Math.min(this.#trusted?.window ?? 1, windowMax) : 1;
  }

  get lineBytesMax(): number {
    const { commandBytesMax } = this.#options;
    const said = this.#hello?.lineBytesMax ?? commandBytesMax;
    if (this.#hello === undefined) return Math.min(this.#forgottenLineBytesMax ?? commandBytesMax, commandBytesMax);
    return this.#isDoubted ? Math.min(said, commandBytesMax) : said;
  }

  /** Whether lines to it have a checksum. */
  get crc(): boolean {
    return !this.#isDoubted && this.sendsCrc;
  }

  /** Whether lines from it have one. */
  get sendsCrc(): boolean {
    return this.#hello?.crc ?? this.#wantsCrc;
  }

  get cancel(): boolean {
    return this.#trusted?.cancel ?? false;
  }

  /**
   * How many last commands it remembers; 0 where that is fewer than it can hold, and where it says no boot word: a
   * restart, which empties its memory, could pass unnoticed. Then none is sent twice.
   */
  get memory(): number {
    const { dedup = 0, window = 1, boot } = this.#trusted ?? {};
    return dedup >= window && boot !== undefined ? dedup : 0;
  }

  /**
   * A boot word that has changed, appeared or vanished is a restart, and so is the end of checksums, and a hello that
   * nobody has asked for. Each probe is answered by one hello, in their order and however late.
   * @param leftBytes the position on the wire of what can have come to the MCU before it began to say this hello.
   */
  helloHeard(hello: Hello, leftBytes: number, now: Instant): HelloNews {
    this.#openProbes = this.#openProbes.filter(({ until }) => now <= until);
    const wasAsked = this.#openProbes.length > 0;
    const last = this.#lastHello;
    const isMet = this.#hello !== undefined;
    const isAnother = last !== undefined && (hello.boot !== last.boot || (isMet && last.crc && !hello.crc));
    this.#hello = hello;
    this.#forgottenLineBytesMax = undefined;
    this.#lastHello = hello;
    this.#isDoubted = false;
    this.#wantsCrc = false;
    if (!isAnother && isMet && wasAsked) {
      const provenBefore = this.#openProbes.shift()?.position;
      this.#answeredBytes = Math.max(this.#answeredBytes, provenBefore ?? 0);
      return { kind: "unchanged", provenBefore };
    }
    // What an MCU says at its start may come before its answer to a probe that it already had, or that was lost with it. One
    // that was still under way is answered, however late; it may be awaited where the next start shows by its boot word.
    const showsStarts = last !== undefined && hello.boot !== undefined && hello.boot !== last.boot;
    this.#expectAnswersUntil(now + this.#lateAnswerMs, showsStarts ? leftBytes : Number.POSITIVE_INFINITY);
    if (!isAnother && wasAsked) return { kind: "unchanged", provenBefore: undefined };
    return { kind: "restarted", hasForgotten: isAnother && !wasAsked };
  }

  /** A hello has come that cannot be read: it has answered a probe, which one more may not be taken to do. */
  damagedHelloHeard(now: Instant): void {
    this.#openProbes = this.#openProbes.filter(({ until }) => now <= until);
    this.#openProbes.shift();
  }

  /** Whether `hello` says something else than what the MCU has said before. */
  says(hello: Hello): string | undefined {
    const text = describeHello(hello);
    return this.#hello !== undefined && describeHello(this.#hello) === text ? undefined : text;
  }

  /** It has left what it was sent unanswered. */
  doubt(): void {
    this.#isDoubted = true;
  }

  /**
   * A reply has come.
   * @param isTrial whether to a command that any MCU could take. Then the MCU is a new one, which has said nothing of itself,
   *   or the same one as before; but not the same one if that wanted checksums.
   */
  answered(isTrial: boolean): void {
    this.#isDoubted = false;
    if (!isTrial) return;
    if (this.#hello !== undefined) this.#forgottenLineBytesMax = this.#hello.crc ? undefined : this.#hello.lineBytesMax;
    this.#hello = undefined;
    this.#wantsCrc = false;
  }

  /**
   * It has said, in a line with a checksum, that a line without one came damaged: it wants checksums, as its hello may have
   * said. If that hello said that it has none, another MCU is there by now, and nothing that the hello said counts.
   */
  checksumsWanted(): void {
    this.#isDoubted = false;
    if (this.#hello?.crc) return;
    this.#hello = undefined;
    this.#wantsCrc = true;
  }

  get #trusted(): Hello | undefined {
    return this.#isDoubted ? undefined : this.#hello;
  }

  /** The port was closed: it may be another MCU when it is open again. */
  linkDown(): void {
    this.#hello = undefined;
    this.#forgottenLineBytesMax = undefined;
    this.#isDoubted = false;
    this.#wantsCrc = false;
    this.#openProbes = [];
  }

  /** From now on a hello may be its answer; one that came while it waited for the wire was not. */
  probeWritten(position: number, now: Instant): void {
    this.#openProbes.push({ position, until: now + this.#options.lateReplyMs });
    if (this.#openProbes.length > openProbesMax) this.#openProbes.shift();
  }

  /**
   * A reply has come to a command that was first written at `position`. A probe that was written before it has been answered,
   * or is lost: its answer is awaited only for a moment more. Otherwise one lost probe would shift all later answers.
   */
  replyHeard(position: number, now: Instant): void {
    this.#answeredBytes = Math.max(this.#answeredBytes, position);
    if (this.#openProbes.length > 0) this.#expectAnswersUntil(now + this.#lateAnswerMs, position);
  }

  /** Of probes up to `position`. */
  #expectAnswersUntil(until: Instant, position: number): void {
    for (const probe of this.#openProbes) if (probe.position <= position) probe.until = Math.min(probe.until, until);
  }

  get #lateAnswerMs(): number {
    return lateAnswerMs(this.#options.wireFormat);
  }
}
