import { resolve } from "node:path";
import { boardNames } from "../config/board-names.ts";
import { noSuchBoard } from "../config/no-such-board.ts";
import { type Finding, worstOf } from "../doctor/finding.ts";
import { reportJson } from "../doctor/report.ts";
import type { DoctorInput } from "../doctor/run.ts";
import { runChecks } from "../doctor/run-checks.ts";
import { TextReport } from "../doctor/text-report.ts";
import type { UserIdentity } from "../host/rights.ts";
import type { Unit } from "../host/unit.ts";
import { findUnit } from "../host/units.ts";
import { ownIdentity, unitIdentity, userIdentity } from "../host/users.ts";
import { letProcessEnd } from "../runtime/in-kernel.ts";
import { doctorExitCodes, exitCodes } from "./exit-codes.ts";
import { fail } from "./fail.ts";

export interface DoctorOptions {
  readonly config: string;
  readonly json?: boolean;
  readonly user?: string;
  readonly connect?: boolean;
  /** Of several boards the only one that is looked at. */
  readonly board?: string;
}

/**
 * `rrpc-gateway doctor`: looks at everything that the gateway needs, and says what is wrong and what helps. Exit code 0
 * where nothing is wrong as far as could be seen, 1 for warnings, 2 for faults, 64 for a wrong command line. Where the opening of a port
 * hangs, the report is told in full, and then only a signal ends the process: SIGTERM.
 *
 * With `json` standard output is one object by docs/schemas/doctor.schema.json; notes for people stay on standard error.
 */
export async function doctor(options: DoctorOptions): Promise<number> {
  const { config, json = false, user: name, connect = false, board } = options;
  const configFile = resolve(config);
  // Where the file cannot be read, that is what has to be told.
  const boards = boardNames(configFile);
  if (board !== undefined && boards?.includes(board) === false)
    return fail("doctor", exitCodes.usage, [`--board: ${noSuchBoard(board, boards)}`]);
  const unit = findUnit(configFile);
  const user = identityOf(name, unit);
  if (user === undefined) return fail("doctor", exitCodes.usage, [`--user: there is no user ${name}`]);
  const tell = (note: string) => process.stderr.write(`${note}\n`);
  const report = new TextReport({ isBrief: board === undefined, write: (text) => process.stdout.write(text) });
  const findings = await collect({ configFile, env: process.env, user, unit, connect, board, tell }, (finding) => {
    if (!json) report.add(finding);
  });
  if (json) process.stdout.write(reportJson({ configFile, user: user.name }, findings));
  else report.end();
  const exitCode = doctorExitCodes[worstOf(findings)];
  // A port whose opening hangs would keep the process from its end; a name server that is silent does for a minute at most.
  if (findings.some(({ code }) => code === "no_port")) letProcessEnd(exitCode);
  return exitCode;
}

/** The user asked for; else the one of the unit; else whoever asks. */
function identityOf(name: string | undefined, unit: Unit | undefined): UserIdentity | undefined {
  if (name !== undefined) return userIdentity(name, "--user");
  return unit === undefined ? ownIdentity() : unitIdentity(unit);
}

async function collect(input: DoctorInput, onFinding: (finding: Finding) => void): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for await (const finding of runChecks(input)) {
    findings.push(finding);
    onFinding(finding);
  }
  return findings;
}
