import { type ChildProcess, spawn } from "node:child_process";
import { constants } from "node:os";
import { localSocket } from "../config/local-socket.ts";
import { nameProcess } from "../host/processes.ts";
import { type Conversation, converse } from "../observe/conversation.ts";
import { type Released, type ReleaseOver, releaseMsMax } from "../observe/socket-protocol.ts";
import { misuseCode } from "./conversation-exit.ts";
import { exitCodes } from "./exit-codes.ts";
import { fail } from "./fail.ts";
import { OptionReader } from "./option-reader.ts";

export interface ReleaseOptions {
  readonly config: string;
  readonly board?: string;
  /** Such as 10m. */
  readonly for: string;
}

/** A command whose time is over is asked to end, and ended. The gateway waits for 10 s. */
const killAfterMs = 5000;

const withoutGateway = "the command goes on, and a gateway that starts meanwhile will open the port";

/** What has happened, and what that is for a command that runs. */
const overTexts: Readonly<Record<ReleaseOver["why"], readonly [event: string, command: string]>> = {
  time: ["the time is over", "the command is ended, and the gateway takes the port back"],
  given_back: ["the gateway has taken the port back", "the command goes on without it"],
  removed: ["the gateway no longer has this board", "the command goes on, and keeps the port"],
  stopping: ["the gateway stops", withoutGateway],
};

/**
 * `rrpc-gateway release -- COMMAND …`: the gateway gives the board's port away for as long as the command runs. The exit code is
 * the command's own; 128 and the signal's number if a signal has ended it.
 */
export async function release(command: readonly string[], options: ReleaseOptions): Promise<number> {
  const reader = new OptionReader();
  const forMs = reader.duration("--for", options.for, releaseMsMax);
  if (reader.problems.length > 0) return fail("release", exitCodes.usage, reader.problems);
  const found = localSocket(options.config, "control");
  if (found.kind === "none") return fail("release", exitCodes.config, [found.why]);
  // For the gateway's log.
  nameProcess("rrpc-gateway");
  let running: Promise<number> | undefined;
  let child: ChildProcess | undefined;
  /** The gateway has said why it ends the connection. */
  let isEndTold = false;
  const conversation = converse(found.socket, (message) => {
    if (message.kind === "released") [child, running] = start(command, message, conversation);
    else if (message.kind === "release_over") {
      isEndTold = message.why === "given_back" || message.why === "stopping";
      over(message, child);
    }
  });
  conversation.send({ want: "release", forMs, ...(options.board !== undefined && { board: options.board }) });
  const isGranted = new Promise<undefined>((resolve) =>
    conversation.socket.on("data", () => child && resolve(undefined)),
  );
  const end = await Promise.race([conversation.ended, isGranted]);
  if (running === undefined) {
    const text = end === undefined || end.kind === "closed" ? "the gateway has not given the port" : end.text;
    return fail("release", misuseCode(end) ?? exitCodes.unavailable, [text]);
  }
  void conversation.ended.then(({ kind }) => {
    if (kind === "lost" && !isEndTold)
      fail("release", exitCodes.unavailable, [`the gateway is gone: ${withoutGateway}`]);
  });
  const exitCode = await running;
  // What a command has started may outlive it if we have ended it, and it may use the port.
  if (child?.killed === true) conversation.leave();
  else conversation.close();
  return exitCode;
}

/** The command has the port's path in its environment, and the connection as descriptor 3: if this program is killed, the port stays its own. */
function start(
  [program = "", ...args]: readonly string[],
  { board, path, baudRate }: Released,
  { socket }: Conversation,
): [ChildProcess, Promise<number>] {
  const env = { ...process.env, RRPC_BOARD: board, RRPC_SERIAL_PATH: path, RRPC_BAUD_RATE: String(baudRate) };
  const child = spawn(program, args, { env, stdio: ["inherit", "inherit", "inherit", socket] });
  // Node.js pauses what it hands to a child.
  socket.resume();
  // Ctrl-C goes to the command as well, which decides; whoever ends this program means the command.
  process.on("SIGINT", () => {});
  process.on("SIGTERM", () => child.kill("SIGTERM"));
  const ended = new Promise<number>((resolve) => {
    child.once("error", (error) =>
      resolve(fail("release", exitCodes.unavailable, [`${program} cannot be started: ${whyNot(error)}`])),
    );
    child.once("exit", (code, signal) => resolve(code ?? 128 + (constants.signals[signal ?? "SIGKILL"] ?? 0)));
  });
  return [child, ended];
}

function whyNot({ code, message }: NodeJS.ErrnoException): string {
  switch (code) {
    case "ENOENT":
      return "there is no such command here";
    case "EACCES":
      return "this user may not run it";
    default:
      return message;
  }
}

function over({ why }: ReleaseOver, child: ChildProcess | undefined): void {
  const [event, command] = overTexts[why];
  fail("release", exitCodes.unavailable, [child === undefined ? event : `${event}: ${command}`]);
  if (why !== "time" || child === undefined) return;
  child.kill("SIGTERM");
  setTimeout(() => child.kill("SIGKILL"), killAfterMs).unref();
}
