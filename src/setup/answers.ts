// Everything that a first configuration needs to know, from the command line or from a person.
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { accepts } from "../config/option.ts";
import { options } from "../config/options.ts";
import { type AddMismatch, checkSecret, readCertificate, readPair, readSecretFile } from "../config/secret-files.ts";
import { hubEndpoint } from "../iot-hub/endpoint.ts";
import { hubCaFingerprint } from "../iot-hub/hub-ca.ts";
import { regionSynonyms, type regions } from "../iot-hub/regions.ts";
import { certificateFingerprints } from "../mqtt/certificate.ts";
import type { Interview } from "./interview.ts";
import type { Place } from "./place.ts";
import { type PortOptions, type SerialAnswers, serialAnswers, type Tell } from "./port-answers.ts";
import type { Prompter } from "./prompter.ts";
import { secretFromInput } from "./secret-input.ts";

/** The options that answer questions, as they stand on the command line. */
export interface AnswerOptions extends PortOptions {
  readonly product?: string;
  readonly device?: string;
  readonly secretFile?: string;
  readonly certFile?: string;
  readonly keyFile?: string;
  readonly region?: string;
  readonly transport?: string;
  readonly host?: string;
  readonly port?: string;
  readonly caFile?: string;
}

type Region = (typeof regions)[number];
const { options: hubOptions } = options.options.hub;
type Transport = (typeof hubOptions.transport.values)[number];

export interface Answers {
  readonly productId: string;
  readonly deviceName: string;
  readonly auth: DeviceAuth;
  readonly hub: HubAnswers;
  /** PEM text of the hub's CA. */
  readonly ca: string | undefined;
  readonly serial: SerialAnswers;
}

/** The secret is base64, certificate and key are PEM text. */
export type DeviceAuth =
  | { readonly kind: "secret"; readonly secret: string }
  | { readonly kind: "certificate"; readonly cert: string; readonly key: string };

export interface HubAnswers {
  readonly region: Region;
  readonly transport: Transport;
  readonly host: string | undefined;
  readonly port: number | undefined;
}

/** Undefined where the interview has problems. */
export async function gatherAnswers(
  interview: Interview,
  given: AnswerOptions,
  place: Place,
  tell: Tell,
): Promise<Answers | undefined> {
  const productId = await interview.text(
    { flag: "--product", given: given.product, question: "Product ID, as the console shows it" },
    hubOptions.productId,
  );
  const deviceName = await interview.text(
    { flag: "--device", given: given.device, question: "Device name" },
    hubOptions.deviceName,
  );
  const auth = await deviceAuth(interview, given);
  const hub = await hubAnswers(interview, given);
  const ca = hub === undefined ? undefined : await hubCa(interview, given, hub, place, tell);
  const serial = await serialAnswers(interview, given, tell);
  if (productId === undefined || deviceName === undefined || auth === undefined) return undefined;
  if (hub === undefined || serial === undefined || interview.problems.length > 0) return undefined;
  return { productId, deviceName, auth, hub, ca, serial };
}

async function deviceAuth(interview: Interview, given: AnswerOptions): Promise<DeviceAuth | undefined> {
  const { secretFile, certFile, keyFile } = given;
  const { prompter } = interview;
  if (secretFile !== undefined) return await secretIn(secretFile, interview);
  if (certFile !== undefined || keyFile !== undefined) return await certificate(interview, given);
  if (prompter === undefined) {
    interview.missing(
      "--secret-file",
      "a file with the device secret, - for standard input (or --cert-file, --key-file)",
    );
    return undefined;
  }
  const kind = await prompter.choose("How does the device prove who it is?", [
    { name: "with a device secret", value: "secret" },
    { name: "with a certificate of its own", value: "certificate" },
  ]);
  if (kind === "certificate") return await certificate(interview, given);
  return await askedSecret(prompter);
}

const secretQuestion = "Device secret (it is not shown)";

async function askedSecret(prompter: Prompter): Promise<DeviceAuth> {
  const { expected } = hubOptions.deviceSecret;
  const secret = await prompter.secret(secretQuestion, (text) =>
    accepts(hubOptions.deviceSecret, text) ? undefined : `expected ${expected}`,
  );
  return { kind: "secret", secret };
}

async function secretIn(file: string, interview: Interview): Promise<DeviceAuth | undefined> {
  const { prompter } = interview;
  if (file === "-" && prompter !== undefined) return await askedSecret(prompter);
  const at = "hub.deviceSecretFile";
  const report = reportAs(interview, "--secret-file");
  const secret =
    file === "-"
      ? checkSecret(at, await secretFromInput(secretQuestion), report)
      : readSecretFile({ at, path: pathOf(file) }, report);
  return secret === undefined ? undefined : { kind: "secret", secret };
}

