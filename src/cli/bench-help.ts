// What the help of `rrpc-gateway bench` ends with; in a file of its own, so that the command line is made without the rest.
import { exitCodes } from "./exit-codes.ts";

/** The end of the help: what is sent to the board, and what the exit status says. */
export const benchHelp = `
The board is sent the three commands above, each many times, and lines that are
none: garbage, malformed, damaged and overlong ones. A board that takes one of
these for another command than it is will do that: take no load for the trial.

Exit status:
  ${exitCodes.ok}   PASS: no deviations found
  ${exitCodes.failed}   a rule is broken, or a request was not answered as it should
  ${exitCodes.usage}  the command line is wrong
  ${exitCodes.unavailable}  the port cannot be had, or failed
  ${exitCodes.cannotCreate}  a report cannot be written`;
