import { type Finding, ok, unknown, warning } from "../finding.ts";

/** What the running service was given of a credential, and what its file says now. */
export interface CredentialFacts {
  readonly unit: string;
  /** The file that LoadCredential= names. */
  readonly source: string;
  /** Undefined where one of them cannot be read: both are root's. */
  readonly isSame: boolean | undefined;
}

/** systemd copies a credential when the service starts; neither a new file nor a reload changes the copy. */
export function checkCredential({ unit, source, isSame }: CredentialFacts): Finding {
  const id = "secret.copy";
  switch (isSame) {
    case undefined:
      return unknown(
        id,
        "not_seen",
        `could not look: ${source} and systemd's copy of it are root's`,
        "the same command as root (sudo)",
      );
    case true:
      return ok(id, "same", `${unit} has what is in ${source} now`);
    case false:
      return warning(
        id,
        "outdated",
        `${source} is another one than ${unit} was given at its start, and a reload does not change that`,
        `sudo systemctl restart ${unit}`,
      );
    default:
      return isSame satisfies never;
  }
}
