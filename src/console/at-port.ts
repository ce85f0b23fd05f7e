import type { BoardConfig } from "../config/board-config.ts";
import type { CorrelatorOptions } from "../core/options.ts";
import { responsePayload } from "../core/outcome.ts";
import type { DropName, Report } from "../core/report.ts";
import { correlatorOptions } from "../daemon/correlator-options.ts";
import { superviseLink } from "../daemon/supervise-link.ts";
import { Board } from "../gateway/board.ts";
import type { LinkEvent, Observation } from "../gateway/boundary.ts";
import { contentsOf, type TraceEvent, toTraceEvent, wallTime } from "../observe/trace-event.ts";
import { checksum } from "../protocol/crc16.ts";
import type { McuLine } from "../protocol/mcu-line.ts";
import { soleBoard } from "../runtime/board-name.ts";
import type { Clock } from "../runtime/clock.ts";
import type { Log } from "../runtime/logger.ts";
import { type OpeningEvent, openLink, type WriteOptions } from "../serial/link.ts";
import type { LinkEnd } from "../serial/port-fault.ts";
import type { ConsoleBoard, ConsoleEnd, ConsoleMessage, Written } from "./board.ts";
import { OwnCalls } from "./own-calls.ts";
import { TypedBytes } from "./typed-bytes.ts";
import { TypedCommands } from "./typed-commands.ts";
import { type Write, WriteQueue } from "./write-queue.ts";

export interface AtPortOptions {
  readonly serial: BoardConfig["serial"];
  readonly rrpc: BoardConfig["rrpc"];
  readonly events: BoardConfig["events"];
  readonly clock: Clock;
  /** Whether a device that is not there at first is waited for; else it is the end. */
  readonly waits: boolean;
}

const notOpen: Written = { kind: "refused", why: "the port is not open" };

const throughIt =
  "if it is a gateway whose configuration has control.socket, rrpc-gateway console --config FILE goes through it";

const lf = Buffer.from("\n");

