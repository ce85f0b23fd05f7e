/** Exit codes by sysexits(3), where one fits. */
export const exitCodes = {
  ok: 0,
  /** Something did not turn out as promised: a demo's or a test's verdict. */
  failed: 1,
  /** The command line is wrong. */
  usage: 64,
  /** A file that was named does not hold what it should. */
  dataError: 65,
  /** A file that was named cannot be read. */
  noInput: 66,
  /** A port, an address or a program that is needed cannot be had, or the device's identity: it may be free later. */
  unavailable: 69,
  /** A bug, and the log says where; or a stop that hung. */
  software: 70,
  /** A file cannot be made. */
  cannotCreate: 73,
  /** What the configuration names is not there yet, and comes only with a new start. */
  temporaryFailure: 75,
  /** More rights are needed. */
  noPermission: 77,
  /** The configuration is wrong; starting again does not help. */
  config: 78,
} as const;
