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
        `not visible: only root may read ${source} and systemd's copy of it`,
        "the same command as root (sudo)",
      );
    case true:
      return ok(id, "same", `${unit} has the present content of ${source}`);
    case false:
      return warning(
        id,
        "outdated",
        `${source} has changed since ${unit} started, and a reload does not pass it on`,
        `sudo systemctl restart ${unit}`,
      );
    default:
      return isSame satisfies never;
  }
}
