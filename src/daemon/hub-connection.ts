import type { BoardConfig, BoardDevice } from "../config/board-config.ts";
import type { Config, HubConfig } from "../config/load.ts";
import type { Instant } from "../core/instant.ts";
import type { BoardDownReason, EventSendResult, HubEvent, HubPort, SendResult } from "../gateway/boundary.ts";
import { describeBoardDown } from "../iot-hub/board-hints.ts";
import { connectIntervalMs } from "../iot-hub/limits.ts";
import type { openSession } from "../iot-hub/session.ts";
import type { BoardOptions } from "../iot-hub/sub-device.ts";
import { gatewayItself } from "../runtime/board-name.ts";
import type { Clock } from "../runtime/clock.ts";
import { type Log, logOf } from "../runtime/logger.ts";
import { describeRoundTrip } from "./describe-round-trip.ts";
import { asksForItself } from "./remote-config.ts";
import { type SupervisedSession, superviseSession } from "./supervise-session.ts";

export interface HubConnectionParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly openSession: typeof openSession;
  /** `board_up` and `board_down` are never of the gateway itself, and what is dropped of it is no board's. */
  readonly onEvent: (event: HubEvent) => void;
  /** Whether a board's device is to be online. */
  readonly isPresent: (board: string) => boolean;
  /** Resolves when no request of the hub for the board is open. */
  readonly settled: (board: string) => Promise<void>;
}

/** What of the configuration it goes by. */
type HubOptions = Pick<Config, "hub" | "boards" | "remote">;

/** The session with the hub, kept up, which all boards share. */
export class HubConnection implements HubPort {
  readonly #parts: HubConnectionParts;
  /** The boards that are down while the session is up. */
  readonly #offline = new Map<string, BoardDownReason>();
  /** Whom the hub is asked about. A reload changes it board by board, so that no event comes for a board that is not there. */
  readonly #devices: Map<string, BoardDevice>;
  #options: HubOptions;
  /** Whom the session that is kept up stands for: a reload changes the options first, and then the session. */
  #identity: HubConfig["identity"];
  #session: SupervisedSession;

  constructor(options: HubOptions, parts: HubConnectionParts) {
    this.#options = options;
    this.#devices = new Map(options.boards.map(({ name, device }) => [name, device]));
    if (asksForItself(options)) this.#devices.set(gatewayItself, { kind: "gateway" });
    this.#parts = parts;
    this.#identity = options.hub.identity;
    this.#session = this.#supervise();
  }

  get status(): SupervisedSession["status"] {
    return this.#session.status;
  }

  /** Why a board gets no requests although the session is up, by name and with the hub's code; undefined where it gets them. */
  offlineBecause(board: string): string | undefined {
    const reason = this.#offline.get(board);
    return reason === undefined ? undefined : describeBoardDown(reason).name;
  }

  /** How long ago the hub's last packet came, in ms; undefined while no session is up. */
  silentMs(): number | undefined {
    return this.#session.current?.silentMs();
  }

  start(): void {
    this.#session.start();
  }

  publish(board: string, processId: string, payload: Buffer, now: Instant): SendResult {
    return this.#session.current?.publish(board, processId, payload, now) ?? "not_connected";
  }

  publishEvent(board: string, payload: Buffer): EventSendResult {
    const topic = this.#options.boards.find(({ name }) => name === board)?.events.topic;
    if (topic === undefined) return "not_connected";
    return this.#session.current?.publishEvent(board, topic, payload) ?? "not_connected";
  }

  /** From now on requests of this board are wanted; the configuration has it. */
  addBoard({ name, device }: BoardConfig): void {
    this.#devices.set(name, device);
    this.#session.connection?.addBoard(this.#boardOptions(name, device));
  }

  /** Has the hub send no more requests of this board; its responses still go out. Resolves when the hub agrees, or has had its time. */
  async withdrawBoard(board: string): Promise<void> {
    await this.#session.current?.withdrawBoard(board);
  }

  /** Nothing more comes of this board, and nothing goes out for it. */
  removeBoard(board: string): void {
    this.#devices.delete(board);
    this.#session.connection?.removeBoard(board);
    this.#offline.delete(board);
  }

