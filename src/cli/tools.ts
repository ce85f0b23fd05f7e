import { exitCodes } from "./exit-codes.ts";
import { writeAsciiToTerminals } from "./terminal.ts";

/**
 * Every command but `run`, loaded when it is called. What is built has a file of its own for them, which the daemon
 * never reads: their source is as long as its own, and takes as long to parse.
 */
export const bench: typeof import("./bench.ts").bench = async (...args) => (await import("./bench.ts")).bench(...args);
export const call: typeof import("./call.ts").call = async (...args) => (await import("./call.ts")).call(...args);
export const check: typeof import("./check.ts").check = async (...args) => (await import("./check.ts")).check(...args);
export const demo: typeof import("./demo.ts").demo = async (...args) => (await import("./demo.ts")).demo(...args);
export const doctor: typeof import("./doctor.ts").doctor = async (...args) =>
  (await import("./doctor.ts")).doctor(...args);
export const dump: typeof import("./dump.ts").dump = async (...args) => (await import("./dump.ts")).dump(...args);
export const example: typeof import("./example.ts").example = async (...args) =>
  (await import("./example.ts")).example(...args);
export const hub: typeof import("./hub.ts").hub = async (...args) => (await import("./hub.ts")).hub(...args);
export const mcu: typeof import("./mcu.ts").mcu = async (...args) => (await import("./mcu.ts")).mcu(...args);
export const monitor: typeof import("./monitor.ts").monitor = async (...args) =>
  (await import("./monitor.ts")).monitor(...args);
export const schema: typeof import("./schema.ts").schema = async (...args) =>
  (await import("./schema.ts")).schema(...args);
export const setup: typeof import("./setup.ts").setup = async (...args) => (await import("./setup.ts")).setup(...args);

// Whoever reads may have enough (`rrpc-gateway doctor … | head`): that is an end, and no fault of the program's.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit(exitCodes.ok);
});

writeAsciiToTerminals([process.stdout, process.stderr], process.env);
