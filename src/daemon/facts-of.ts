import type { Config } from "../config/load.ts";
import { certificatesIn } from "../config/pem.ts";
import type { Facts } from "../observe/metrics/facts.ts";

/** What the metrics say of a gateway that runs in this `version` with this identity. */
export function factsOf({ identity }: Pick<Config["hub"], "identity">, version: string): Facts {
  const { productId, deviceName, auth } = identity;
  const [certificate] = auth.kind === "certificate" ? (certificatesIn(auth.cert) ?? []) : [];
  return {
    version,
    product: productId,
    device: deviceName,
    certificateExpiresAtMs: certificate && Date.parse(certificate.validTo),
  };
}
