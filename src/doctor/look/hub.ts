import { lookup } from "node:dns/promises";
import { once } from "node:events";
import net from "node:net";
import tls, { type DetailedPeerCertificate } from "node:tls";
import type { HubConfig } from "../../config/load.ts";
import { type Endpoint, hubEndpoint } from "../../hub/endpoint.ts";
import { openSession } from "../../hub/session.ts";
import type { SessionEnd } from "../../hub/session-end.ts";
import { type Stage, socketFault, stageTimeout } from "../../hub/session-fault.ts";
import type { AddressFacts, CertificateFacts, ChainLink, ConnectionFacts, Failed, SessionFacts } from "../judge/hub.ts";

/** One who waits for the doctor waits no longer for each step, whatever the daemon would. */
const limitMs = 10_000;

/** What is looked at, with the limit for each step. */
export interface HubTarget {
  readonly hub: HubConfig;
  readonly endpoint: Endpoint;
  readonly stepLimitMs: number;
}

export function hubTarget(hub: HubConfig): HubTarget {
  const endpoint = hubEndpoint({ ...hub, productId: hub.identity.productId });
  return { hub, endpoint, stepLimitMs: Math.min(hub.connectTimeoutMs, limitMs) };
}

export async function lookUpAddress({ hub, endpoint, stepLimitMs }: HubTarget): Promise<AddressFacts | Failed> {
  const startedAt = performance.now();
  const late = AbortSignal.timeout(stepLimitMs);
  const tooLate = once(late, "abort").then(() => {
    throw Object.assign(new Error(`no answer within ${stepLimitMs} ms`), { code: "EAI_AGAIN" });
  });
  try {
    const found = await Promise.race([lookup(endpoint.host, { all: true }), tooLate]);
    return { addresses: found.map(({ address }) => address), tookMs: performance.now() - startedAt };
  } catch (error) {
    return { end: socketFault(asError(error), { endpoint, ca: hub.ca, stage: "connecting" }) };
  }
}

export async function connectTo(target: HubTarget): Promise<ConnectionFacts | Failed> {
  const { host, port } = target.endpoint;
  const startedAt = performance.now();
  const socket = net.connect({ host, port });
  const failed = await settled(socket, "connect", target, "connecting");
  const address = socket.remoteAddress ?? host;
  socket.destroy();
  return failed ?? { address, tookMs: performance.now() - startedAt };
}

/** A handshake with whatever certificate is shown, so that a wrong one can be told; nothing is sent behind it. */
export async function lookAtCertificate(target: HubTarget): Promise<CertificateFacts | Failed> {
  const { hub, endpoint } = target;
  const { host, port } = endpoint;
  const socket = tls.connect({
    host,
    port,
    ...(hub.ca === undefined ? {} : { ca: hub.ca }),
    ...(hub.identity.auth.kind === "certificate" ? { cert: hub.identity.auth.cert, key: hub.identity.auth.key } : {}),
    ...(net.isIP(host) === 0 ? { servername: host } : {}),
    rejectUnauthorized: false,
    minVersion: "TLSv1.2",
  });
  const failed = await settled(socket, "secureConnect", target, "securing");
  if (failed !== undefined) return failed;
  const chain = chainOf(socket.getPeerCertificate(true));
  const { authorizationError: code } = socket;
  const end = socket.authorized
    ? undefined
    : socketFault(untrusted(String(code)), { endpoint, ca: hub.ca, stage: "securing" });
  const protocol = socket.getProtocol() ?? "TLS";
  socket.destroy();
  return { chain, end, protocol };
}

/** Undefined once the socket says `event`; otherwise why it did not. */
async function settled(
  socket: net.Socket,
  event: "connect" | "secureConnect",
  { hub, endpoint, stepLimitMs }: HubTarget,
  stage: Exclude<Stage, "up">,
): Promise<Failed | undefined> {
  try {
    await once(socket, event, { signal: AbortSignal.timeout(stepLimitMs) });
    return undefined;
  } catch (error) {
    socket.destroy();
    const isLate = error instanceof Error && error.name === "AbortError";
    const context = { endpoint, ca: hub.ca, stage };
    return { end: isLate ? stageTimeout(stage, stepLimitMs, endpoint) : socketFault(asError(error), context) };
  } finally {
    // What comes after a socket has been judged is of no interest.
    socket.on("error", () => {});
  }
}

/** A chain ends in a certificate that has signed itself, or where the server has sent no more. */
function chainOf(certificate: DetailedPeerCertificate): readonly ChainLink[] {
  const chain: ChainLink[] = [];
  const seen = new Set<string>();
  let next: DetailedPeerCertificate | undefined = certificate;
  while (next?.fingerprint256 !== undefined && !seen.has(next.fingerprint256)) {
    seen.add(next.fingerprint256);
    const { CN, O } = next.subject;
    const subject = [CN && `CN=${CN}`, O && `O=${O}`].filter((part) => part).join(", ");
    chain.push({ subject, fingerprint: next.fingerprint256, untilMs: Date.parse(next.valid_to) });
    next = next.issuerCertificate;
  }
  return chain;
}

/** Node tells only the code of a certificate that it would have refused. */
function untrusted(code: string): Error {
  return Object.assign(new Error("the certificate is not trusted"), { code });
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

/** A whole session, ended as soon as it is up: CONNECT, SUBSCRIBE, DISCONNECT. */
export function trySession({ hub, endpoint, stepLimitMs }: HubTarget): Promise<SessionFacts> {
  return new Promise((resolve) => {
    let roundTripMs: number | undefined;
    const session = openSession({ ...hub, endpoint, connectTimeoutMs: stepLimitMs }, (event) => {
      if (event.kind === "up") {
        roundTripMs = event.roundTripMs;
        session.end();
      }
      if (event.kind === "down") resolve(roundTripMs === undefined ? failedBy(event.cause) : { roundTripMs });
    });
  });
}

function failedBy(end: SessionEnd): Failed {
  return { end };
}
