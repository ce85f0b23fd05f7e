import type { Instant } from "../../src/core/instant.ts";
import type { CorrelatorOptions } from "../../src/core/options.ts";
import { reasons } from "../../src/core/outcome.ts";
import type { ProbeResult } from "../../src/core/probe-result.ts";
import type { Report } from "../../src/core/report.ts";
import type { Source } from "../../src/core/request.ts";
import { checksum } from "../../src/protocol/crc16.ts";
import { wireTimeMs } from "../../src/protocol/wire-time.ts";
import { Acquaintance } from "./acquaintance.ts";
import { type Arrival, Arrivals } from "./arrivals.ts";
import { Commands } from "./commands.ts";
import type { Coverage } from "./coverage.ts";
import { InStep } from "./in-step.ts";
import type { Kind } from "./kinds.ts";
import { anotherText, type ModelMcu, type Saying } from "./model-mcu.ts";
import { type ErrorBody, errorIn, numbersIn } from "./response-text.ts";
import { unescaped } from "./speech.ts";

/** Until a line is in the MCU: the model's clock counts whole ms, and a port takes up to 3 to begin. */
const arrivalSlackMs = 5;

/** A port that nothing holds takes a write within that: 256 bytes at 2400 baud need more, and are no probe. */
const takenMsMax = 200;

/** What has piled up while the process was suspended is read by then. */
const piledUpMs = 1000;

/** … and what was due meanwhile is written. */
const caughtUpMs = 200;

/** What the gateway itself tells with the events. */
type GatewayNews =
  | {
      readonly gateway: "late_reply";
      readonly processId: string;
      readonly outcome: "ok" | "refused";
      readonly payload?: string;
      readonly payloadBase64?: string;
      readonly isPartial?: true;
    }
  | { readonly gateway: "mcu_restarted"; readonly unanswered: readonly string[] };

/**
 * Sees what arrives, what is published and what is written, and says which promise it breaks. It keeps its own books
 * and asks the correlator nothing.
 */
export class Oracle {
  readonly violations: string[] = [];
  readonly #mcu: ModelMcu;
  readonly #coverage: Coverage;
  readonly #kinds: ReadonlySet<Kind>;
  readonly #arrivals = new Arrivals();
  readonly #commands = new Commands();
  readonly #acquaintance = new Acquaintance();
  readonly #inStep: InStep;
  readonly #inFlight = new Set<string>();
  /** Whose commands were handed to the port since it was opened. */
  readonly #handed = new Set<string>();
  #options: CorrelatorOptions;
  #thisStep: Arrival | undefined;
  #mustAnswerNow = false;
  /** Another request with the id of this step's is open. */
  #isConflict = false;
  #isRepeatAnswered = false;
  #linkUp = false;
  #draining: "no" | "begun" | "told" = "no";
  /** Requests that have neither been settled nor dropped by a name. */
  #openCount = 0;
  /** Those of them that are from this machine. */
  #localCount = 0;
  /** Until when a request that was answered is not executed again where it comes again, by its id and text. */
  readonly #rememberedUntil = new Map<string, Instant>();
  /** What is published next is what was published before. */
  #isAnsweredAgain = false;
  /** Somebody has asked for the MCU's hello and knows nothing of it yet; whoever asks meanwhile is told the same. */
  #isProbeAsked = false;
  /** When the probe was written that is to tell it. */
  #askedProbeAt: Instant | undefined;
  /** How many of those at most that wait have waited since there were other options, which may have allowed more. */
  #waitedBefore = 0;
  /** The MCU has said that it has restarted: nobody is to wait for what was in flight. */
  #lost: readonly string[] = [];
  /** The hello that is read in this step tells of no restart: there was none. */
  #isSameStart = false;
  /** What the MCU says in this step. */
  #lineNow = "";
  #isLineChecked = false;
  /** Which answers were too long, as a whole or a line of them. */
  readonly #torn = new Set<string>();
  /** Who was given another's answer, which nobody could see, and is given it again when asking again. */
  readonly #anothers = new Map<string, string>();
  #isAway = false;
  #quietUntil: Instant = 0;
  #piledUpUntil: Instant = 0;
  /** It has not been suspended since. */
  #runsSince: Instant = 0;
  #handedAt: Instant = 0;
  /** What was not allowed when it came: a repetition is told so again, whatever a reload has made of the rules. */
  readonly #everForbidden = new Set<string>();
  /** Every id under which a command was written. */
  readonly #everHanded = new Set<string>();
  /** The numbers of requests whose callers were given the MCU's reply, and whose commands were not written again since. */
  readonly #answeredInTime = new Set<string>();
  /** When the latest events were published. */
  #eventsAt: Instant[] = [];

