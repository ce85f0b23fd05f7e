// What the help of `rrpc-gateway call` ends with; in a file of its own, so that the command line is made without the rest.
import { exitCodes } from "./exit-codes.ts";

/** What a script may decide by: whether calling again is safe. */
export const callExitCodes = { answered: 0, notExecuted: 1, perhapsExecuted: 2 } as const;

/** The end of the help: what the exit status says. */
export const callHelp = `
Exit status:
  ${callExitCodes.answered}   the device answered; its reply is on stdout
  ${callExitCodes.notExecuted}   an error, and the command was not carried out: calling again is safe
  ${callExitCodes.perhapsExecuted}   an error, and the command may have been carried out
  ${exitCodes.usage}  the command line, the environment or the file with the key is wrong

The key: TENCENTCLOUD_SECRET_ID and TENCENTCLOUD_SECRET_KEY with --cloud,
RRPC_HUB_SECRET_ID and RRPC_HUB_SECRET_KEY without it (a simulated hub that was
started with them checks signatures). Use a key of a user who may only call
iotcloud:PublishRRPCMessage.`;
