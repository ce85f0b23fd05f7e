/** Exit codes of all commands, by sysexits(3) where one fits. */
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
  /** SIGINT has ended it, as shells have it: 128 and the signal's number. */
  interrupted: 130,
} as const;

/** The worst that `doctor` has found, for scripts. */
export const doctorExitCodes = { ok: 0, warning: 1, fault: 2 } as const;

/** What a script may decide by after `call`: whether calling again is safe. */
export const callExitCodes = { answered: 0, notExecuted: 1, perhapsExecuted: 2 } as const;
