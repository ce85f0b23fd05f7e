import type { Instant } from "./instant.ts";
import type { Outage } from "./outage.ts";
import type { Reason } from "./outcome.ts";

/**
 * Where the MCU stands, as far as is known. `Liveness` goes from one phase to the next:
 *
 * | from                 | what happens                                                      | to                                 |
 * |----------------------|-------------------------------------------------------------------|------------------------------------|
 * | unlinked             | the port is opened                                                | handshake                          |
 * | handshake            | a hello, or none in time                                          | serving                            |
 * | serving              | a command goes unanswered by an MCU that knows probes             | suspect                            |
 * | serving              | a command sent at the last moment goes unanswered                 | suspect                            |
 * | serving              | long silence, or a first hello of another version                 | suspect                            |
 * | suspect              | a hello or a reply, or, where it knows no probe, its time is over | serving                            |
 * | serving, suspect     | too much in a row goes unanswered                                 | away                               |
 * | any but away, linked | the port does not take a write, and too much in a row has failed  | away                               |
 * | any, linked          | a hello of another version, twice                                 | incompatible                       |
 * | incompatible         | a hello of ours                                                   | serving                            |
 * | incompatible         | too many probes go unanswered                                     | away                               |
 * | away                 | a reply or a restart; or a hello, where it answered no probes     | serving                            |
 * | away                 | the port is closed for it, and opened again                       | away                               |
 * | any                  | the port is lost                                                  | unlinked: another MCU may be there |
 */
export type Phase =
  | { readonly kind: "unlinked" }
  /** The port is open, the first probe is out; commands wait for the hello. */
  | { readonly kind: "handshake"; readonly since: Instant; readonly until: Instant; readonly probeAt: Instant }
  | { readonly kind: "serving" }
  /** It may be gone: commands wait until a probe is answered, or, where it knows none, until its last command has had its time. */
  | { readonly kind: "suspect"; readonly probeAt: Instant }
  /** It speaks another version of the line protocol. */
  | { readonly kind: "incompatible"; readonly probeAt: Instant }
  /** It does not answer, or commands at least. */
  | { readonly kind: "away"; readonly outage: Outage };

/** Why the gateway refuses requests because of the MCU. */
export type McuRefusal = Reason & ("serial_down" | "mcu_stalled" | "unsupported_version");

/** What a phase means for requests. */
interface Service {
  /** What a request is told that arrives; undefined where it may wait. */
  readonly refusal: McuRefusal | undefined;
  /** Commands that may be written: as many as the MCU takes at a time; one now and then that tries it, which is not refused. */
  readonly writes: "window" | "trial" | "none";
}

export const services: Readonly<Record<Phase["kind"], Service>> = {
  unlinked: { refusal: "serial_down", writes: "none" },
  handshake: { refusal: undefined, writes: "none" },
  serving: { refusal: undefined, writes: "window" },
  suspect: { refusal: undefined, writes: "none" },
  incompatible: { refusal: "unsupported_version", writes: "none" },
  away: { refusal: "mcu_stalled", writes: "trial" },
};

/** For those who look at the gateway. */
export type McuState = Phase["kind"] | "away_answers_probes";
