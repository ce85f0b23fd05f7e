import { escapeBytes } from "./codec.ts";
import type { McuFaults } from "./faults.ts";
import { happens } from "./line-faults.ts";
import type { Firmware } from "./options.ts";
import type { Answer } from "./plan.ts";

/** The lines, without checksum and LF, with which the firmware answers a command. */
export function answerLines(id: string, answer: Answer, faults: McuFaults, chance: () => number): string[] {
  switch (answer.kind) {
    case "reply": {
      const wrong = answer.id === "wrong" || happens(faults.wrongId, chance);
      const line = withText(`<${wrong ? otherId(id) : id}`, answer.payload);
      return answer.times === 2 || happens(faults.duplicate, chance) ? [line, line] : [line];
    }
    case "refusal":
      return [withText(`!${id} ${answer.code}`, answer.text)];
    case "nothing":
    case "restart":
      return [];
    default:
      return answer satisfies never;
  }
}

/** What the firmware sends at every start and after every probe. */
export function helloLine(firmware: Firmware, boot: string): string {
  const { window, lineBytes, crc, dedup, cancel, fw } = firmware;
  const keys = [`window=${window}`, `line=${lineBytes}`];
  if (crc) keys.push("crc=1");
  if (dedup > 0) keys.push(`dedup=${dedup}`);
  if (cancel) keys.push("cancel=1");
  return firmware.helloLine ?? ["=rrpc/1", ...keys, `boot=${boot}`, `fw=${fw}`].join(" ");
}

function withText(head: string, text: string): string {
  return text === "" ? head : `${head} ${escapeBytes(text)}`;
}

/** Another valid id. */
function otherId(id: string): string {
  return id.slice(0, -1) + (id.endsWith("0") ? "1" : "0");
}
