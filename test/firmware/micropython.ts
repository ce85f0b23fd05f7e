/**
 * Debian's MicroPython, and the example for it behind a pseudo-terminal. Debian 12 has no MicroPython: where none is installed, that of
 * Debian 13 is unpacked with the libraries it needs, and started by their own loader. Needs root, mmdebstrap and network then: 3 s, 16 MB.
 */
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openPty } from "../../src/lab/mcu/pty.ts";
import type { BoardProcess } from "./bench.ts";
import { buildOfLibrary } from "./build.ts";

const library = new URL("../../deploy/firmware", import.meta.url).pathname;

/** Without updates: nothing here depends on them. */
const source = "deb http://deb.debian.org/debian trixie main";

/** The command that starts MicroPython, for arguments to follow. */
export function micropythonCommand(): readonly [string, ...string[]] {
  if (spawnSync("micropython", ["-h"]).error === undefined) return ["micropython"];
  const tree = join(process.env["RRPC_TREES"] ?? tmpdir(), "micropython-of-trixie");
  if (!existsSync(tree)) unpack(tree);
  const usr = join(tree, "usr");
  const [triplet] = execFileSync("ls", [join(usr, "lib")], { encoding: "utf8" }).match(/^.*-linux-gnu.*$/m) ?? [""];
  const libraries = join(usr, "lib", triplet);
  const [loader = ""] = execFileSync("sh", ["-c", `ls ${libraries}/ld-linux*.so.*`], { encoding: "utf8" }).split("\n");
  return [loader, "--library-path", libraries, join(usr, "bin/micropython")];
}

function unpack(tree: string): void {
  const made = `${tree}.${process.pid}`;
  mkdirSync(join(tree, ".."), { recursive: true });
  execFileSync("mmdebstrap", ["--quiet", "--variant=extract", "--include=micropython", "trixie", made, source], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  try {
    renameSync(made, tree);
  } catch (error) {
    // Another test file was faster.
    if (!existsSync(tree)) throw error;
    rmSync(made, { recursive: true });
  }
}

/** What the unit tests of the module print; throws where one fails. */
export function testMicropythonModule(): string {
  const [file, ...args] = micropythonCommand();
  const pages = ["line-protocol.md", "firmware.md"].map((page) => join(library, "../../docs", page));
  return execFileSync(file, [...args, join(library, "test/test_rrpc.py"), ...pages], {
    encoding: "utf8",
    env: { ...process.env, MICROPYPATH: join(library, "micropython") },
  });
}

/** What the C library and the module do with a story, step by step; the C library's sizes are those of its Makefile. */
export function replayInBoth(story: string, crc: boolean): { readonly c: string[]; readonly micropython: string[] } {
  const [file, ...args] = micropythonCommand();
  const sizes = ["96", "2", "4", "32", crc ? "1" : "0"];
  const lines = (program: string, ...programArgs: readonly string[]) =>
    execFileSync(program, programArgs, {
      input: story,
      encoding: "utf8",
      maxBuffer: 64 * 1024 * 1024,
      env: { ...process.env, MICROPYPATH: join(library, "micropython") },
    }).split("\n");
  return {
    c: lines(buildOfLibrary(`replay-${crc ? 1 : 0}`)),
    micropython: lines(file, ...args, join(library, "test/replay.py"), ...sizes),
  };
}

export interface MicropythonBoard extends BoardProcess {
  stop(): Promise<void>;
}

/** Starts the example; settles when its tty can be opened. */
export async function startMicropythonBoard(window: number): Promise<MicropythonBoard> {
  const [file, ...args] = micropythonCommand();
  const board = spawn(file, [...args, join(library, "micropython/stdio.py"), `${window}`], {
    stdio: ["pipe", "pipe", "inherit"],
    env: { ...process.env, MICROPYPATH: join(library, "micropython") },
  });
  const exited = once(board, "exit");
  const pty = await openPty({ onBytes: (bytes) => board.stdin.write(bytes) });
  board.stdout.on("data", (bytes: Buffer) => pty.write(bytes));
  return {
    tty: pty.path,
    pid: board.pid ?? -1,
    async stop() {
      board.stdin.end();
      await exited;
      await pty.close();
    },
  };
}