  /** From now on requests to the gateway itself are wanted, for which no board answers. */
  addGateway(): void {
    this.#devices.set(gatewayItself, { kind: "gateway" });
    this.#session.connection?.addBoard(this.#boardOptions(gatewayItself, { kind: "gateway" }));
  }

  /** Whether the requests that now come for this board are those to the gateway's own device. */
  isGatewaysDevice(board: string): boolean {
    return this.#devices.get(board)?.kind === "gateway";
  }

  /** Whether the hub is to tell callers of the board that its device is online has changed. */
  setPresence(board: string, isPresent: boolean): void {
    this.#session.connection?.setPresence(board, isPresent);
  }

  /** Asks the hub for a sign of life now. */
  ask(): void {
    this.#session.current?.ask();
  }

  /** Takes another configuration; what the session goes by, it takes with `adjust` or `replace`. */
  configure(options: HubOptions): void {
    this.#options = options;
  }

  /** Has the session that there is take what needs no other one. */
  adjust(): void {
    this.#session.adjust(this.#options.hub);
  }

  /**
   * Ends the session and starts one with the new options. First UNSUBSCRIBE, so that no more requests come, then what has come is
   * answered. If the hub does not agree to UNSUBSCRIBE in time, the session is ended nevertheless.
   */
  async replace(gateway: { settled(): Promise<void>; endSession(): void }): Promise<void> {
    if (await this.#session.current?.unsubscribe()) await gateway.settled();
    const { isUp, forMs } = this.#session.status;
    gateway.endSession();
    await this.#session.stop();
    this.#identity = this.#options.hub.identity;
    this.#session = this.#supervise();
    this.#session.start(Math.max(0, connectIntervalMs - (isUp ? forMs : 0)));
  }

  /** Before the end of the session: what came after DISCONNECT could not be answered. */
  async unsubscribe(): Promise<void> {
    await this.#session.current?.unsubscribe();
  }

  stop(): Promise<void> {
    return this.#session.stop();
  }

  #supervise(): SupervisedSession {
    const { clock, log, openSession, settled, onEvent } = this.#parts;
    return superviseSession(
      {
        hub: this.#options.hub,
        settled,
        boards: () => [...this.#devices].map(([name, device]) => this.#boardOptions(name, device)),
      },
      (event) => {
        // First what comes most often.
        if (event.kind === "request") return onEvent(event);
        if (event.kind === "board_down") this.#boardDown(event.board, event.reason);
        else if (event.kind === "board_up") this.#boardUp(event.board);
        else if (event.kind === "down") this.#offline.clear();
        if (!("board" in event) || event.board !== gatewayItself) onEvent(event);
        else if (event.kind === "dropped") onEvent({ ...event, board: undefined });
        if (event.kind === "up") this.#sayRoundTrip(event.roundTripMs);
      },
      { clock, log, openSession },
    );
  }

  #boardOptions(name: string, device: BoardDevice): BoardOptions {
    const { productId, deviceName } = device.kind === "gateway" ? this.#identity : device;
    if (device.kind === "gateway") return { board: name, productId, deviceName, subDevice: undefined };
    const { secret } = device;
    return { board: name, productId, deviceName, subDevice: { secret, isPresent: this.#parts.isPresent(name) } };
  }

  #boardDown(board: string, reason: BoardDownReason): void {
    this.#offline.set(board, reason);
    const { name, level, what, advice } = describeBoardDown(reason);
    const whose = board === gatewayItself ? "requests to the gateway itself: " : "";
    const text = `${whose}${advice === undefined ? what : `${what}; ${advice}`}`;
    this.#boardLog(board).say(level, `offline ${name}`, `hub: ${text}`, "hub");
  }

  #boardUp(board: string): void {
    this.#offline.delete(board);
    if (this.#devices.get(board)?.kind === "sub_device")
      this.#boardLog(board).say("info", "online", "hub: online, its requests come", "hub");
  }

  #boardLog(board: string): Log {
    return logOf(board === gatewayItself ? undefined : board, this.#parts.log);
  }

  #sayRoundTrip(roundTripMs: number): void {
    const marginMs = Math.min(...this.#options.boards.map(({ rrpc }) => rrpc.marginMs));
    const { level, text } = describeRoundTrip(roundTripMs, marginMs);
    this.#parts.log.say(level, `session round trip ${level}`, text, "hub");
  }
}