  constructor(options: CorrelatorOptions, mcu: ModelMcu, coverage: Coverage, kinds: ReadonlySet<Kind>) {
    this.#kinds = kinds;
    this.#options = options;
    this.#mcu = mcu;
    this.#inStep = new InStep(mcu.speech.dialect.lateReplyWindowMs);
    this.#coverage = coverage;
  }

  request(id: string, payload: Buffer, arrivedAt: Instant, now: Instant, source?: Source): void {
    const deadline = arrivedAt + this.#options.deadlineMs;
    const text = payload.toString("latin1");
    const { arrival, isRepeated } = this.#arrivals.add(id, text, arrivedAt, deadline, source);
    this.#commands.asked(text, id, arrival.deadline);
    arrival.excused = now > deadline;
    this.#thisStep = arrival;
    this.#isRepeatAnswered = false;
    // What was missed while the process was suspended may still stand in the books before it.
    const others = this.#arrivals.awaited(id).filter((one) => one !== arrival && one.source === source);
    const first = others.find(({ deadline }) => now <= deadline);
    // Both have one topic, and the first response on it is the first one's.
    this.#isConflict = first !== undefined && first.text !== arrival.text;
    // One command at a time may be tried on an MCU that is away.
    const isAway = this.#isAway && this.#knowsProbes && this.#openCount > 0 && now >= this.#piledUpUntil;
    const isForbidden = this.#isForbidden(text);
    if (isForbidden) this.#everForbidden.add(text);
    const isRefused = !this.#linkUp || this.#draining !== "no" || isAway || isForbidden;
    this.#mustAnswerNow = isRefused && !arrival.excused && !isRepeated && !this.#isConflict;
    this.#openCount += 1;
    if (source === "local") this.#localCount += 1;
    this.#coverage.note(source === "local" ? "local request" : "request");
  }

  /** To a request from this machine. */
  answer(id: string, payload: Buffer, now: Instant): void {
    this.#responded(id, payload, now, "local");
  }

  /** To the hub. */
  publish(id: string, payload: Buffer, now: Instant): void {
    this.#responded(id, payload, now, undefined);
  }

