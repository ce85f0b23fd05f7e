import type { Instant } from "../../src/core/instant.ts";
import { checksum } from "../../src/protocol/crc16.ts";
import { type WireFormat, wireTimeMs } from "../../src/protocol/wire-time.ts";
import type { SeededRandom } from "../support/seeded-random.ts";
import { drawFirmware, type Fate, type Firmware } from "./firmware.ts";
import type { Kind } from "./kinds.ts";
import { McuInput } from "./mcu-input.ts";
import { type Speech, unescaped } from "./speech.ts";

/** A line of an MCU's, and how often it had restarted when it said it. */
export interface Saying {
  readonly line: string;
  readonly start: number;
  /** It ends in a checksum. */
  readonly isChecked: boolean;
}

interface McuEvents {
  /** The hub uses an id again while a second reply to it could come: the first of all cannot be foreseen. */
  readonly idsComeBack: boolean;
  /** It answers in order, and takes longer than the configuration says that it can where it would be silent. */
  readonly isOverdue: boolean;
  /** Sends a line after a while, if it still stands then. */
  readonly send: (afterMs: number, saying: Saying, stands: () => boolean) => void;
  /** It holds a whole line now, and does what it says now or later. */
  readonly received: (line: string) => void;
  readonly executed: (payload: string) => void;
}

/** A line that it has not looked at, and when it came. */
interface Unread {
  readonly line: string;
  readonly at: Instant;
}

interface Done extends Unread {
  answer: readonly string[] | undefined;
  isCancelled: boolean;
}

/** For so long after an answer its id may go into another answer: no other request can have it yet. */
const anotherIdMs = 1000;

/** How late an answer that is late comes at least, and at most. */
const lateMsMin = 3000;
const lateMsMax = 9000;

/** … and one that comes after the quiet time so much later than that. */
const overdueMsMax = 15_000;

/** A start takes so long: longer than the proof holds that it has not restarted. */
const startMs = 100;

/** What an MCU that is busy keeps; the rest is lost. */
const unreadMax = 16;

/** So long others wait for a command that is not answered. */
const unansweredMs = 3000;

/** A command and its reply, mostly. */
const exchangeBytes = 30;

/**
 * An MCU in virtual time, with firmware of its own: what it says of itself, how quick it is, how often it fails. It
 * executes what it receives, and never answers a command that it has not executed.
 */
export class ModelMcu {
  /** Of the lines either way. */
  lossShare: number;
  damageShare: number;
  resetCount = 0;
  /** It answers probes and nothing else, until it is restarted. */
  isStuck = false;
  /** It was heard to say another version: nobody goes on to serve it before it says this one. */
  hasSaidVersion = false;
  readonly speech: Speech;
  /** What an answer to a request with this number may be told as. */
  readonly #answers = new Map<string, string[]>();
  readonly #random: SeededRandom;
  readonly #kinds: ReadonlySet<Kind>;
  readonly #events: McuEvents;
  readonly #input = new McuInput();
  #firmware: Firmware;
  #isHealed = false;
  #asleepUntil: Instant = 0;
  /** Lines that it has not looked at, while it is busy. */
  #unread: Unread[] | undefined;
  #memory: Done[] = [];
  /** The last command under each id: what a cancel means. */
  readonly #doneById = new Map<string, Done>();
  /** When firmware that answers in order has given its last answer. */
  #answersFrom: Instant = 0;
  #lastAnswer = { id: "", at: Number.POSITIVE_INFINITY };

  constructor(random: SeededRandom, speech: Speech, kinds: ReadonlySet<Kind>, events: McuEvents) {
    this.speech = speech;
    this.#random = random;
    this.#kinds = kinds;
    this.#events = events;
    this.#firmware = drawFirmware(random, speech, kinds);
    this.lossShare = random.pick([0, 0, 0.02, 0.1]);
    this.damageShare = random.pick([0, 0.02, 0.1]);
  }

  /** How long one command takes with all that belongs to it, in the middle. */
  paceMs(wire: WireFormat): number {
    const { window, latencyMaxMs, fates } = this.#firmware;
    const unansweredShare = fates.filter((fate) => fate !== "reply").length / fates.length / 2;
    const lossMs = unansweredShare * Math.max(unansweredMs, this.speech.dialect.lateReplyWindowMs ?? 0);
    return latencyMaxMs / 2 / window + wireTimeMs(exchangeBytes, wire) + lossMs;
  }

  /** It answers then within the time in which answers without ids are awaited. */
  get busyMsMax(): number {
    return Math.min(12_000, (this.speech.dialect.lateReplyWindowMs ?? Number.POSITIVE_INFINITY) - 3000);
  }

