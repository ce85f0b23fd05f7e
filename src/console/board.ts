import type { Executed } from "../caller/meaning.ts";
import type { Answer, Probed } from "../observe/socket-protocol.ts";
import type { TraceEvent } from "../observe/trace-event.ts";

/** What a console is told of its board: what programs read has the shape of the gateway's sockets, the rest is for people. */
export type ConsoleMessage =
  | TraceEvent
  | Answer
  | Probed
  /** A call or probe that no answer comes to. */
  | { readonly kind: "unanswered"; readonly ref: number; readonly executed: Executed; readonly text: string }
  | { readonly kind: "note"; readonly text: string };

/** Why a console ends that nobody has left. */
export interface ConsoleEnd {
  readonly why: "usage" | "unavailable" | "no_permission";
  readonly text: string;
}

export type Written =
  | { readonly kind: "written"; readonly isCommand: boolean }
  /** Why nothing was. */
  | { readonly kind: "refused"; readonly why: string };

/** One board, through a running gateway or straight at its port. What happens is shown as it comes. */
export interface ConsoleBoard {
  /** Exactly one `answer` or `unanswered` with this `ref` follows. */
  call(payload: Buffer, ref: number): void;
  /** Exactly one `probed` or `unanswered` with this `ref` follows. */
  probe(ref: number): void;
  /**
   * Writes a line, with its checksum if the board wants them, and LF. Where it is a command, exactly one `answer`, under
   * the command's own id, or `unanswered` with this `ref` follows.
   */
  writeLine(line: Buffer, ref: number): Written;
  /** Writes these bytes alone. */
  writeRaw(bytes: Buffer): Written;
  /** Leaves. Resolves when the port is closed, or the connection; then nothing is shown any more. */
  close(): Promise<void>;
  /** Resolves when the board has been met, or has had its time for that; or when its port is not there, and is waited for. */
  readonly ready: Promise<"met" | "not_open">;
  /** Resolves when it cannot go on. */
  readonly ended: Promise<ConsoleEnd>;
}
