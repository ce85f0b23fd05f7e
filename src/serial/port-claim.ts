import { close, constants, fstat, open } from "node:fs";
import { promisify } from "node:util";
import { isPseudoTerminal } from "../host/pseudo-terminal.ts";
import { hupclIn, runOnDescriptor } from "../host/tty-tools.ts";
import { inKernel } from "../runtime/in-kernel.ts";

/**
 * A descriptor of our own, which makes the port ours before anything of it is set, until after everything is given back.
 *
 * serialport's binding sets the line first and locks it then, so that a second program which it refuses has changed the
 * flow control of the first. So the port is opened by Node.js and locked by flock(1), whose lock belongs to the open file
 * description and outlasts that program, before the binding opens it; and HUPCL is seen, so that it can be given back.
 * That costs one process for each opening, some 5 ms. Nothing cheaper is a lock: between a look at /proc/locks and the
 * binding's own lock another program can come, and two gateways that start with the machine do.
 */
export interface PortClaim {
  /** Of an open file description of its own: nothing is read from it or written to it. */
  readonly fd: number;
  /** False where there is no flock(1): the binding then locks its own descriptor, after it has set the line. */
  readonly isLocked: boolean;
  /** HUPCL before the port was set; undefined where that could not be seen. */
  readonly hadHupcl: boolean | undefined;
  /** A pseudo-terminal outlives its last close here, and so does what is set for it. */
  readonly isPseudoTerminal: boolean;
}

/** What `openFault` takes for a port that is another's, as the binding says it. */
const lockedText = "Cannot lock port";

/** EX_TEMPFAIL of sysexits.h: no exit code of flock or stty. */
const lockedCode = 75;
const unlocked = "unlocked";

/** flock(1) ends with 1 where another has the lock, and sh with 127 where there is no flock. */
const lockAndLook = `flock -xn 3; case $? in 0) ;; 1) exit ${lockedCode} ;; *) echo ${unlocked} ;; esac; exec stty -a <&3`;

const openFile = promisify(open);
const closeFile = promisify(close);
const stat = promisify(fstat);

/**
 * @throws the system's error, or "Cannot lock port"; both are explained by `openFault`
 */
export async function claimPort(path: string): Promise<PortClaim> {
  const flags = constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK;
  const fd = await inKernel(() => openFile(path, flags));
  try {
    const { rdev } = await stat(fd);
    const result = await runOnDescriptor(fd, lockAndLook);
    if (result?.exitCode === lockedCode) throw new Error(lockedText);
    return {
      fd,
      isLocked: result !== undefined && !result.stdout.startsWith(unlocked),
      hadHupcl: hupclIn(result?.stdout ?? ""),
      isPseudoTerminal: isPseudoTerminal(rdev),
    };
  } catch (error) {
    await closeFile(fd).catch(() => {});
    throw error;
  }
}

/** Releases the lock. The last close, which hangs up a line with HUPCL. */
export async function releaseClaim({ fd }: PortClaim): Promise<void> {
  await inKernel(() => closeFile(fd)).catch(() => {});
}
