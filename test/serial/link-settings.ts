import type { LinkOptions } from "../../src/serial/link.ts";

/** A link as the tests open it: nothing that a pseudo-terminal lacks. */
export const settings: Omit<LinkOptions, "path"> = {
  baudRate: 115200,
  dataBits: 8,
  parity: "none",
  stopBits: 1,
  rtscts: false,
  xonxoff: false,
  dtr: "leave",
  rts: "leave",
  hupcl: "leave",
  lineEnd: "lf",
  lineBytesMax: 256,
};
