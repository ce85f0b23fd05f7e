import { createRequire } from "node:module";
import { setFlagsFromString } from "node:v8";

/** What the daemon needs of Node.js itself; `cluster` is needed by each server that listens. A test says if one is missing. */
const ownModules = [
  "child_process",
  "cluster",
  "crypto",
  "dns",
  "dns/promises",
  "net",
  "os",
  "perf_hooks",
  "process",
  "timers/promises",
  "tls",
] as const;

/**
 * V8 as a program wants it that runs for months and does little, where V8 expects one that soon ends and does much.
 *
 * - The heap's young part stays as small as it begins, at 1 MiB instead of up to 16, and one thread clears it: so little
 *   is done before a second one has begun. The old part may double, where V8 would at first let it become four times
 *   as large on a machine with much memory, and is cleared when a fifth of that growth is used, so after some 2 MiB, or 2000 requests
 *   without a pause, each time for 7 ms of CPU. Measured in 10 000 requests with bursts: at most 60 MiB resident, 61 where it may grow
 *   as V8 likes; in 100 000, where it is cleared at two fifths, 67.
 * - After a while without much garbage V8 collects once to give memory back, not three times. Each takes 10 ms of CPU. Only
 *   where V8 knows that flag, with Node.js 20, and only before the first of these collections can have begun: if the flag
 *   comes between two of them, V8 ends the process (SIGTRAP).
 * - What is called again and again is compiled for good after a quarter of the calls: with a request now and then the
 *   usual number takes hours. Measured over some 2000 requests: 20 % less CPU for each, and 0.2 ms of the median. From
 *   Node.js 22 on V8 counts otherwise, and has one more compiler that comes sooner.
 * - Of what a function calls less is compiled into it, a third of the usual bytecode at most: 0.7 MiB of the peak. Of the CPU it takes some and
 *   adds some, by the load, within the noise.
 *
 * Node's own modules are loaded first: it has them ready-made in a code cache, which V8 refuses as soon as one of its flags is not
 * the default. That is why these are not given on the command line, where they cost 15 ms of each start. But to be called before the
 * daemon's modules are evaluated: what they leave makes V8 double the young part of the heap, which then stays so.
 */
export function tuneV8(): void {
  const load = createRequire("/");
  for (const name of ownModules) load(name);
  for (const flag of v8FlagsFor(process.versions.node, process.uptime() * 1000)) setFlagsFromString(flag);
}

/** V8 waits 8 s after a full collection before it collects to give memory back. */
const reducerIdleMs = 5000;

/** `uptimeMs`: since the start of the process. A flag that V8 does not know makes it complain on standard error. */
export function v8FlagsFor(nodeVersion: string, uptimeMs: number): readonly string[] {
  const flags = [
    "--semi-space-growth-factor=1",
    "--no-parallel-scavenge",
    "--incremental-marking-hard-trigger=18",
    "--heap-growing-percent=100",
  ];
  if (!nodeVersion.startsWith("20.")) return flags;
  const onceOnly = uptimeMs < reducerIdleMs ? ["--memory-reducer-single-gc"] : [];
  return [...flags, "--interrupt-budget=16000", "--max-inlined-bytecode-size-cumulative=300", ...onceOnly];
}
