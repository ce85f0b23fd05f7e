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
  if (findings.length === 0) return [ok("configuration", "valid", `${file} has no fault`)];
  return findings.map((finding) => {
    const text = formatFinding(finding);
    // A file that is closed to the one who asks may be open to the service. No mere `unknown`: that would be a good
    // verdict, with nothing else looked at either.
    if (!isRoot && finding.found.startsWith("a file that this user may not read"))
      return warning("configuration", "denied", `could not look: ${text}`, `sudo rrpc-gateway doctor --config ${file}`);
    if (finding.severity === "fault") return fault("configuration", "invalid", text, remedyOf(finding, file));
    return warning("configuration", "invalid", text, remedyOf(finding, file));
  });
}

function remedyOf({ expected, found }: ConfigFinding, file: string): string {
  const [, path] = /^mode \d+: (.+)$/.exec(found) ?? [];
  if (path !== undefined) return `chmod 600 ${path}`;
  if (expected.startsWith("the credentials that systemd passes"))
    return "install the unit, so that its LoadCredential= says where the secret is, or set hub.deviceSecretFile";
  return `correct the file, then: rrpc-gateway check --config ${file}`;
}
