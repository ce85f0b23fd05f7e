import { resolve } from "node:path";
import { type Finding, worstOf } from "../doctor/finding.ts";
import { findingText, reportJson, verdictText } from "../doctor/report.ts";
import { type DoctorInput, runChecks } from "../doctor/run-checks.ts";
import type { UserIdentity } from "../host/rights.ts";
import type { Unit } from "../host/unit.ts";
import { findUnit } from "../host/units.ts";
import { ownIdentity, unitIdentity, userIdentity } from "../host/users.ts";
import { doctorExitCodes, exitCodes } from "./exit-codes.ts";
import { fail } from "./fail.ts";

export interface DoctorOptions {
  readonly config: string;
  readonly json?: boolean;
  readonly user?: string;
  readonly connect?: boolean;
}

/**
 * `rrpc-gateway doctor`: looks at everything that the gateway needs, and says what is wrong and what helps. Exit code 0
 * where nothing is wrong as far as could be seen, 1 for warnings, 2 for faults, 64 for a wrong command line.
 *
 * With `json` standard output is one object by docs/schemas/doctor.schema.json; notes for people stay on standard error.
 */
export async function doctor({ config, json = false, user: name, connect = false }: DoctorOptions): Promise<number> {
  const configFile = resolve(config);
  const unit = findUnit(configFile);
  const user = identityOf(name, unit);
  if (user === undefined) return fail("doctor", exitCodes.usage, [`--user: there is no user ${name}`]);
  const tell = (note: string) => process.stderr.write(`${note}\n`);
  const findings = await collect({ configFile, env: process.env, user, unit, connect, tell }, (finding) => {
    if (!json) process.stdout.write(findingText(finding));
  });
  process.stdout.write(json ? reportJson({ configFile, user: user.name }, findings) : verdictText(findings));
  return doctorExitCodes[worstOf(findings)];
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