  get isBusy(): boolean {
    return this.#unread !== undefined;
  }

  get answersProbes(): boolean {
    return this.#firmware.answersProbes;
  }

  /** Whether `text` is what it has said of a request with this number. */
  hasAnswered(number: string, text: string): boolean {
    return this.#answers.get(number)?.includes(text) ?? false;
  }

  /** Answers that were under way are lost with what it remembers. */
  reset(now: Instant): void {
    this.resetCount += 1;
    this.#asleepUntil = Math.max(this.#asleepUntil, now + startMs);
    this.#memory = [];
    this.#doneById.clear();
    this.#lastAnswer.at = Number.POSITIVE_INFINITY;
    this.#answersFrom = 0;
    // Where any text is a command the rest of one would be another, which nothing on the wire can prevent.
    this.#input.restart(this.speech.name === "bare");
    this.#unread = undefined;
    this.isStuck = false;
    if (this.#kinds.has("other_firmware") && !this.#isHealed && this.#random.chance(0.3)) {
      const firmware = drawFirmware(this.#random, this.speech, this.#kinds);
      if (firmware.answersProbes || !this.hasSaidVersion) this.#firmware = firmware;
    }
    const { resetCount } = this;
    if (this.#firmware.saysHelloAtStart) this.#send(startMs, this.#helloLine(), () => resetCount === this.resetCount);
  }

  sleepUntil(until: Instant): void {
    this.#asleepUntil = until;
  }

  /** From now on it only keeps what comes. */
  becomeBusy(): void {
    this.#unread ??= [];
  }

  /** It does what has piled up. */
  catchUp(now: Instant): void {
    const unread = this.#unread ?? [];
    this.#unread = undefined;
    for (const { line, at } of unread) this.#take(line, at, now);
  }

  /** From now on it is prompt, and nothing goes wrong any more. */
  heal(now: Instant): void {
    this.#isHealed = true;
    this.#asleepUntil = 0;
    this.lossShare = 0;
    this.damageShare = 0;
    this.#firmware = { ...this.#firmware, latencyMaxMs: 5, fates: ["reply"] };
    this.catchUp(now);
  }

  /** Bytes that came from `from` to `now`. */
  receive(bytes: Buffer, from: Instant, now: Instant): void {
    if (now < this.#asleepUntil) {
      this.#input.forget();
      return;
    }
    for (const line of this.#input.take(bytes, from, now, this.#firmware.dropsHalfLines)) {
      if (line === "" || this.#random.chance(this.lossShare)) continue;
      this.#events.received(line);
      if (this.#unread === undefined) this.#take(line, now, now);
      else if (this.#unread.length < unreadMax) this.#unread.push({ line, at: now });
    }
  }

  /** @param at when it has come */
  #take(line: string, at: Instant, now: Instant): void {
    const { answersProbes, lineBytesMax, crc, knowsEscapes } = this.#firmware;
    if (line === "?" && this.speech.dialect.probe !== undefined) {
      if (answersProbes) this.#say(this.#helloLine());
      return;
    }
    if (this.isStuck || (lineBytesMax !== undefined && line.length >= lineBytesMax)) return;
    const isDamaged = crc && this.#random.chance(this.damageShare);
    const body = isDamaged ? undefined : this.#withoutChecksum(line);
    if (body === undefined) {
      this.#say("!- crc");
      return;
    }
    if (body.startsWith("~")) this.#cancelled(body.slice(1));
    const command = this.speech.command(body);
    const payload =
      command && (this.speech.name === "rrpc" ? unescaped(command.payload, knowsEscapes) : command.payload);
    if (payload !== undefined) this.#command({ line, at }, command?.id ?? "", payload, now);
  }

  #withoutChecksum(line: string): string | undefined {
    if (!this.#firmware.crc) return line;
    const body = line.slice(0, -5);
    return line.slice(-5) === `*${checksum(Buffer.from(body, "latin1"))}` ? body : undefined;
  }

  #cancelled(id: string): void {
    const done = this.#doneById.get(id);
    if (this.#firmware.cancel && done !== undefined) done.isCancelled = true;
  }

  #command({ line, at }: Unread, id: string, payload: string, now: Instant): void {
    const known = this.#memory.find((done) => done.line === line);
    if (known !== undefined) {
      for (const text of known.answer ?? []) this.#say(text);
      return;
    }
    const drawn = this.#random.pick(this.#firmware.fates);
    const isUnforeseen = this.#events.idsComeBack && (drawn === "twice" || drawn === "another_id");
    const isOverdue = drawn === "silent" && this.#events.isOverdue && !this.#isHealed;
    const fate = isUnforeseen ? "reply" : isOverdue ? "overdue" : drawn;
    if (fate !== "refuse") this.#events.executed(payload);
    const done: Done = { line, at, answer: undefined, isCancelled: false };
    this.#doneById.set(id, done);
    if (this.#firmware.dedup > 0) this.#memory = [...this.#memory, done].slice(-this.#firmware.dedup);
    this.#answer(fate, done, id, payload, now);
  }

  #answer(fate: Fate | "overdue", done: Done, id: string, payload: string, now: Instant): void {
    const random = this.#random;
    const { resetCount } = this;
    const afterMs = random.whole(0, this.#firmware.latencyMaxMs);
    const say = (lines: readonly string[], delayMs = afterMs) =>
      this.#later(this.#inOrder(delayMs, now), resetCount, done, lines);
    const { reply, refusal } = this.speech;
    const [name = "", ...rest] = payload.split(".");
    const number = name.toUpperCase();
    // What is long is not given back.
    const tail = rest.join(".");
    const limitMs = this.#lateMsMax(done, now);
    const text = tail.length > 20 ? number : number + tail;
    // Firmware without checksums takes one for a part of the payload.
    const [asked = number] = /^R\d+/.exec(number) ?? [];
    this.#answers.set(asked, [...this.speech.told(text), ...this.speech.told(text + tooLarge)]);
    switch (fate) {
      case "reply":
        say(reply(id, text));
        this.#lastAnswer = { id, at: now + afterMs };
        break;
      case "refuse":
        say(refusal(id, number));
        break;
      case "silent":
        break;
      case "twice":
        say(reply(id, text));
        say(reply(id, text), afterMs + random.whole(0, 2000));
        break;
      case "late":
        say(reply(id, text), random.whole(Math.min(lateMsMin, limitMs), Math.min(lateMsMax, limitMs)));
        break;
      case "overdue":
        say(reply(id, text), (this.speech.dialect.lateReplyWindowMs ?? 0) + random.whole(1000, overdueMsMax));
        break;

      case "unknown_id":
        say(reply(`x${id}`, text));
        break;
      case "another_id":
        // It says nothing of whom it was meant for: whoever has this id is given it.
        say(reply(this.#idAnsweredBefore(now) ?? `x${id}`, anotherText), 0);
        break;
      case "huge":
        say(reply(id, text).map((line, index) => (index === 0 ? line + "x".repeat(700) : line)));
        break;
      case "too_large":
        say(reply(id, text + tooLarge));
        break;
      default:
        fate satisfies never;
    }
  }

  #inOrder(afterMs: number, now: Instant): number {
    if (this.speech.dialect.lateReplyWindowMs === undefined) return afterMs;
    this.#answersFrom = Math.max(this.#answersFrom, now + afterMs);
    return this.#answersFrom - now;
  }

  /** Where answers have no id one that comes later than the configured quiet time is another's. */
  #lateMsMax({ at }: Done, now: Instant): number {
    const { lateReplyWindowMs: quietMs = Number.POSITIVE_INFINITY } = this.speech.dialect;
    return Math.max(0, quietMs - (now - at));
  }

  #idAnsweredBefore(now: Instant): string | undefined {
    const agoMs = now - this.#lastAnswer.at;
    return agoMs >= 0 && agoMs <= anotherIdMs ? this.#lastAnswer.id : undefined;
  }

  #later(afterMs: number, resetCount: number, done: Done, lines: readonly string[]): void {
    for (const text of lines) {
      this.#send(afterMs, text, () => {
        done.answer = lines;
        return resetCount === this.resetCount && !done.isCancelled;
      });
    }
  }

  #say(text: string): void {
    this.#send(this.#random.whole(0, 4), text, () => true);
  }

  #helloLine(): string {
    const { bootWord } = this.#firmware;
    const words = { changes: `${this.resetCount + 1}`, stays: "1", none: undefined };
    return this.speech.hello({ ...this.#firmware, boot: words[bootWord] });
  }

  #send(afterMs: number, text: string, stands: () => boolean): void {
    const isChecked = this.#firmware.crc;
    const line = isChecked ? `${text}*${checksum(Buffer.from(text, "latin1"))}` : text;
    this.#events.send(afterMs, { line, start: this.resetCount, isChecked }, stands);
  }
}

/** What an answer says that was meant for somebody else. */
export const anotherText = "another";

/** Makes an answer more than a response can be, or not: where options say other limits. */
const tooLarge = "x".repeat(450);