/** The board at a free port: the gateway's own core asks it, the console is the hub, and nothing resets the board. */
export function atPort(options: AtPortOptions, show: (message: ConsoleMessage) => void): ConsoleBoard {
  const { serial, clock } = options;
  const core = coreOptions(options);
  let hasCrc = false;
  let lastKey = "";
  const typing = new TypedBytes();
  let lastLine: Buffer = Buffer.alloc(0);
  let isUp = false;
  let isClosed = false;
  let end = (_: ConsoleEnd) => {};
  const ended = new Promise<ConsoleEnd>((resolve) => {
    end = resolve;
  });
  let beReady = (_: "met" | "not_open") => {};
  const ready: ConsoleBoard["ready"] = new Promise((resolve) => {
    beReady = resolve;
  });
  const tell = (message: ConsoleMessage) => {
    if (!isClosed) show(message);
  };
  const calls = new OwnCalls(clock.now, tell);
  const typed = new TypedCommands(core.deadlineMs, tell);
  // Reports come as observations.
  const log: Log = { say: (_level, key, text) => tellOnce(key, text), shows: () => false };
  const link = superviseLink({ ...serial, recovery: untouched(serial.recovery) }, linkEvent, {
    clock,
    log,
    openLink: (how, emit) => openLink(how, (event) => emit(opened(event))),
    neighbourAt: () => undefined,
  });
  const writes = new WriteQueue(hand);
  const board = new Board(
    soleBoard,
    core,
    {
      clock,
      log,
      observe,
      hub: {
        publish: (_board, processId, payload) => calls.answered(processId, payload),
        publishEvent: () => "not_connected",
      },
      link: {
        write: (_board, bytes, how) => writeCommand(bytes, how),
        reopen: (_board, rung) => link.reopen(rung),
      },
      nextLocalId: calls.nextId,
    },
    ({ wakeAt, mcuState }) => {
      clock.setAlarm(wakeAt, () => board.step({ kind: "alarm" }));
      if (mcuState !== "unlinked" && mcuState !== "handshake") beReady("met");
    },
  );
  link.start();

  /** Each attempt to open a port that is away says the same; and that it is open says the event. */
  function tellOnce(key: string, text: string): void {
    const isTold = key === lastKey;
    lastKey = key;
    if (!isTold && key !== "link up") tell({ kind: "note", text });
  }

  /** A port that cannot be had is the end; one that was lost is waited for. */
  function opened(event: OpeningEvent): OpeningEvent {
    if (event.kind === "down" && !isUp) {
      const { kind, message } = event.cause;
      const hints = [event.cause.hint, kind === "busy" ? throughIt : undefined].filter((one) => one !== undefined);
      const isFinal = kind === "no_device" ? !options.waits : kind !== "closed";
      // What would be told of the next attempt does not hold.
      isClosed ||= isFinal;
      if (isFinal) end({ why: endOf(kind), text: [message, ...hints].join("; ") });
      else beReady("not_open");
    }
    isUp ||= event.kind === "up";
    return event;
  }

  function linkEvent(event: LinkEvent): void {
    if (event.kind === "written") writes.written();
    else {
      if (event.kind === "down") {
        writes.clear();
        typing.clear();
      }
      board.linkEvent(event);
    }
  }

  function observe(observation: Observation, at: number): void {
    // Told when it is handed to the port: what the core writes may wait for what was typed.
    if (observation.kind === "line_out") return;
    if (observation.kind === "line_in") lineHeard(observation.bytes);
    if (observation.kind !== "report") tell(traced(observation, at));
    else if (!isUnpublished(observation.report)) {
      const { report } = observation;
      if (report.kind === "write_stalled") writes.giveUp();
      calls.reported(report);
      tell(typedAnswer(report, at) ?? traced(observation, at));
    }
  }

  function traced(observation: Observation, at: number): TraceEvent {
    return toTraceEvent(observation, { time: wallTime(at), withContents: true, hasHeads: hasHeads(serial) });
  }

  /** Checksums are as the latest hello says. */
  function lineHeard(bytes: Buffer): void {
    lastLine = core.dialect.frame(bytes).bytes;
    const line = core.dialect.read(lastLine, false);
    if (line.kind === "hello") hasCrc = line.hello.crc;
  }

  /** To the core it is nobody's, or another's that it has settled: it has not sent the command. */
  function typedAnswer(report: Report, at: number): ConsoleMessage | undefined {
    if (report.kind !== "dropped" || !unawaited.has(report.name) || report.processId === undefined) return undefined;
    const line = core.dialect.read(lastLine, hasCrc);
    if (line.kind !== "reply" && line.kind !== "refusal") return undefined;
    const processId = report.processId;
    const answered = typed.answered(processId);
    const payload = contentsOf(payloadOf(line, processId, core));
    return answered && { time: wallTime(at), kind: "answer", ...answered, processId, payload };
  }

  /** What the core writes begins a line, whatever a person has left unfinished. */
  function writeCommand(bytes: Buffer, how: WriteOptions | undefined): void {
    endHalfLine();
    writes.add({ bytes, how, onWritten: () => board.linkEvent({ kind: "written" }) });
  }

  function endHalfLine(): void {
    if (typing.isHalf) writes.add({ bytes: core.dialect.opening, onWritten: undefined });
    typing.clear();
  }

  function write(bytes: Buffer): boolean {
    if (link.current === undefined) return false;
    writes.add({ bytes, onWritten: undefined, probeCount: typing.take(bytes).filter(isProbe).length });
    return true;
  }

  function hand({ bytes, how, probeCount = 0 }: Write): void {
    link.current?.write(bytes, how);
    const now = clock.now();
    // Empty where it only throws away what the driver holds.
    if (bytes.length > 0) tell(traced({ kind: "line_out", board: soleBoard, bytes }, now));
    for (let count = 0; count < probeCount; count++) board.step({ kind: "probe_written" }, now);
  }

  function isProbe(line: Buffer): boolean {
    return core.dialect.probe?.(false).equals(Buffer.concat([line, lf])) === true;
  }

  return {
    call: (payload, ref) => board.request(calls.begin(ref), payload),
    probe: (ref) => board.probe((result) => tell({ time: wallTime(clock.now()), kind: "probed", ref, result })),
    writeLine(line, ref) {
      if (link.current === undefined) return notOpen;
      endHalfLine();
      // A probe has none.
      const sum = hasCrc && !isProbe(line) ? [Buffer.from(`*${checksum(line)}`)] : [];
      write(Buffer.concat([line, ...sum, lf]));
      return { kind: "written", isCommand: typed.written(line, ref) };
    },
    writeRaw: (bytes) => (write(bytes) ? { kind: "written", isCommand: false } : notOpen),
    async close() {
      await link.stop();
      typed.close();
      isClosed = true;
    },
    ready,
    ended,
  };
}

/** As the gateway would have them, but nothing is published, and nothing resets the board or asks it unasked while all is well. */
function coreOptions({ serial, rrpc, events }: AtPortOptions): CorrelatorOptions {
  const options = correlatorOptions({ name: soleBoard, serial, rrpc, events });
  return {
    ...options,
    events: { ...options.events, isPublished: false },
    idleProbeMs: 0,
    recovery: { reopen: "never", canPulse: false, hasCommand: false },
  };
}

type Recovery = BoardConfig["serial"]["recovery"];

function untouched(recovery: Recovery): Recovery {
  return { ...recovery, gpio: { ...recovery.gpio, line: undefined }, usbPower: undefined, command: undefined };
}

/** There is no hub; the line shows it. */
const isUnpublished = (report: Report) => report.kind === "dropped" && report.name === "unpublished_event";

/** Replies that settle nothing of the core's. */
const unawaited: ReadonlySet<DropName> = new Set(["stray_reply", "second_reply", "late_reply"]);

/** As a caller would get it. */
function payloadOf(
  line: McuLine & { readonly kind: "reply" | "refusal" },
  processId: string,
  options: CorrelatorOptions,
): Buffer {
  if (line.kind === "reply") return line.payload;
  const { deadlineMs, commandBytesMax } = options;
  const outcome = { kind: "refused", mcuCode: line.code, mcuText: line.text.toString() } as const;
  return responsePayload(outcome, processId, { deadlineMs, lineBytesMax: commandBytesMax, options });
}

const hasHeads = ({ dialect }: BoardConfig["serial"]) => dialect === "rrpc";

function endOf(kind: LinkEnd["kind"]): ConsoleEnd["why"] {
  return kind === "no_permission" || kind === "device_cgroup" ? "no_permission" : "unavailable";
}
