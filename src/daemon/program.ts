import type { Finding } from "../config/findings.ts";

/** What came of reading the configuration again. */
export type ReloadEnd =
  /** `text`: what has changed. */
  | { readonly kind: "taken"; readonly text: string }
  | { readonly kind: "refused"; readonly findings: readonly Finding[] }
  /** Another gateway at this machine serves the new configuration's device. */
  | { readonly kind: "held" };

/** The program around the daemon, which knows the file and the command line. */
export interface Program {
  /** Reads the configuration again, and has the daemon take it. @param by who asks for it, for the log */
  reload(by: "SIGHUP" | "remote"): Promise<ReloadEnd>;
  /** Starts the doctor of the same program for the same file. */
  readonly doctorCommand: readonly string[];
}
