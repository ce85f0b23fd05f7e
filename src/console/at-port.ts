import type { BoardConfig } from "../config/board-config.ts";
import type { CorrelatorOptions } from "../core/options.ts";
import type { Report } from "../core/report.ts";
import { correlatorOptions } from "../daemon/correlator-options.ts";
import { superviseLink } from "../daemon/supervise-link.ts";
import { Board } from "../gateway/board.ts";
import type { LinkEvent, Observation } from "../gateway/boundary.ts";
import { toTraceEvent, wallTime } from "../observe/trace-event.ts";
import { checksum } from "../protocol/crc16.ts";
import { soleBoard } from "../runtime/board-name.ts";
import type { Clock } from "../runtime/clock.ts";
import type { Log } from "../runtime/logger.ts";
import { type OpeningEvent, openLink, type WriteOptions } from "../serial/link.ts";
import type { LinkEnd } from "../serial/port-fault.ts";
import type { ConsoleBoard, ConsoleEnd, ConsoleMessage, Written } from "./board.ts";
import { OwnCalls } from "./own-calls.ts";
import { TypedCommands } from "./typed-commands.ts";
import { WriteQueue } from "./write-queue.ts";

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
  /** What was typed last does not end in LF. */
  let isHalf = false;
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
  const writes = new WriteQueue((bytes, how) => link.current?.write(bytes, how));
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
        isHalf = false;
      }
      board.linkEvent(event);
    }
  }

  function observe(observation: Observation, at: number): void {
    if (observation.kind === "line_in") learnChecksums(observation.bytes);
    if (observation.kind === "report" && isUnpublished(observation.report)) return;
    if (observation.kind === "report") calls.reported(observation.report);
    const answered = observation.kind === "report" ? typedAnswer(observation) : undefined;
    tell(answered ?? toTraceEvent(observation, { time: wallTime(at), withContents: true, hasHeads: hasHeads(serial) }));
  }

  /** As the latest hello says. */
  function learnChecksums(bytes: Buffer): void {
    const line = core.dialect.read(core.dialect.frame(bytes).bytes, false);
    if (line.kind === "hello") hasCrc = line.hello.crc;
  }

  /** To the core it is nobody's: it has not sent the command. */
  function typedAnswer({ report }: Observation & { readonly kind: "report" }): ConsoleMessage | undefined {
    if (report.kind !== "dropped" || report.name !== "stray_reply" || report.processId === undefined) return undefined;
    return typed.answered(report.processId);
  }

  /** What the core writes begins a line, whatever a person has left unfinished. */
  function writeCommand(bytes: Buffer, how: WriteOptions | undefined): void {
    if (isHalf) write(core.dialect.opening);
    isHalf = false;
    writes.add({ bytes, how, onWritten: () => board.linkEvent({ kind: "written" }) });
  }

  function write(bytes: Buffer): boolean {
    if (link.current === undefined) return false;
    isHalf = bytes.at(-1) !== lf[0];
    writes.add({ bytes, onWritten: undefined });
    observe({ kind: "line_out", board: soleBoard, bytes }, clock.now());
    return true;
  }

  return {
    call: (payload, ref) => board.request(calls.begin(ref), payload),
    probe: (ref) => board.probe((result) => tell({ kind: "probed", ref, result })),
    writeLine(line, ref) {
      const sum = hasCrc ? [Buffer.from(`*${checksum(line)}`)] : [];
      if (!write(Buffer.concat([line, ...sum, lf]))) return notOpen;
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

const hasHeads = ({ dialect }: BoardConfig["serial"]) => dialect === "rrpc";

function endOf(kind: LinkEnd["kind"]): ConsoleEnd["why"] {
  return kind === "no_permission" || kind === "device_cgroup" ? "no_permission" : "unavailable";
}
