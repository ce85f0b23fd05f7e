import { type Finding as ConfigFinding, formatFinding } from "../../config/findings.ts";
import { type Finding, fault, ok, warning } from "../finding.ts";

/** What loading the configuration found, good or bad. */
export interface ConfigurationFacts {
  readonly file: string;
  readonly findings: readonly ConfigFinding[];
  readonly isRoot: boolean;
}

/** The findings of `rrpc-gateway check`, each as one of ours; or that there are none. */
export function checkConfiguration({ file, findings, isRoot }: ConfigurationFacts): readonly Finding[] {
  if (findings.length === 0) return [ok("configuration", "valid", `${file} is valid`)];
  return findings.map((one) => {
    const { line, column, path } = one;
    return { ...findingOf(one, file, isRoot), place: { line, column, path: path === "" ? undefined : path } };
  });
}

function findingOf(one: ConfigFinding, file: string, isRoot: boolean): Finding {
  const { code, severity } = one;
  const text = formatFinding(one);
  // A file that this user may not read may be readable to the service. Not `unknown`: then the whole result would be good,
  // although nothing else was checked.
  if (!isRoot && code === "denied")
    return warning(
      "configuration",
      code,
      `not readable by this user: ${text}`,
      `sudo rrpc-gateway doctor --config ${file}`,
    );
  const finding = severity === "fault" ? fault : warning;
  return finding("configuration", code, text, remedyFor(one, file));
}

function remedyFor({ code, namedFile }: ConfigFinding, file: string): string {
  switch (code) {
    case "insecure_file":
      return namedFile === undefined ? `chmod o-w ${file}` : `chmod 600 ${namedFile}`;
    case "no_credentials":
      return "install the unit, so that its LoadCredential= says where the secret is, or set hub.deviceSecretFile";
    case "invalid":
    case "unreadable":
    case "denied":
      return `correct the file, then: rrpc-gateway check --config ${file}`;
    default:
      return code satisfies never;
  }
}
