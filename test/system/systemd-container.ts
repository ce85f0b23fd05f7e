import { type ChildProcess, execFile, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import type { Watch } from "../support/watch.ts";

/** Longer than anything takes, an upgrade of three services included. */
const runMsMax = 60_000;

/** Nothing of the host's environment, whose paths do not exist in there. */
const env = { PATH: "/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" };

/** A Debian with systemd as process 1, which has the host's loopback. */
export interface Container {
  /** The root of its file system, seen from here. */
  readonly root: string;
  /** Runs a program in it to its end; what it has written to standard output. Rejects where it fails or hangs. */
  run(...argv: readonly string[]): Promise<string>;
  /** Starts a program in it that stays; it is at home in no unit. Its pid in there is `echo $$`'s of the shell. */
  start(...argv: readonly string[]): ChildProcess;
  /** One property of a unit. */
  show(unit: string, property: string): Promise<string>;
  write(path: string, text: string, mode?: number): void;
  /** The journal's lines since the start, without times and names. */
  readonly journal: readonly string[];
  /** Shuts it down. */
  stop(): Promise<void>;
}

/** A Debian that is made and booted: 12 and 13, each with its own Node.js. */
export type Release = "bookworm" | "trixie";

/**
 * Boots a Debian of its own in `folder`, some 5 s. Trees are made once for `RRPC_TREES`, a folder that a run of several
 * test files names, else in `folder`: 20 s more. Needs root, mmdebstrap and systemd-container.
 */
export async function bootContainer(release: Release, folder: string, watch: Watch): Promise<Container> {
  const root = join(folder, "root");
  const trees = process.env["RRPC_TREES"] ?? folder;
  const makeTree = join(import.meta.dirname, "../support/debian-tree.sh");
  execFileSync(makeTree, ["make", release, trees], { stdio: ["ignore", "ignore", "inherit"] });
  mkdirSync(folder, { recursive: true });
  execFileSync("cp", ["--archive", "--reflink=auto", join(trees, release), root]);
  const options = ["--boot", "--directory", root, "--machine", `rrpc-${release}-${process.pid}`];
  // Not registered: that needs systemd on the host, and where it runs registration adds nothing to what is tested.
  const nspawn = spawn("systemd-nspawn", [...options, "--register=no", "--keep-unit", "--console=pipe"], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  const ended = once(nspawn, "exit");
  const leader = await untilBooted(nspawn, watch);
  const enter = ["--target", leader, "--all", "--"];
  const run = async (...argv: readonly string[]) =>
    (await promisify(execFile)("nsenter", [...enter, ...argv], { env, timeout: runMsMax })).stdout;
  const start = (...argv: readonly string[]) =>
    spawn("nsenter", [...enter, ...argv], { env, stdio: ["ignore", "pipe", "inherit"] });

  const journal: string[] = [];
  const journalctl = start("journalctl", "--follow", "--lines=all", "--output=cat");
  if (journalctl.stdout !== null) {
    createInterface({ input: journalctl.stdout }).on("line", (line) => {
      journal.push(line);
      watch.changed();
    });
  }

  return {
    root,
    run,
    start,
    show: async (unit, property) => (await run("systemctl", "show", "--property", property, "--value", unit)).trim(),
    write(path, text, mode = 0o644) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text, { mode });
    },
    journal,
    async stop() {
      journalctl.kill();
      await run("systemctl", "poweroff", "--force", "--force").catch(() => undefined); // it ends with its machine
      await ended;
    },
  };
}

/** The pid of its process 1, once that has finished its start. Nothing tells of it from outside, so it is asked. */
async function untilBooted(nspawn: ChildProcess, watch: Watch): Promise<string> {
  const asking = setInterval(() => watch.changed(), 100);
  try {
    return await watch.until("a container that has booted", () => {
      const leader = readFileSync(`/proc/${nspawn.pid}/task/${nspawn.pid}/children`, "utf8").trim();
      return leader !== "" && isRunning(leader) ? leader : undefined;
    });
  } finally {
    clearInterval(asking);
  }
}

function isRunning(leader: string): boolean {
  try {
    const argv = ["--target", leader, "--all", "--", "systemctl", "is-system-running"];
    return execFileSync("nsenter", argv, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }) === "running\n";
  } catch {
    // It says so by its exit status while it starts; and is not there at all before.
    return false;
  }
}