  #responded(id: string, payload: Buffer, now: Instant, source: Source | undefined): void {
    const candidates = this.#arrivals
      .awaited(id)
      .filter((one) => one.source === source && (now <= one.deadline || (source === "local" && one.excused)));
    const text = payload.toString("latin1");
    const isRightByChance = !this.#isLineChecked && hasRightChecksum(this.#lineNow);
    const error = errorIn(text);
    const direct = directOf(candidates, error, this.#thisStep);
    const [number, ...others] = numbersIn(error?.source === "gateway" ? this.#lineOf(error) : text);
    // What follows in this step is no answer to it.
    if (number !== undefined) this.#lineNow = "";
    if (others.length > 0 && !this.#inStep.isLost)
      this.violated(now, `${text} published for ${id} is of several answers`);
    const own = number === undefined ? direct : candidates.find((candidate) => candidate.number === number);
    const isAnothers = own === undefined && (this.#inStep.isLost || this.#anothers.get(direct?.text ?? "") === text);
    const answered = own ?? (isAnothers ? direct : this.#repeated(id, number));
    if (answered === undefined) {
      this.violated(now, `${text} published for ${id}, which nobody asked or whose time is over`);
      return;
    }
    if (isAnothers) {
      this.#coverage.note("excused out_of_step");
      this.#anothers.set(answered.text, text);
    } else if (number !== undefined) this.#inStep.found();
    if (error === undefined && !isAnothers && !isRightByChance) this.#judgeAnswer(answered, text, now);
    if (error === undefined && number !== undefined) this.#answeredInTime.add(number);
    if (source === undefined) this.#remember(answered, now);
    const [first] = candidates;
    if (first !== undefined && !first.excused && first.text !== answered.text)
      this.violated(now, `${text} published for ${id} before the response to ${first.text}`);
    if (error?.source === "gateway") {
      if (!(error.reason in reasons)) this.violated(now, `unknown reason ${error.reason}`);
      if (
        error.reason === "not_allowed" &&
        !this.#isForbidden(answered.text) &&
        !this.#everForbidden.has(answered.text)
      )
        this.violated(now, `${answered.text} is allowed, and ${id} is told that it is not`);
      if (error.executed === "no" && answered.writtenCount > 0)
        this.violated(now, `${id} was written, and its error ${error.reason} says that it was not executed`);
    }
    for (const same of candidates) {
      if (same.text !== answered.text) continue;
      same.isAnswered = true;
      if (error?.executed === "no" && !isAnothers)
        this.#judgeFault(this.#commands.toldNo(same.text, this.#mcu.resetCount), now);
    }
    this.#arrivals.repeated(answered);
  }

  /** It is remembered for a cutoff; that it is answered again does not make that longer. */
  #remember({ id, text }: Arrival, now: Instant): void {
    if (!this.#isAnsweredAgain) this.#rememberedUntil.set(`${id} ${text}`, now + this.#options.cutoffMs);
    this.#isAnsweredAgain = false;
  }

  /** Byte for byte what the MCU has said, of this request. */
  #judgeAnswer({ id, number }: Arrival, text: string, now: Instant): void {
    if (this.#torn.has(number)) this.violated(now, `${id} is given a torn answer`);
    else if (text !== anotherText && !this.#mcu.hasAnswered(number, text))
      this.violated(now, `${JSON.stringify(text)} published for ${id} is not what the MCU has said`);
  }

  /** This step's request where what it repeats was answered in this step already: it is answered again, once. */
  #repeated(id: string, number: string | undefined): Arrival | undefined {
    const arrival = this.#thisStep;
    if (arrival?.id !== id || !arrival.isAnswered || this.#isRepeatAnswered) return undefined;
    if (number !== undefined && arrival.number !== number) return undefined;
    this.#isRepeatAnswered = true;
    return arrival;
  }

  publishEvent(payload: Buffer, now: Instant): void {
    if (payload.toString("latin1", 0, 11) === '{"gateway":') this.#judgeNews(JSON.parse(payload.toString()), now);
    // As many at once as in a second, and those of the second that follows.
    const countMax = 2 * this.#options.events.perSecondMax;
    this.#eventsAt = [...this.#eventsAt, now].slice(-countMax - 1);
    const [first = 0] = this.#eventsAt;
    if (this.#eventsAt.length > countMax && now - first < 1000) this.violated(now, `too many events in a second`);
  }

  /** What is told of a command after its error is told of this one. */
  #judgeNews(news: GatewayNews, now: Instant): void {
    this.#coverage.note(`told ${news.gateway}`);
    if (news.gateway === "mcu_restarted") {
      for (const id of news.unanswered)
        if (!this.#everHanded.has(id)) this.violated(now, `${id} is told to be lost, and was never written`);
      return;
    }
    if (news.outcome !== "ok" || news.isPartial) return;
    const text = Buffer.from(news.payload ?? news.payloadBase64 ?? "", news.payload === undefined ? "base64" : "utf8");
    const [number = "", ...others] = numbersIn(text.toString("latin1"));
    const isRightByChance = !this.#isLineChecked && hasRightChecksum(this.#lineNow);
    // What is said under another's id nobody can tell from its own answer.
    if (this.#inStep.isLost || isRightByChance || text.toString() === anotherText) return;
    const arrival = this.#arrivals.ofNumber(number);
    const whole = `late reply ${text} of ${news.processId}`;
    if (arrival?.id !== news.processId || others.length > 0) this.violated(now, `${whole} is another's`);
    else if (arrival.writtenCount === 0) this.violated(now, `${whole}, which was never written`);
    else if (this.#answeredInTime.has(number)) this.violated(now, `${whole}, which was answered in time`);
    else this.#judgeAnswer(arrival, text.toString("latin1"), now);
  }

  /** The port has taken a write: where it took its time a hello may answer a probe that was held for long. */
  writeTaken(now: Instant): void {
    if (now - this.#handedAt > takenMsMax) this.arrivedLate(now);
  }

  /** What was held back is in the MCU: its hello may answer a probe that a restart has made look lost. */
  arrivedLate(now: Instant): void {
    this.#piledUpUntil = Math.max(this.#piledUpUntil, now + piledUpMs);
  }

  /** A line handed to the port, checksum and all. */
  lineToMcu(line: string, now: Instant): void {
    this.#handedAt = now;
    if (line === "") return;
    if (line === "?" && this.#mcu.speech.dialect.probe !== undefined) {
      this.#acquaintance.probeWritten(now);
      if (this.#isProbeAsked) this.#askedProbeAt ??= now;
    }
    if (line.startsWith("~") && !this.#handed.has(line.slice(1).split("*", 1).join("")))
      this.violated(now, `cancels what this port was not given: ${line}`);
    if (!this.#linkUp) this.violated(now, `written to a port that is closed: ${line}`);
    if (now < this.#quietUntil) this.violated(now, `written before what came meanwhile was read: ${line}`);
    const command = this.#commandIn(line);
    if (command === undefined) return;
    if (line.length + 1 > this.#lineBytesMax) this.violated(now, `too long for the MCU: ${line}`);
    const id = command.id ?? this.#commands.idOf(command.payload);
    const wireMs = wireTimeMs(line.length + 1, this.#options.wireFormat);
    const open = this.#arrivals.awaited(id).filter(({ text }) => text === command.payload);
    if (!open.some(({ deadline }) => now + wireMs <= deadline)) this.violated(now, `stale command ${line}`);
    const first = open.find(({ writtenCount, deadline }) => writtenCount > 0 && now <= deadline);
    if (first === undefined && this.#isForbidden(command.payload)) this.violated(now, `it is not allowed: ${line}`);
    // What was missed while the process was suspended may still stand in the books before it.
    const last = open.at(-1)?.at ?? now;
    if (last < (this.#rememberedUntil.get(`${id} ${command.payload}`) ?? Number.NEGATIVE_INFINITY))
      this.violated(now, `written for a repetition of what was answered: ${line}`);
    if (first !== undefined && !this.#isProven(first)) this.violated(now, `written twice without a proof: ${line}`);
    this.#commands.written(command.payload, this.#acquaintance.knownStart);
    for (const arrival of open) {
      if (arrival.writtenCount === 0) {
        this.#coverage.note(arrival.source === "local" ? "local written" : "written");
        arrival.boot = first?.boot ?? this.#acquaintance.said?.boot;
      }
      arrival.writtenCount += 1;
      arrival.writtenAt = now;
      this.#torn.delete(arrival.number);
      this.#answeredInTime.delete(arrival.number);
    }
    this.#inFlight.add(id);
    this.#handed.add(id);
    this.#everHanded.add(id);
    const window = Math.min(this.#acquaintance.said?.window ?? 1, this.#options.windowMax);
    // What is repeated was in flight before, maybe under a wider window.
    if (first === undefined && this.#inFlight.size > window)
      this.violated(now, `${this.#inFlight.size} in flight, window ${window}`);
  }

  /**
   * A line is in the MCU that nothing has held back, or flow control: then it is thrown away at its deadline, by a process
   * that is not suspended at that time.
   */
  lineInMcu(line: string, isHeld: boolean, now: Instant): void {
    const command = this.#commandIn(line);
    const deadline = command && this.#commands.deadlineOf(command.payload);
    if (deadline === undefined || now <= deadline + arrivalSlackMs) return;
    // A repetition of what was done the MCU only answers again; and a start that shows in no boot word looks like an answer to
    // a probe that was written after the command, and so as if that had left.
    const { knownStart = this.#mcu.resetCount } = this.#acquaintance;
    const isExcused = this.#commands.isDone(command?.payload ?? "") || knownStart !== this.#mcu.resetCount;
    if (isHeld && (isExcused || deadline <= this.#runsSince + caughtUpMs)) return;
    this.violated(now, `arrived too late: ${line}`);
  }

  executed(payload: string, now: Instant): void {
    this.#judgeFault(this.#commands.executed(payload, this.#mcu.resetCount), now);
  }

  /** @param saying the MCU's line that the gateway is about to read, or a part of it; undefined where it is none. */
  lineFromMcu(saying: Saying | undefined, isOverlong: boolean, now: Instant): void {
    if (saying === undefined) return;
    this.#lineNow = saying.line;
    this.#isLineChecked = saying.isChecked;
    if (isOverlong) for (const number of numbersIn(saying.line)) this.#torn.add(number);
    this.#inStep.heard(numbersIn(saying.line), this.#inFlight.size > 0, now);
    const hello = this.#acquaintance.read(saying, now);
    const hasBoot = this.#acquaintance.said?.boot !== undefined;
    if (hello?.isRestart && (hello.isChanged || !hasBoot || this.#kinds.has("same_boot")))
      this.#lost = [...this.#inFlight];
    this.#isSameStart = hello?.isFalse ?? false;
  }

  report(report: Report, now: Instant): void {
    switch (report.kind) {
      case "settled":
        this.#coverage.note(`settled ${report.outcome}`);
        if (report.queueMs !== undefined) this.#commandSettled(report.processId, now);
        this.#openCount -= 1;
        if (report.source === "local") this.#localCount -= 1;
        break;
      case "dropped":
        this.#coverage.note(`dropped ${report.name}`);
        if (report.name === "duplicate_request" && report.detail === "answered again") this.#isAnsweredAgain = true;
        if (report.name === "duplicate_request" || report.name === "id_conflict" || report.detail === "not executed")
          this.#openCount -= 1;
        // Too many are open: it is told nothing, and that is said.
        if (report.name === "id_conflict" && report.detail?.startsWith("too many"))
          this.#excuseThisStep(report.processId);
        if (report.name === "stray_reply" && !report.detail?.startsWith("a line")) this.#inStep.leftOver(undefined);
        if (report.name === "late_reply") this.#inStep.leftOver(this.#arrivals.written(report.processId ?? ""));
        if (report.name === "session_gone" && report.detail === "no response")
          this.#arrivals.gone(report.processId ?? "");
        if (report.name === "id_conflict" && report.detail === "its deadline came first")
          this.#arrivals.passed(report.processId ?? "", now);
        if (report.name === "missed_deadline") this.#arrivals.missed(report.processId ?? "", now);
        break;
      default:
        this.#coverage.note(`report ${report.kind}`);
        if (report.kind === "mcu_restarted") this.#inStep.found();
        if (report.kind === "mcu_restarted" && report.inFlightCount > 0) this.#judgeRestart(now);
        if (report.kind === "mcu_away") this.#isAway = true;
        if (report.kind === "mcu_back" && !this.#lineNow.startsWith("="))
          this.#acquaintance.servedInTrial(this.#isLineChecked);
        if (report.kind === "mcu_back" || (report.kind === "mcu_version_unsupported" && report.isSure))
          this.#isAway = false;
    }
  }

  /** One that was handed to the port; another request with its id may have been told so before. */
  #commandSettled(id: string, now: Instant): void {
    this.#inFlight.delete(id);
    this.#lost = this.#lost.filter((lost) => lost !== id);
    for (const number of this.#arrivals.written(id)) this.#inStep.settled(number, now);
  }

  /** Those in flight are told that it has restarted. */
  #judgeRestart(now: Instant): void {
    const isSure = this.#isSameStart && now >= this.#piledUpUntil;
    if (isSure && this.#kinds.has("busy")) this.violated(now, "told that the MCU has restarted, and it has not");
  }

  #excuseThisStep(id: string | undefined): void {
    if (this.#thisStep !== undefined && this.#thisStep.id === id) this.#thisStep.isAnswered = true;
  }

  sessionDown(): void {
    this.#arrivals.endSession();
  }

  linkChanged(to: "up" | "down", now: Instant): void {
    this.#linkUp = to === "up";
    this.#handed.clear();
    this.#acquaintance.linkUp(now);
    this.#isAway = false;
  }

  /** Deadlines may have passed unnoticed, and what has piled up is of any age. */
  slept(now: Instant): void {
    this.#runsSince = now;
    this.#piledUpUntil = now + piledUpMs;
    this.#arrivals.excuseOpen();
  }

  resumed(until: Instant): void {
    this.slept(until);
    this.#quietUntil = until;
  }

  /** What is open stays so, be it more than may be from now on. */
  reloaded(options: CorrelatorOptions): void {
    this.#options = options;
    this.#waitedBefore = this.#waitingCount;
  }

  /** Another process takes over, and knows nothing. */
  killed(options: CorrelatorOptions, now: Instant): void {
    this.#eventsAt = [];
    for (const id of this.#inFlight) this.#commandSettled(id, now);
    this.#openCount = 0;
    this.#localCount = 0;
    this.#isProbeAsked = false;
    this.#askedProbeAt = undefined;
    this.#rememberedUntil.clear();
    this.reloaded(options);
    this.#runsSince = now;
    this.#isAway = false;
    this.#acquaintance.forget();
    this.#arrivals.forgetOpen();
    this.#draining = "no";
    this.#quietUntil = 0;
  }

  drains(): void {
    if (this.#draining === "no") this.#draining = "begun";
  }

  drained(now: Instant): void {
    if (this.#draining !== "begun") this.violated(now, "drained, and nobody asked for it, or twice");
    this.#draining = "told";
    for (const { id, at } of this.#arrivals.missing())
      this.violated(now, `drained while request ${id} of ${at} is open`);
  }

  probeAsked(): void {
    if (this.#isProbeAsked) this.#coverage.note("probed asked meanwhile");
    this.#isProbeAsked = true;
  }

  probed(result: ProbeResult, now: Instant): void {
    this.#coverage.note(`probed ${result.kind}`);
    this.#judgeProbed(result, now);
    this.#askedProbeAt = undefined;
    if (!this.#isProbeAsked) this.violated(now, "told what came of a probe that nobody has asked for");
    this.#isProbeAsked = false;
  }

  /** What is told at once is certain: the hello that was just read, and the probe before it, have taken their time on the wire. */
  #judgeProbed(result: ProbeResult, now: Instant): void {
    const writtenAt = this.#askedProbeAt;
    if ((result.kind === "not_sent") !== (writtenAt === undefined))
      this.violated(now, `an asked probe is told as ${result.kind}, and it was written at ${writtenAt}`);
    if (result.kind !== "answered") return;
    const isAtOnce = result.ms !== undefined && /^(=rrpc\/1|UP) /.test(this.#lineNow);
    this.#coverage.note(
      `probed ${isAtOnce ? "at once" : result.ms === undefined ? "without time" : "when no other came"}`,
    );
    if (!isAtOnce || writtenAt === undefined) return;
    const wireMs = wireTimeMs("?\n".length + this.#lineNow.length + 1, this.#options.wireFormat);
    if (result.ms !== now - writtenAt || result.ms < wireMs)
      this.violated(
        now,
        `an asked probe of ${writtenAt} is answered after ${result.ms} ms, on the wire it takes ${wireMs}`,
      );
  }

  /** @param hasHubRequest what the gateway says of whether a request of the hub is open; undefined where it is not asked */
  stepDone(now: Instant, hasHubRequest?: boolean): void {
    const hubCount = this.#openCount - this.#localCount;
    if (hasHubRequest !== undefined && hasHubRequest !== hubCount > 0)
      this.violated(now, `${hubCount} requests of the hub are open, and it is said otherwise`);
    // Those in the queue, and those whose error follows the response to another with their id.
    this.#waitedBefore = Math.min(this.#waitedBefore, this.#waitingCount);
    if (this.#waitingCount > 2 * this.#options.queueMax + this.#waitedBefore)
      this.violated(now, `${this.#waitingCount} requests wait`);
    if (this.#lost.length > 0) this.violated(now, `${this.#lost} waits for an MCU that has restarted`);
    this.#lost = [];
    this.#lineNow = "";
    this.#isSameStart = false;
    this.#isAnsweredAgain = false;
    if (this.#draining === "begun" && !this.#arrivals.areAwaited) this.violated(now, "not said to be drained");
    if (this.#thisStep === undefined) return;
    if (this.#mustAnswerNow && !this.#thisStep.isAnswered)
      this.violated(now, `no fast refusal of ${this.#thisStep.id}`);
    this.#thisStep = undefined;
  }

  /** The world is over: nothing may be left unanswered, nothing may have been done twice. */
  close(now: Instant): void {
    for (const { id, at } of this.#arrivals.missing(now)) this.violated(now, `no response to ${id} of ${at}`);
    if (this.#isProbeAsked) this.violated(now, "never told what came of a probe that somebody has asked for");
    if (this.#openCount !== 0) this.violated(now, `${this.#openCount} requests more have come than were accounted for`);
    if (this.#draining === "begun") this.violated(now, "it was never said that nothing is open any more");
  }

  get #waitingCount(): number {
    return this.#openCount - this.#inFlight.size;
  }

  /** Whether it may be written again: the MCU has shown, since it was, that it remembers it. */
  #isProven({ boot, writtenAt }: Arrival): boolean {
    const { said } = this.#acquaintance;
    if (said === undefined || said.dedup < said.window || said.boot === undefined) return false;
    if (!this.#kinds.has("other_firmware")) return true;
    return said.boot === boot && said.readAt >= writtenAt;
  }

  /** A payload may end in what looks like a checksum. */
  #commandIn(line: string): { readonly id: string | undefined; readonly payload: string } | undefined {
    const whole = this.#plainCommand(line);
    if (whole === undefined || this.#commands.knows(whole.payload)) return whole;
    return this.#plainCommand(line.replace(/\*[0-9A-F]{4}$/, ""));
  }

  #plainCommand(line: string): { readonly id: string | undefined; readonly payload: string } | undefined {
    const command = this.#mcu.speech.command(line);
    const isRrpc = this.#mcu.speech.name === "rrpc";
    const payload = command && (isRrpc ? unescaped(command.payload, false) : command.payload);
    return payload === undefined ? undefined : { id: command?.id, payload };
  }

  #isForbidden(text: string): boolean {
    const verdict = this.#options.payloadRules?.judge(Buffer.from(text, "latin1"));
    return verdict !== undefined && verdict.kind !== "allowed";
  }

  #judgeFault(fault: string | undefined, now: Instant): void {
    if (fault !== undefined) this.violated(now, fault);
  }

  /** The line that makes the gateway say so; for an answer that is given again, none. */
  #lineOf({ reason }: ErrorBody): string {
    return reason === "reply_too_large" ? this.#lineNow : "";
  }

  /** What it has said counts from its hello on; what it said before the port was opened anew may. */
  get #lineBytesMax(): number {
    const { commandBytesMax } = this.#options;
    const { said, isMet } = this.#acquaintance;
    const bytesMax = said?.lineBytesMax ?? commandBytesMax;
    return isMet ? bytesMax : Math.max(bytesMax, commandBytesMax);
  }

  /** Whether it can be asked if it is there: until it is, an MCU that cannot is given a command now and then. */
  get #knowsProbes(): boolean {
    return this.#acquaintance.answersProbes && this.#mcu.speech.dialect.probe !== undefined;
  }

  violated(now: Instant, what: string): void {
    this.violations.push(`${now}: ${what}`);
  }
}

/**
 * Who a response is for that does not say it: the first that asked with the id. It may have been dropped while the process
 * was suspended; then what is said of its execution tells.
 */
function directOf(
  candidates: readonly Arrival[],
  error: ErrorBody | undefined,
  thisStep: Arrival | undefined,
): Arrival | undefined {
  const [first] = candidates;
  if (first?.excused !== true || error === undefined) return first;
  const isWritten = error.executed !== "no";
  if (!isWritten && thisStep !== undefined && candidates.includes(thisStep)) return thisStep;
  return candidates.find(({ writtenCount }) => writtenCount > 0 === isWritten) ?? first;
}

/** Firmware that gives back what it was sent, checksum and all, is right by chance once in 65 536 times. */
function hasRightChecksum(line: string): boolean {
  const [, body, right] = /^(.*)\*([0-9A-F]{4})$/s.exec(line) ?? [];
  return body !== undefined && checksum(Buffer.from(body, "latin1")) === right;
}
