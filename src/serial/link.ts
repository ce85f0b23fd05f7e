import { setTimeout as setTimer } from "node:timers/promises";
import type { LineEvent, LinkEvent } from "../gateway/boundary.ts";
import { findHolders } from "../host/port-holders.ts";
import type { LineEnd } from "../protocol/framing.ts";
import { hangingPortsMax } from "../runtime/thread-pool.ts";
import {
  type CanonicalMode,
  type CanonicalModeOptions,
  createCanonicalMode,
  gatheredBytesMax,
} from "./canonical-mode.ts";
import type { HangUp } from "./guard-port.ts";
import { createLineReader } from "./line-reader.ts";
import { type ModemLineOptions, setModemLines } from "./modem-lines.ts";
import { type OpenPort, openPort, type PortOptions } from "./open-port.ts";
import { openInTurn, openingPath } from "./openings.ts";
import { isBusy, type LinkEnd, openFault, transferFault } from "./port-fault.ts";
import { createPortIo, type PortIo } from "./port-io.ts";
import { createPortWorld } from "./port-world.ts";
import { createWireEnd } from "./wire-end.ts";

/** What happens on one opening, never within a call of its functions. */
export type OpeningEvent =
  | Exclude<LinkEvent, { readonly kind: "kept" | "down" }>
  /** Exactly once, and last. The port is closed, unless its driver does not let go of it. */
  | { readonly kind: "down"; readonly cause: LinkEnd };

/** One opening of the serial port: created, perhaps up, ended once; then replaced. */
export interface Link {
  /**
   * Writes a line. `written` follows, unless the peer stalls: how long to wait for it is the caller's to decide.
   * Only when up, and one at a time; anything else is a bug and throws. On a link that is ending it does nothing.
   */
  write(bytes: Buffer, how?: WriteOptions): void;
  /** Takes other options on the open port. */
  adjust(options: LiveOptions): void;
  /**
   * Ends the link, also one that is still opening or writing. What was written leaves first, as far as its time on the
   * wire and a peer that holds us up allow, and what comes in meanwhile is handed on. Then `down` follows within 2 s.
   * Again: does nothing.
   */
  close(): void;
}

export interface WriteOptions {
  /** What the driver still holds of earlier writes is thrown away first, and with it what it has read. */
  readonly discardsUnsent?: boolean;
}

/** What needs no closed port. */
export interface LiveOptions extends Pick<ModemLineOptions, "dtr" | "rts"> {
  readonly hupcl: HangUp;
  /** The longest line from the MCU that is taken, line end included. */
  readonly lineBytesMax: number;
  readonly lineEnd: LineEnd;
}

export interface LinkOptions extends PortOptions, LiveOptions {}

/**
 * A USB device that does not answer holds each control transfer up for 5 s (USB_CTRL_SET_TIMEOUT), and opening takes
 * two or three. What takes longer hangs; that is told again after twice the time, up to this.
 */
const openingLimitMs = 15_000;
const toldAgainMaxMs = 3_600_000;

/** How long closing waits for the driver. It may hang in there; nobody hangs with it. */
const closeLimitMs = 1_500;

/** How long closing waits for stty, which takes 5 ms: what closing itself leaves of the 2 s. */
const rawLimitMs = 500;

const lineEnds = { lf: 0x0a, cr: 0x0d } as const;

const written = { kind: "written" } as const;

const now = () => performance.now();

/**
 * Who has the port is looked up in turns of the event loop: at once it takes 10 ms and more, and it is looked up at each attempt,
 * while responses of other boards are due.
 */
async function whyNotOpened(errorText: string, path: string): Promise<LinkEnd> {
  const holders = isBusy(errorText) ? await findHolders(path) : [];
  return openFault(errorText, path, { ...createPortWorld(), holders: () => holders });
}

