/**
 * Where a container engine or Kubernetes, which start the gateway without systemd, ask whether it is well. The socket is always
 * there and needs neither a folder nor a line of the configuration: its name is one of Linux's abstract sockets, made of the
 * configuration's path and the namespace of process ids, which each container has for itself.
 *
 * Whoever connects gets one line of JSON and cannot say anything. The line has what `systemctl status` shows to
 * every user of a machine, and each board's counts and hello: no secret and nothing of a payload.
 */
import { createHash } from "node:crypto";
import { connect, createServer } from "node:net";
import { resolve } from "node:path";
import { pidNamespace } from "../host/pid-namespace.ts";
import { abstractName } from "../runtime/abstract-name.ts";
import type { Log } from "../runtime/logger.ts";
import { visible } from "../runtime/text.ts";
import { readStatus } from "./read-status.ts";
import type { Status } from "./status.ts";

/** `text` says what is wrong, or else the status. That hub, port or MCU are away does not make the gateway unhealthy. */
export interface Health {
  readonly isHealthy: boolean;
  readonly text: string;
  /** Absent where the gateway waits for what it needs for its start. */
  readonly status?: Status;
}

/** A container engine opens one connection at a time; more are no engine. */
const askersMax = 4;

/** An answer takes 100 ms, somewhat more on a busy machine. An event loop that hangs never answers. */
const answerMs = 5000;

/** A status has some 500 bytes for each board, and each reason that has occurred takes 40 more; of 98 boards that is 100 KB. */
const answerBytesMax = 256 * 1024;

/** Undefined where this Node.js has no such names. Without /proc the configuration's path alone tells gateways apart. */
export function healthAddress(configFile: string): string | undefined {
  const hash = createHash("sha256").update(JSON.stringify([pidNamespace("self") ?? "", resolve(configFile)]));
  return abstractName(`rrpc-gateway-health-${hash.digest("hex")}`);
}

/** A gateway that waits for another one's end has the name soon after that. */
const retryMs = 5000;

/** Tells every client what `examine` finds, as long as this process lives. */
export function openHealthSocket(configFile: string, examine: () => Promise<Health>, log: Log): void {
  const address = healthAddress(configFile);
  if (address === undefined) return;
  const server = createServer((socket) => {
    const limit = setTimeout(() => socket.destroy(), answerMs).unref();
    socket.on("error", () => socket.destroy()).once("close", () => clearTimeout(limit));
    // What the client says is thrown away.
    socket.resume();
    // It is not waited for: one that kept its end open would take the place of one that asks.
    void examine().then((health) => socket.end(`${JSON.stringify(health)}\n`, () => socket.destroy()));
  });
  let told = "";
  let retry: NodeJS.Timeout | undefined;
  server.maxConnections = askersMax;
  server.on("error", ({ code, message }: NodeJS.ErrnoException) => {
    if (message !== told) {
      // Where two gateways have one device as well, the lock says so and what to do.
      if (code === "EADDRINUSE")
        log.say(
          "info",
          "health",
          "`rrpc-gateway health` asks another process with this configuration until that one ends",
        );
      else log.say("warn", "health", `\`rrpc-gateway health\` cannot ask this gateway: ${message}`);
    }
    told = message;
    clearTimeout(retry);
    // A connection that could not be accepted is an error too; the server goes on listening then.
    if (!server.listening) retry = setTimeout(() => server.listen(address), retryMs).unref();
  });
  // It does not keep the process alive.
  server.listen(address).unref();
}

/**
 * What the gateway with this configuration says of itself; undefined where none answers in time. The text has no control
 * characters: another process may have taken the gateway's place, and this is printed on terminals.
 */
export function askHealth(address: string): Promise<Health | undefined> {
  return new Promise((resolve) => {
    const socket = connect(address).setEncoding("utf8");
    let text = "";
    function end(): void {
      clearTimeout(limit);
      socket.destroy();
      resolve(readHealth(text));
    }
    const limit = setTimeout(end, answerMs);
    socket.on("error", end);
    socket.on("end", end);
    socket.on("data", (piece: string) => {
      text += piece;
      if (text.length > answerBytesMax) end();
    });
  });
}

function readHealth(line: string): Health | undefined {
  try {
    const health: unknown = JSON.parse(line);
    if (typeof health !== "object" || health === null || !("isHealthy" in health) || !("text" in health))
      return undefined;
    if (typeof health.isHealthy !== "boolean" || typeof health.text !== "string") return undefined;
    const status = "status" in health ? readStatus(health.status) : undefined;
    return { isHealthy: health.isHealthy, text: visible(health.text), ...(status !== undefined && { status }) };
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
