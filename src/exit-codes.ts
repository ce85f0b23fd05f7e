/** Exit codes by sysexits(3), where one fits. */
export const exitCodes = {
  ok: 0,
  /** Something did not turn out as promised: a demo's or a test's verdict. */
  failed: 1,
  /** The command line is wrong. */
  usage: 64,
  /** A bug: the log says where. */
  software: 70,
  /** The configuration is wrong; starting again does not help. */
  config: 78,
} as const;