async function certificate(interview: Interview, given: AnswerOptions): Promise<DeviceAuth | undefined> {
  const wanted = { flag: "--cert-file", given: given.certFile, question: "File of the device certificate (PEM)" };
  const cert = await interview.checked(wanted, (path) => certificateProblem("hub.certFile", path));
  const key = await interview.checked(
    { flag: "--key-file", given: given.keyFile, question: "File of its private key (PEM)" },
    (path) => (existsSync(pathOf(path)) ? undefined : "expected a file"),
  );
  if (cert === undefined || key === undefined) return undefined;
  const pair = readPair(
    { at: "hub.certFile", path: pathOf(cert) },
    { at: "hub.keyFile", path: pathOf(key) },
    reportAs(interview, "--key-file"),
  );
  return pair === undefined ? undefined : { kind: "certificate", ...pair };
}

const own = "own";

async function hubAnswers(interview: Interview, given: AnswerOptions): Promise<HubAnswers | undefined> {
  const problemsBefore = interview.problems.length;
  const choices = [
    { name: "IoT Hub, china: Chinese mainland", value: "china" as const },
    { name: "IoT Hub, us-east: East US (Virginia)", value: "us-east" as const },
    { name: "IoT Hub, europe: Central Europe (Frankfurt)", value: "europe" as const },
    { name: "IoT Hub, ap-bangkok: Southeast Asia (Bangkok)", value: "ap-bangkok" as const },
  ];
  const isOwn = given.host !== undefined;
  const asked =
    isOwn && given.region === undefined
      ? own
      : interview.prompter === undefined || given.region !== undefined
        ? await interview.choice(
            { flag: "--region", given: given.region, question: "Region", proposal: "china" },
            choices,
            regionSynonyms,
          )
        : await interview.prompter.choose<Region | typeof own>("Where is the hub?", [
            ...choices,
            { name: "my own hub", value: own },
          ]);
  const host =
    isOwn || asked === own
      ? await interview.text({ flag: "--host", given: given.host, question: "Host name or address" }, hubOptions.host)
      : undefined;
  const transports = hubOptions.transport.values.map((value) => ({ name: value, value }));
  // The cloud is reached by TLS; of another hub that is not known.
  const transport = await interview.choice(
    {
      flag: "--transport",
      given: given.transport ?? (host === undefined ? "tls" : undefined),
      question: "Transport",
      proposal: "tls",
    },
    transports,
  );
  const usual = transport === undefined ? undefined : hubEndpoint({ productId: "", region: "china", transport }).port;
  const port =
    host === undefined && given.port === undefined
      ? undefined
      : await interview.text(
          { flag: "--port", given: given.port, question: "Port of the hub", proposal: String(usual) },
          hubOptions.port,
        );
  if (interview.problems.length > problemsBefore || asked === undefined || transport === undefined) return undefined;
  return {
    region: asked === own ? "china" : asked,
    transport,
    host,
    // The transport's own port need not be said.
    port: port === undefined || Number(port) === usual ? undefined : Number(port),
  };
}

async function hubCa(
  interview: Interview,
  given: AnswerOptions,
  { transport, host }: HubAnswers,
  { folder, prefix }: Place,
  tell: Tell,
): Promise<string | undefined> {
  if (transport !== "tls" && transport !== "wss") {
    if (given.caFile !== undefined)
      interview.problems.push(`--ca-file: expected --transport tls or wss, found ${transport}`);
    return undefined;
  }
  // A hub of one's own may have a certificate that everybody knows.
  const isOptional = host !== undefined;
  const there = join(folder, `${prefix}${caName}`);
  const wanted = {
    flag: "--ca-file",
    given: given.caFile,
    question: isOptional
      ? "File of the hub's CA (PEM; empty for a public one)"
      : "File of the hub's CA (PEM), from the IoT Hub console",
    proposal: existsSync(there) ? there : isOptional ? "" : undefined,
  };
  const path = await interview.checked(wanted, (text) =>
    text === "" && isOptional ? undefined : certificateProblem("hub.caFile", text),
  );
  if (path === undefined || path === "") return undefined;
  const pem = readCertificate({ at: "hub.caFile", path: pathOf(path) }, reportAs(interview, "--ca-file"));
  if (pem !== undefined && !isOptional && !certificateFingerprints(pem).includes(hubCaFingerprint)) {
    tell("  This is not the root that IoT Hub's certificate is known to end in. That one has the SHA-256 fingerprint");
    tell(`  ${hubCaFingerprint}`);
  }
  return pem;
}

export const caName = "hub-ca.pem";

/** What is wrong with a file that should be a certificate. */
function certificateProblem(at: "hub.caFile" | "hub.certFile", path: string): string | undefined {
  let problem: string | undefined;
  readCertificate({ at, path: pathOf(path) }, (_, { expected, found }) => {
    problem = `expected ${expected} (${found})`;
  });
  return problem;
}

function reportAs({ problems }: Interview, flag: string): AddMismatch {
  return (_, { severity = "fault", expected, found }) => {
    if (severity === "fault") problems.push(`${flag}: expected ${expected}, found ${found}`);
  };
}

/** A path as people type it. */
function pathOf(text: string): string {
  return text.startsWith("~/") ? join(homedir(), text.slice(2)) : resolve(text);
}
