import { type WireFormat, wireTimeMs } from "../protocol/wire-time.ts";

/** A probe has 14 bytes, and a hello that says all it can some 110; as much again for one with words of its own. */
const exchangeBytes = 250;

/** What an MCU needs at most to answer a probe that it has, where it does what else it has to do first. */
const answerMs = 250;

/** How long a probe and its hello may take on the wire: 22 ms at 115 200 baud, 8 s at 300. */
export function helloTimeMs(format: WireFormat): number {
  return wireTimeMs(exchangeBytes, format);
}

/** An MCU that has a probe has answered it so long after it was heard: if not, that probe was lost. */
export function lateAnswerMs(format: WireFormat): number {
  return answerMs + helloTimeMs(format);
}
