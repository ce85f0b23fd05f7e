import type { ProbeResult } from "./probe-result.ts";
import type { ReopeningRung } from "./recovery.ts";
import type { Report } from "./report.ts";

/** What the core asks for. */
export type Output =
  | { readonly kind: "publish"; readonly processId: string; readonly payload: Buffer }
  /** To a request from this machine: the reply as it is, or the error. Nothing of it goes to the hub. */
  | { readonly kind: "answer"; readonly processId: string; readonly payload: Buffer }
  | { readonly kind: "publish_event"; readonly name: string; readonly payload: Buffer }
  /** At most one at a time: the next follows `written`. `discardsUnsent`: what the driver still holds is thrown away first; `bytes` may be empty then. */
  | { readonly kind: "write"; readonly bytes: Buffer; readonly discardsUnsent: boolean }
  /** Close the link; it is opened anew, by `pulse` or `command` with what the rung says. Or `link_kept` follows. */
  | { readonly kind: "reopen"; readonly rung: ReopeningRung }
  /** To all who have asked for a probe since the last one. */
  | { readonly kind: "probed"; readonly result: ProbeResult }
  | { readonly kind: "report"; readonly report: Report }
  /** After `drain`: nothing is open any more. */
  | { readonly kind: "drained" };
