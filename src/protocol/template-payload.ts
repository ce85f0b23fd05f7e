import { escapePayload, isPlainByte, unescapePayload } from "./escape.ts";

/** How payloads stand in the lines of a firmware that speaks its own. */
export interface PayloadRules {
  /** `none`: a payload that may not stand as it is, is refused. `backslash`: escaped like the line protocol's. */
  readonly payloadEscape: "none" | "backslash";
  /** ASCII punctuation that means something to the firmware: it may not stand as it is either. */
  readonly payloadForbidden: string | undefined;
  /** With seven data bits the wire drops the eighth: 0x8A would arrive as a line end. */
  readonly dataBits: 7 | 8;
}

/** Payloads onto the line and back; undefined where that cannot be done. */
export interface PayloadCodec {
  readonly place: (payload: Buffer) => Buffer | undefined;
  readonly take: (placed: Buffer) => Buffer | undefined;
}

/** A placed payload has no control byte, so it can neither end its line nor begin another. */
export function payloadCodec({ payloadEscape, payloadForbidden = "", dataBits }: PayloadRules): PayloadCodec {
  const forbidden = new Set(Buffer.from(payloadForbidden, "latin1"));
  const fits = (byte: number) => !forbidden.has(byte) && (byte < 0x80 || dataBits === 8);
  switch (payloadEscape) {
    case "none": {
      const stands = (byte: number) => fits(byte) && byte >= 0x20 && byte !== 0x7f;
      return { place: (payload) => (payload.every(stands) ? payload : undefined), take: (placed) => placed };
    }
    case "backslash": {
      const stands = (byte: number) => fits(byte) && isPlainByte(byte);
      return { place: (payload) => escapePayload(payload, stands), take: unescapePayload };
    }
    default:
      return payloadEscape satisfies never;
  }
}
