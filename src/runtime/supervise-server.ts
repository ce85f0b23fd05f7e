import type { Server } from "node:net";
import type { Log } from "./logger.ts";

/** What stands against it is another process, a missing folder or a right: something that a person changes. */
const retryMs = 30_000;

/**
 * Keeps `server` listening: what stands against it is logged, and it is tried again; the daemon does without meanwhile.
 *
 * @param listen makes it listen; that it does, or cannot, is told by the server's own events.
 */
export function superviseServer(
  server: Server,
  listen: () => void | Promise<void>,
  { name, log }: { readonly name: string; readonly log: Log },
): { close(): Promise<void> } {
  let isClosed = false;
  let timer: NodeJS.Timeout | undefined;
  let starting: void | Promise<void>;
  /** What was said last: the same every 30 s would fill the log. */
  let said: string | undefined;

  function start(): void {
    if (!isClosed) starting = listen();
  }

  server.on("listening", () => {
    // Not what the process lives for.
    server.unref();
    if (isClosed) server.close();
    else log.say("info", `${name} listening`, `${name}: listening${portOf(server)}`);
    said = undefined;
  });
  server.on("error", (error) => {
    if (error.message !== said) {
      log.say("warn", name, `${name}: ${error.message} (tried again every ${retryMs / 1000} s)`);
    }
    said = error.message;
    timer = setTimeout(start, retryMs).unref();
  });
  start();

  return {
    async close() {
      isClosed = true;
      clearTimeout(timer);
      // What comes to listen after this would be in the way of whoever listens there next.
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
