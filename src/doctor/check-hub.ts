import type { BoardConfig } from "../config/board-config.ts";
import type { Config } from "../config/load.ts";
import { endpointUrl, hasCertificate } from "../mqtt/endpoint.ts";
import {
  checkAddress,
  checkBareConnection,
  checkCertificate,
  checkConnection,
  checkPreSharedKey,
  checkSession,
  type SessionFacts,
} from "./checks/hub.ts";
import { addressFacts, certificateFacts, connectToEach, hubTarget, preSharedKeyFacts } from "./facts/hub.ts";
import { trySession } from "./facts/session.ts";
import { type Finding, unknown } from "./finding.ts";
import { asksGateway, type DoctorRun, notTried } from "./run.ts";

/**
 * The way to the hub, step by step; a step that fails leaves out those behind it. Returns what the session came to, undefined where
 * none was tried.
 *
 * @param boards that the session is to report online
 */
export async function* checkHub(
  run: DoctorRun,
  { hub }: Config,
  boards: readonly BoardConfig[],
): AsyncGenerator<Finding, SessionFacts | undefined> {
  const { gateway, unit, tell } = run;
  const subscribes = boards.some(({ device }) => device.kind === "gateway");
  const sessionIds = subscribes ? (["hub.connack", "hub.suback"] as const) : (["hub.connack"] as const);
  const target = hubTarget(hub);
  const { endpoint } = target;
  const address = await addressFacts(target);
  yield checkAddress(endpoint, address);
  if (address.kind === "failed") {
    yield* notTried("the hub's name has no address", "hub.tcp", "hub.tls", ...sessionIds);
    return undefined;
  }
  const connection = await connectToEach(target, address.addresses);
  yield checkConnection(endpoint, connection);
  if (connection.kind === "failed") {
    yield* notTried("there is no connection", "hub.tls", ...sessionIds);
    return undefined;
  }
  let mute: readonly string[] = [];
  if (hasCertificate(endpoint.transport)) {
    const certificate = await certificateFacts(target, connection.connected);
    yield checkCertificate(endpoint, certificate, Date.now());
    if (certificate.kind === "failed" || certificate.end !== undefined) {
      yield* notTried("the connection is not safe", ...sessionIds);
      return undefined;
    }
    mute = certificate.passedOver;
  } else if (endpoint.transport === "psk") {
    const agreed = await preSharedKeyFacts(target, connection.connected);
    yield checkPreSharedKey(agreed);
    if (agreed.kind === "failed") {
      yield* notTried("the connection is not safe", ...sessionIds);
      return undefined;
    }
    mute = agreed.passedOver;
  } else yield checkBareConnection(endpoint);
  if (asksGateway(run)) {
    const why = `our own gateway (process ${run.gateway.pid}) would lose its session; use --connect to try anyway`;
    const help = unit === undefined ? undefined : `systemctl status ${unit.name} shows how its session is`;
    for (const id of sessionIds) yield unknown(id, "not_tried", `not tried: ${why}`, help);
    return undefined;
  }
  const { productId, deviceName } = hub.identity;
  const elsewhere = gateway === undefined ? "a gateway elsewhere" : "our own gateway";
  const subDeviceCount = boards.filter(({ device }) => device.kind === "sub_device").length;
  const reported = subDeviceCount === 0 ? "" : `; sub-devices reported online meanwhile: ${subDeviceCount}`;
  tell(
    `connecting to ${endpointUrl(endpoint)} as ${productId}/${deviceName}: ${elsewhere} with this identity loses its session for a moment${reported}`,
  );
  const facts = await trySession(target, boards, connection.connected, mute);
  yield* checkSession(facts, subscribes);
  return facts;
}
