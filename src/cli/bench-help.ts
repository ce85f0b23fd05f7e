// What the help of `rrpc-gateway bench` ends with; in a file of its own, so that the command line is made without the rest.
import { exitCodes } from "./exit-codes.ts";

/** The end of the help: what is sent to the board, and what the exit status says. */
export const benchHelp = `
The bench sends the three commands above, each many times, and lines that are
not commands: noise, malformed, damaged and overlong ones. A faulty board may
take one of these for a command and carry it out: disconnect motors and loads.

Exit status:
  ${exitCodes.ok}   PASS: no deviations found
  ${exitCodes.failed}   a rule is broken, or a request was not answered correctly
  ${exitCodes.usage}  the command line is wrong
  ${exitCodes.unavailable}  the port is not available, or failed
  ${exitCodes.cannotCreate}  a report cannot be written`;
