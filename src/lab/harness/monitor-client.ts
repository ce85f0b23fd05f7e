// The gateway's monitor, read as data: one JSON object a line. Shares no code with the gateway.
import { connect, type Socket } from "node:net";

/** What the lab uses of a monitor's lines; other kinds and fields are ignored. */
export type GatewayEvent =
  /** Without the line end for `line_in`. `head`: a line's sigil and id; a hello as a whole. */
  | { readonly kind: "line_out" | "line_in"; readonly byteCount: number; readonly head?: string }
  | { readonly kind: "report"; readonly report: GatewayReport }
  /** So many events are missing here, because they were not read fast enough. */
  | { readonly kind: "lost"; readonly count: number };

/** What the lab uses of the gateway's reports. */
export type GatewayReport =
  | {
      readonly kind: "settled";
      readonly processId: string;
      /** "ok", or the reason of the error. */
      readonly outcome: string;
      /** From arrival to settlement. */
      readonly totalMs: number;
      /** From arrival until the command was written to the port; missing if it never was. */
      readonly queueMs?: number | undefined;
    }
  | { readonly kind: "dropped"; readonly name: string }
  | { readonly kind: "bytes_skipped"; readonly skips: readonly { readonly byteCount: number }[] }
  | { readonly kind: "command_resent" | "mcu_hello" | "mcu_restarted" | "mcu_without_hello" };

/** Whether an event happened before the client watched, or while it watches. */
export type EventTime = "past" | "live";

export interface MonitorClient {
  /** Whether it has got what happened before, and gets everything that happens from now on. */
  isReady(): boolean;
  /** Settles when the gateway has closed the connection: no event follows. */
  readonly ended: Promise<void>;
  close(): void;
}

/** The gateway starts to listen within tens of milliseconds after its start; nothing tells of it. */
const retryMs = 20;

/**
 * Connects as soon as the gateway listens at `path`. `onEvent` gets what the flight recorder holds as `past`, everything
 * else as `live`; `onChange` is called after each of them, and when the client is ready.
 */
export function watchGateway(
  path: string,
  onEvent: (event: GatewayEvent, time: EventTime) => void,
  onChange: () => void,
): MonitorClient {
  const sockets = new Set<Socket>();
  let retry: NodeJS.Timeout | undefined;
  let isClosed = false;
  let isReady = false;
  let isWatching = false;
  let onEnded: () => void = () => {};
  const ended = new Promise<void>((resolve) => {
    onEnded = resolve;
  });

  function ask(order: object, onLine: (line: string) => void, onEnd: () => void): void {
    const socket = connect(path);
    sockets.add(socket);
    // Its `close` follows.
    socket.on("error", () => {});
    socket.on("connect", () => socket.write(`${JSON.stringify(order)}\n`));
    let partial = "";
    socket.setEncoding("utf8").on("data", (text: string) => {
      const lines = `${partial}${text}`.split("\n");
      partial = lines.pop() ?? "";
      for (const line of lines) onLine(line);
    });
    socket.on("close", () => {
      sockets.delete(socket);
      onEnd();
    });
  }

  function watch(): void {
    const onLine = (line: string) => {
      // From the first line on nothing is missed; what came before is asked for now.
      if (!isWatching) readPast();
      isWatching = true;
      take(line, "live");
    };
    ask({ want: "watch", withContents: false }, onLine, () => {
      if (isWatching || isClosed) onEnded();
      else retry = setTimeout(watch, retryMs);
    });
  }

  function readPast(): void {
    ask(
      { want: "dump" },
      (line) => take(line, "past"),
      () => {
        isReady = true;
        onChange();
      },
    );
  }

  function take(line: string, time: EventTime): void {
    onEvent(JSON.parse(line) as GatewayEvent, time);
    onChange();
  }

  watch();
  return {
    isReady: () => isReady,
    ended,
    close() {
      isClosed = true;
      clearTimeout(retry);
      onEnded();
      for (const socket of sockets) socket.destroy();
    },
  };
}
