import type { Server } from "node:net";
import type { Log } from "./logger.ts";

/** What prevents it is another process, a missing folder or a missing right: a person has to change it. */
const retryMs = 30_000;

export interface SupervisionParts {
  readonly name: string;
  readonly log: Log;
  /** What a person is told where it cannot listen; without it, the system's own words. */
  readonly explain?: (error: NodeJS.ErrnoException) => string;
}

/**
 * Keeps `server` listening. If it cannot, the reason is logged and it is tried again; the daemon works without it meanwhile.
 *
 * @param listen makes it listen; the server's own events tell whether it does
 */
export function superviseServer(
  server: Server,
  listen: () => void | Promise<void>,
  { name, log, explain = ({ message }) => `${name}: ${message}` }: SupervisionParts,
): { close(): Promise<void> } {
  let isClosed = false;
  let timer: NodeJS.Timeout | undefined;
  let starting: void | Promise<void>;
  /** The error that was logged last: the same one every 30 s would fill the log. */
  let said: string | undefined;

  function start(): void {
    if (!isClosed) starting = listen();
  }

  server.on("listening", () => {
    // It does not keep the process alive.
    server.unref();
    if (isClosed) server.close();
    else log.say("info", `${name} listening`, `${name}: listening${portOf(server)}`);
    said = undefined;
  });
  server.on("error", (error) => {
    // A connection that could not be accepted is an error too; the server goes on listening then.
    const text = server.listening
      ? `${name}: ${error.message}`
      : `${explain(error)} (tried again every ${retryMs / 1000} s)`;
    if (error.message !== said) log.say("warn", name, text);
    said = error.message;
    clearTimeout(timer);
    if (!server.listening) timer = setTimeout(start, retryMs).unref();
  });
  start();

  return {
    async close() {
      isClosed = true;
      clearTimeout(timer);
      // A server that begins to listen after this would occupy the address of the next one.
      await starting;
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
    },
  };
}

/** The port, which may be any free one. */
function portOf(server: Server): string {
  const address = server.address();
  return typeof address === "object" && address !== null ? ` on port ${address.port}` : "";
}
