/** Shows a good configuration: the effective settings as YAML without secrets, and the deadline budget. */
import { Document, isScalar } from "yaml";
import { bitsPerCharacter } from "../protocol/wire-time.ts";
import { type BudgetOptions, budgetOf } from "./budget.ts";
import type { Config } from "./load.ts";
import { everyOption } from "./option.ts";
import { type OptionPath, options, type Settings } from "./options.ts";
import { certificatesIn } from "./pem.ts";

/** Comments to be written behind an option. */
export type Notes = { readonly [path in OptionPath]?: string };

/** YAML in the shape of the file, defaults filled in, paths absolute, secrets as `***`. */
export function effectiveYaml(settings: Settings, notes: Notes): string {
  const document = new Document(settings);
  const texts: Readonly<Record<string, string>> = notes;
  for (const { path, option } of everyOption(options)) {
    const node = document.getIn(path.split("."), true);
    if (!isScalar(node)) continue;
    if (option.kind === "text" && option.secret) node.value = "***";
    if (texts[path] !== undefined) node.comment = ` ${texts[path]}`;
  }
  return document.toString({ lineWidth: 0 });
}

/** What the named files contain, without secrets. */
export function fileNotes({ identity, ca }: Config["hub"]): Notes {
  const { auth } = identity;
  const by = auth.kind === "key" ? "a device secret" : "a certificate";
  return {
    "hub.deviceInfoFile": `product ${identity.productId}, device ${identity.deviceName}, with ${by}`,
    ...(auth.kind === "certificate" && { "hub.certFile": describeCertificate(auth.cert) }),
    ...(ca !== undefined && { "hub.caFile": describeCertificate(ca) }),
  };
}

function describeCertificate(pem: string): string {
  const certificates = certificatesIn(pem) ?? [];
  const [first] = certificates;
  if (first === undefined) return "no certificate";
  const more = certificates.length > 1 ? `, and ${certificates.length - 1} more` : "";
  return `${first.subject.replaceAll("\n", ", ")}, until ${first.validTo}, SHA-256 ${first.fingerprint256}${more}`;
}

/** The budget as a calculation, in comments, so that it can follow the YAML. */
export function budgetText({ serial, rrpc }: BudgetOptions): string {
  const { cutoffMs, marginMs, deadlineMs, commandMs, replyMs } = budgetOf({ serial, rrpc });
  const line = (sign: string, name: string, ms: number, why: string) =>
    `#   ${sign} ${name.padEnd(20)}${ms.toFixed(0).padStart(6)} ms   ${why}`;
  return [
    "# Deadline budget",
    line(" ", "server's cutoff", cutoffMs, "rrpc.cutoffMs"),
    line("-", "network, both ways", marginMs, "rrpc.marginMs"),
    line("=", "deadline", deadlineMs, "from a request's arrival to its response"),
    line("-", "longest command", Math.ceil(commandMs), `${serial.commandBytesMax} bytes at ${serial.baudRate} baud`),
    line(
      "-",
      "longest reply",
      Math.ceil(replyMs),
      `${serial.replyBytesMax} bytes, ${bitsPerCharacter(serial)} bits each`,
    ),
    line("=", "left for the MCU", deadlineMs - Math.ceil(commandMs) - Math.ceil(replyMs), "at least"),
    "",
  ].join("\n");
}
