import { once } from "node:events";
import net from "node:net";
import type { DetailedPeerCertificate, TLSSocket } from "node:tls";
import type { HubConfig } from "../../config/load.ts";
import { clientCertificateOf, preSharedKeyOf } from "../../iot-hub/credentials.ts";
import { hubEndpoint } from "../../iot-hub/endpoint.ts";
import { type Attempt, addressesOf, inOrder } from "../../mqtt/address-race.ts";
import { connectFault, connectTimeout, socketFault, stageTimeout } from "../../mqtt/connection-fault.ts";
import type { Endpoint } from "../../mqtt/endpoint.ts";
import { createTlsContext, secureSocket } from "../../mqtt/socket.ts";
import type {
  AddressFacts,
  CertificateFacts,
  ChainLink,
  ConnectionFacts,
  Failed,
  PreSharedKeyFacts,
} from "../checks/hub.ts";

/** One who waits for the doctor waits no longer for each step, whatever the daemon would. */
const limitMs = 10_000;

/** For the other addresses once one has connected: TCP has asked three times by then (after 1 and 3 s). */
const othersLimitMs = 4000;

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

export async function addressFacts({ hub, endpoint, stepLimitMs }: HubTarget): Promise<AddressFacts | Failed> {
  const startedAt = performance.now();
  const { host } = endpoint;
  if (net.isIP(host) !== 0) return { kind: "resolved", addresses: [host], tookMs: 0 };
  const late = AbortSignal.timeout(stepLimitMs);
  const tooLate = once(late, "abort").then(() => {
    throw Object.assign(new Error(`no answer within ${stepLimitMs} ms`), { code: "EAI_AGAIN" });
  });
  try {
    const found = await Promise.race([addressesOf(host), tooLate]);
    return { kind: "resolved", addresses: inOrder(found), tookMs: performance.now() - startedAt };
  } catch (error) {
    return { kind: "failed", end: socketFault(asError(error), { endpoint, ca: hub.ca, stage: "connecting" }) };
  }
}

/** Each address for itself, all at once: the daemon uses the first that connects, a person wants to know of the others. */
export async function connectToEach(
  { endpoint, stepLimitMs }: HubTarget,
  addresses: readonly string[],
): Promise<ConnectionFacts | Failed> {
  const late = new AbortController();
  const giveUpIn = (ms: number) => setTimeout(() => late.abort(), ms).unref();
  giveUpIn(stepLimitMs);
  const attempts = await Promise.all(
    addresses.map(async (address) => {
      const attempt = await tryAddress(address, endpoint.port, late.signal);
      if (attempt.end?.error === undefined) giveUpIn(othersLimitMs);
      return attempt;
    }),
  );
  const connected = attempts
    .flatMap(({ address, end }) => (end?.error === undefined && end !== undefined ? [{ address, ...end }] : []))
    .sort((one, other) => one.tookMs - other.tookMs);
  const [first] = connected;
  if (first !== undefined) {
    return { kind: "connected", attempts, connected: connected.map(({ address }) => address), tookMs: first.tookMs };
  }
  const error = attempts.flatMap(({ end }) => end?.error ?? [])[0];
  return {
    kind: "failed",
    end:
      error === undefined ? connectTimeout(attempts, stepLimitMs, endpoint) : connectFault(error, attempts, endpoint),
  };
}

async function tryAddress(address: string, port: number, late: AbortSignal): Promise<Attempt> {
  const startedAt = performance.now();
  const socket = net.connect({ host: address, port });
  const error = await failureUntil(socket, "connect", late);
  socket.destroy();
  return { address, end: error === "late" ? undefined : { error, tookMs: performance.now() - startedAt } };
}

/** The first certificate that one of `addresses` shows. */
export async function certificateFacts(
  target: HubTarget,
  addresses: readonly string[],
): Promise<CertificateFacts | Failed> {
  const context = { endpoint: target.endpoint, ca: target.hub.ca, stage: "securing" } as const;
  return await secureToFirst(target, addresses, (socket) => {
    const { authorized, authorizationError: code } = socket;
    const end = authorized ? undefined : socketFault(untrusted(String(code)), context);
    return {
      kind: "shown" as const,
      chain: chainOf(socket.getPeerCertificate(true)),
      end,
      protocol: protocolOf(socket),
    };
  });
}

/** The first handshake by the device secret that one of `addresses` brings to its end. */
export async function preSharedKeyFacts(
  target: HubTarget,
  addresses: readonly string[],
): Promise<PreSharedKeyFacts | Failed> {
  return await secureToFirst(target, addresses, (socket) => {
    return { kind: "agreed" as const, protocol: protocolOf(socket), cipher: socket.getCipher().standardName };
  });
}

const protocolOf = (socket: TLSSocket): string => socket.getProtocol() ?? "TLS";

interface PassedOver {
  readonly passedOver: readonly string[];
}

/** What `read` finds on the first connection that is through the handshake; an address that says nothing is passed over, as the daemon does. */
async function secureToFirst<Facts>(
  target: HubTarget,
  addresses: readonly string[],
  read: (socket: TLSSocket) => Facts,
): Promise<(Facts & PassedOver) | Failed> {
  const passedOver: string[] = [];
  for (const address of addresses) {
    const secured = await secureTo(target, address);
    if (secured.kind === "secured") {
      const facts = read(secured.socket);
      secured.socket.destroy();
      return { ...facts, passedOver };
    }
    if (secured.end.kind !== "connect_timeout" || address === addresses.at(-1)) return secured;
    passedOver.push(address);
  }
  throw new Error("no address has taken a connection");
}

/** A handshake with whatever certificate is shown, so that a wrong one can be told; nothing is sent behind it. */
async function secureTo(
  target: HubTarget,
  address: string,
): Promise<{ readonly kind: "secured"; readonly socket: TLSSocket } | Failed> {
  const { hub, endpoint, stepLimitMs } = target;
  const { port } = endpoint;
  const tcp = net.connect({ host: address, port });
  const context = { endpoint, ca: hub.ca, stage: "securing" } as const;
  const unconnected = await failureUntil(tcp, "connect", AbortSignal.timeout(stepLimitMs));
  if (unconnected === "late")
    return { kind: "failed", end: connectTimeout([{ address, end: undefined }], stepLimitMs, endpoint) };
  if (unconnected !== undefined)
    return { kind: "failed", end: socketFault(unconnected, { ...context, stage: "connecting" }) };
  const tlsContext = createTlsContext({
    ca: hub.ca,
    clientCertificate: clientCertificateOf(hub.identity),
    psk: preSharedKeyOf(hub.identity, endpoint.transport),
  });
  const socket = secureSocket(tcp, endpoint.host, tlsContext, false);
  const failed = await failureUntil(socket, "secureConnect", AbortSignal.timeout(stepLimitMs));
  if (failed === "late") return { kind: "failed", end: stageTimeout("securing", stepLimitMs, endpoint) };
  if (failed !== undefined) return { kind: "failed", end: socketFault(failed, context) };
  return { kind: "secured", socket };
}

/** Undefined once the socket says `event`; otherwise why it did not. */
async function failureUntil(
  socket: net.Socket,
  event: "connect" | "secureConnect",
  late: AbortSignal,
): Promise<Error | "late" | undefined> {
  try {
    await once(socket, event, { signal: late });
    return undefined;
  } catch (error) {
    socket.destroy();
    return error instanceof Error && error.name === "AbortError" ? "late" : asError(error);
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