/** Opens the port of `options`. Everything that comes of it, failure too, comes as an event. */
export function openLink(options: LinkOptions, emit: (event: OpeningEvent) => void): Link {
  const { path } = options;
  const wire = createWireEnd(options, options.rtscts || options.xonxoff);
  const startedAt = now();
  let live: LiveOptions = options;
  let reader = createLineReader(live, onCut);
  let isBetweenLines = false;
  let isReaderDue = false;
  let open: { readonly port: OpenPort; readonly io: PortIo; readonly canonical: CanonicalMode } | undefined;
  let isWriting = false;
  let isClosing = false;
  /** While the wire runs dry: when that has lasted long enough, whatever is left. */
  let closing: { readonly by: number; timer: NodeJS.Timeout } | undefined;
  let cause: LinkEnd | undefined;
  let isDown = false;

  const note = (text: string) => {
    if (!isDown) emit({ kind: "note", text });
  };
  const opening = openInTurn(
    path,
    hangingPortsMax(),
    () => cause === undefined,
    () => openPort(options, note),
  );
  let openingLimit = setTimeout(tellHanging, openingLimitMs);
  // What a listener throws is a bug: it goes past these handlers and ends the process.
  void opening.then(begin, ({ message }: Error) => whyNotOpened(message, path).then(end));

  function tellHanging(): void {
    const forMs = now() - startedAt;
    const whose = openingPath(path) ?? path;
    const waiting = whose === path ? "" : `; ${path} is opened when it does`;
    const text = `open() of ${whose} has not returned for ${Math.round(forMs / 1000)} s: the USB hub or the driver hangs${waiting}`;
    openingLimit = setTimeout(tellHanging, Math.min(forMs, toldAgainMaxMs));
    emit({ kind: "opening_hangs", text });
  }

  function begin(port: OpenPort): void {
    clearTimeout(openingLimit);
    if (cause !== undefined) return;
    const io = createPortIo(port.tty);
    open = { port, io, canonical: createCanonicalMode(canonicalOptions(port, io)) };
    emit({ kind: "up" });
    io.read({ onBytes: take, onFailed: (error) => end(transferFault(error.message, path)) });
    if (live.dtr !== options.dtr || live.rts !== options.rts) setLines(port);
    void port.guard.apply(live.hupcl);
  }

  function canonicalOptions({ guard, hasStty }: OpenPort, io: PortIo): CanonicalModeOptions {
    return {
      path,
      format: options,
      // With flow control stty may have to wait for the peer. Longer lines than the kernel gathers have to be read as they come.
      isPossible: () =>
        hasStty && live.lineEnd === "lf" && live.lineBytesMax < gatheredBytesMax && !options.rtscts && !options.xonxoff,
      setModes: (modes) => guard.setModes(modes),
      readRest: () => io.readRest(),
      onOverflow: () =>
        note(
          `${path}: a line without its end may have filled the kernel's buffer: what it has beyond ${gatheredBytesMax} bytes is not counted`,
        ),
      onStuck: () => end({ kind: "io_error", message: `${path} failed: stty could not end the tty's canonical mode` }),
    };
  }

  function onCut(event: LineEvent): void {
    open?.canonical.cut(event);
    emit(event);
  }

  function take(bytes: Buffer): void {
    open?.canonical.came(bytes);
    reader.push(bytes);
    isBetweenLines = bytes.at(-1) === lineEnds[live.lineEnd];
    if (isReaderDue && isBetweenLines) takeLimit();
  }

  /** A reader with another limit takes its first line for a whole one, so it begins where one begins. */
  function takeLimit(): void {
    isReaderDue = !isBetweenLines;
    if (isReaderDue) return;
    reader = createLineReader(live, onCut);
    reader.beforeWrite();
  }

  function setLines({ tty }: OpenPort): void {
    void setModemLines(tty, { path, dtr: live.dtr, rts: live.rts }, note);
  }

  function end(reason: LinkEnd): void {
    if (cause !== undefined) return;
    cause = reason;
    clearTimeout(openingLimit);
    clearTimeout(closing?.timer);
    open?.io.stop();
    open?.canonical.stop();
    const closeLimit = setTimeout(goDown, closeLimitMs, reason);
    // Bytes that the peer holds up would keep close(2) waiting for it, up to 30 s (closing_wait in setserial(8)). All else
    // that the driver still has is on its way, and may be the middle of a command.
    const flush = reason.kind !== "closed" || wire.mayBeHeld();
    // An opening that comes late is released late; one that failed has nothing to release.
    void opening
      .then(
        (port) => port.release({ flush }),
        () => {},
      )
      .then(() => {
        clearTimeout(closeLimit);
        goDown(reason);
      });
  }

  function goDown(reason: LinkEnd): void {
    if (isDown) return;
    isDown = true;
    reader.end(reason.kind === "closed");
    emit({ kind: "down", cause: reason });
  }

  /** What the kernel has gathered of a half line is read first, and the next program finds the port as we had opened it. */
  async function closeRaw(becomingRaw: Promise<boolean>): Promise<void> {
    const isRaw = await Promise.race([becomingRaw, setTimer(rawLimitMs, false, { ref: false })]);
    if (cause !== undefined) return;
    if (!isRaw)
      note(
        `${path} is closed in canonical mode: stty has not ended it; half a line that the kernel may hold is lost, and not counted`,
      );
    endWhenDry();
  }

  /** Ends the link when the wire is dry, or has had its time. */
  function endWhenDry(): void {
    const by = closing?.by ?? now() + wire.leftMs(now());
    clearTimeout(closing?.timer);
    const waitMs = Math.min(wire.leftMs(now()), by - now());
    const close = () => end({ kind: "closed", message: `${path} was closed` });
    if (waitMs <= 0) close();
    else {
      if (closing === undefined) queueMicrotask(() => emit({ kind: "closing" }));
      closing = { by, timer: setTimeout(close, waitMs) };
    }
  }

  /** What was lost between the bytes before and after it may have been a line end: half a line is none. */
  function startReaderAnew(): void {
    reader.end();
    reader = createLineReader(live, onCut);
    isBetweenLines = false;
    isReaderDue = false;
  }

  function hand(io: PortIo, bytes: Buffer): Promise<void> {
    wire.begun(bytes.length);
    return io.write(bytes);
  }

  /** Ends without a write where the link has ended while the driver was flushed. */
  async function discardAndHand({ port, io }: NonNullable<typeof open>, bytes: Buffer): Promise<void> {
    await port.tty.flush();
    if (cause !== undefined) return;
    wire.flushed();
    startReaderAnew();
    await hand(io, bytes);
  }

  function onTaken(): void {
    isWriting = false;
    if (cause !== undefined) return;
    wire.taken(now());
    if (closing !== undefined) endWhenDry();
    emit(written);
  }

  function onRefused(error: Error): void {
    end(transferFault(error.message, path));
  }

  return {
    write(bytes, how) {
      if (cause !== undefined || isClosing) return;
      if (open === undefined) throw new Error("a write before the link is up");
      if (isWriting) throw new Error("a write while another one is under way");
      isWriting = true;
      const discardsUnsent = how?.discardsUnsent === true;
      if (!discardsUnsent) reader.beforeWrite();
      void (discardsUnsent ? discardAndHand(open, bytes) : hand(open.io, bytes)).then(onTaken, onRefused);
    },
    adjust(next) {
      const before = live;
      live = next;
      if (next.lineEnd !== before.lineEnd) startReaderAnew();
      else if (next.lineBytesMax !== before.lineBytesMax) takeLimit();
      if (open === undefined || cause !== undefined) return;
      if (next.dtr !== before.dtr || next.rts !== before.rts) setLines(open.port);
      if (next.hupcl !== before.hupcl) void open.port.guard.apply(next.hupcl);
    },
    close() {
      if (cause !== undefined || isClosing) return;
      isClosing = true;
      const becomingRaw = open?.canonical.end();
      if (open === undefined) end({ kind: "closed", message: `${path} was closed` });
      else if (becomingRaw === undefined) endWhenDry();
      else void closeRaw(becomingRaw);
    },
  };
}
