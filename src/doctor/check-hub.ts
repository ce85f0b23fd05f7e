import type { Config } from "../config/load.ts";
import { endpointUrl, hasCertificate } from "../mqtt/endpoint.ts";
import {
  checkAddress,
  checkBareConnection,
  checkCertificate,
  checkConnection,
  checkPreSharedKey,
  checkSession,
} from "./checks/hub.ts";
import {
  addressFacts,
  certificateFacts,
  connectToEach,
  hubTarget,
  preSharedKeyFacts,
  trySession,
} from "./facts/hub.ts";
import { type Finding, unknown } from "./finding.ts";
import { type DoctorRun, notTried } from "./run.ts";

const sessionIds = ["hub.connack", "hub.suback"] as const;

/** The way to the hub, step by step; a step that fails leaves out those behind it. */
export async function* checkHub({ gateway, connect, unit, tell }: DoctorRun, { hub }: Config): AsyncGenerator<Finding> {
  const target = hubTarget(hub);
  const { endpoint } = target;
  const address = await addressFacts(target);
  yield checkAddress(endpoint, address);
  if (address.kind === "failed")
    return yield* notTried("the hub's name has no address", "hub.tcp", "hub.tls", ...sessionIds);
  const connection = await connectToEach(target, address.addresses);
  yield checkConnection(endpoint, connection);
  if (connection.kind === "failed") return yield* notTried("there is no connection", "hub.tls", ...sessionIds);
  let mute: readonly string[] = [];
  if (hasCertificate(endpoint.transport)) {
    const certificate = await certificateFacts(target, connection.connected);
    yield checkCertificate(endpoint, certificate, Date.now());
    if (certificate.kind === "failed" || certificate.end !== undefined)
      return yield* notTried("the connection is not safe", ...sessionIds);
    mute = certificate.passedOver;
  } else if (endpoint.transport === "psk") {
    const agreed = await preSharedKeyFacts(target, connection.connected);
    yield checkPreSharedKey(agreed);
    if (agreed.kind === "failed") return yield* notTried("the connection is not safe", ...sessionIds);
    mute = agreed.passedOver;
  } else yield checkBareConnection(endpoint);
  if (gateway !== undefined && !connect) {
    const why = `our own gateway (process ${gateway.pid}) would lose its session; use --connect to try anyway`;
    const help = unit === undefined ? undefined : `systemctl status ${unit.name} shows how its session is`;
    for (const id of sessionIds) yield unknown(id, "not_tried", `not tried: ${why}`, help);
    return;
  }
  const { productId, deviceName } = hub.identity;
  const elsewhere = gateway === undefined ? "a gateway elsewhere" : "our own gateway";
  tell(
    `connecting to ${endpointUrl(endpoint)} as ${productId}/${deviceName}: ${elsewhere} with this identity loses its session for a moment`,
  );
  yield* checkSession(await trySession(target, connection.connected, mute));
}
