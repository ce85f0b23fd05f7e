import { createLineReader, type LineReaderEvent } from "./line-reader.ts";
import { type OpenPort, openPort, type PortOptions, releasePort } from "./open-port.ts";
import { type LinkEnd, openFault, transferFault } from "./port-fault.ts";
import { createPortIo, type PortIo } from "./port-io.ts";
import { createPortWorld } from "./port-world.ts";

/** What happens on a link, never within a call of its functions. */
export type LinkEvent =
  /** Open, flushed and ready for the first write. */
  | { readonly kind: "up" }
  | LineReaderEvent
  /** Something the operator should know; the link goes on. */
  | { readonly kind: "note"; readonly text: string }
  /** The kernel has taken every byte of the write. */
  | { readonly kind: "written" }
  /** Exactly once, and last. The port is closed, unless its driver does not let go of it. */
  | { readonly kind: "down"; readonly cause: LinkEnd };

/** One opening of the serial port: created, perhaps up, ended once; then replaced. */
export interface Link {
  /**
   * Writes a line. `written` follows, unless the peer stalls: how long to wait for it is the caller's to decide.
   * Only when up, and one at a time; anything else is a bug and throws. On a link that is ending it does nothing.
   */
  write(bytes: Buffer): void;
  /** Ends the link, also one that is still opening or writing: `down` follows within 2 s. Again: does nothing. */
  close(): void;
}

export interface LinkOptions extends PortOptions {
  /** The longest line from the MCU that is taken, LF included. */
  readonly lineBytesMax: number;
}

/**
 * A USB device that does not answer holds each control transfer up for 5 s (USB_CTRL_SET_TIMEOUT), and opening takes
 * two or three.
 */
const openLimitMs = 15_000;

/** How long closing waits for the driver. It may hang in there; nobody hangs with it. */
const closeLimitMs = 1_500;

/** Opens the port of `options`. Everything that comes of it, failure too, comes as an event. */
export function openLink(options: LinkOptions, emit: (event: LinkEvent) => void): Link {
  const { path } = options;
  const reader = createLineReader(options.lineBytesMax, emit);
  let io: PortIo | undefined;
  let isWriting = false;
  let cause: LinkEnd | undefined;
  let isDown = false;

  const opening = openPort(options, (text) => {
    if (!isDown) emit({ kind: "note", text });
  });
  const openLimit = setTimeout(() => {
    end({ kind: "io_error", message: `${path} did not open within ${openLimitMs} ms` });
  }, openLimitMs);
  // What a listener throws is a bug: it goes past these handlers and ends the process.
  void opening.then(begin, (error: Error) => end(openFault(error.message, path, createPortWorld())));

  function begin(port: OpenPort): void {
    clearTimeout(openLimit);
    if (cause !== undefined) return;
    io = createPortIo(port);
    emit({ kind: "up" });
    io.read({ onBytes: reader.push, onFailed: (error) => end(transferFault(error.message, path)) });
  }

  function end(reason: LinkEnd): void {
    if (cause !== undefined) return;
    cause = reason;
    clearTimeout(openLimit);
    io?.stop();
    const closeLimit = setTimeout(goDown, closeLimitMs, reason);
    // An opening that comes late is released late; one that failed has nothing to release.
    void opening
      .then(releasePort, () => {})
      .then(() => {
        clearTimeout(closeLimit);
        goDown(reason);
      });
  }

  function goDown(reason: LinkEnd): void {
    if (isDown) return;
    isDown = true;
    reader.end();
    emit({ kind: "down", cause: reason });
  }

  return {
    write(bytes) {
      if (cause !== undefined) return;
      if (io === undefined) throw new Error("a write before the link is up");
      if (isWriting) throw new Error("a write while another one is under way");
      isWriting = true;
      reader.beforeWrite();
      void io.write(bytes).then(
        () => {
          isWriting = false;
          if (!isDown) emit({ kind: "written" });
        },
        (error: Error) => end(transferFault(error.message, path)),
      );
    },
    close() {
      end({ kind: "closed", message: `${path} was closed` });
    },
  };
}
