import { isDeepStrictEqual } from "node:util";
import type { Config } from "../config/load.ts";
import { deadlineGuardMs } from "../core/request.ts";
import { soleBoard } from "../gateway/boundary.ts";
import { describeMcuTrouble, describeRoundTrip } from "../gateway/describe.ts";
import { Gateway } from "../gateway/gateway.ts";
import { findHolders } from "../host/port-holders.ts";
import { connectIntervalMs } from "../iot-hub/limits.ts";
import { openSession } from "../iot-hub/session.ts";
import type { Health } from "../observe/health-socket.ts";
import { type StatusFacts, statusText } from "../observe/status-text.ts";
import { monotonicClock } from "../runtime/clock.ts";
import type { CollapsingLog } from "../runtime/log.ts";
import { logOf } from "../runtime/logger.ts";
import { seconds } from "../runtime/text.ts";
import { openLink } from "../serial/link.ts";
import type { Notifier } from "../systemd/notifier.ts";
import { examineHealth } from "../systemd/watchdog.ts";
import { correlatorOptions } from "./correlator-options.ts";
import type { Watch } from "./observers.ts";
import { tellSharers } from "./port-sharers.ts";
import { optionsThatClosePort } from "./reload.ts";
import { type DaemonHealth, keepSystemd } from "./service-manager.ts";
import { keepLink } from "./supervise-link.ts";
import { keepSession } from "./supervise-session.ts";

/** How the outside is reached; a test puts another one there. */
export interface Outside {
  readonly openLink: typeof openLink;
  readonly openSession: typeof openSession;
  readonly holdersOf: typeof findHolders;
}

/**
 * The gateway with its session and its link kept open around it, from the start to the end of a drain. A new
 * configuration takes what it changes and leaves the rest alone.
 */
export class Daemon {
  readonly #clock = monotonicClock((ms) => this.#hasSlept(ms));
  readonly #startedAt = this.#clock.now();
  readonly #log: CollapsingLog;
  readonly #notifier: Notifier;
  readonly #watch: Watch;
  readonly #outside: Outside;
  readonly #gateway: Gateway;
  readonly #systemd: ReturnType<typeof keepSystemd>;
  readonly #drained: Promise<void>;
  #config: Config;
  #reloading = Promise.resolve();
  #isStopping = false;
  #session: ReturnType<typeof keepSession>;
  #link: ReturnType<typeof keepLink>;

  constructor(
    config: Config,
    log: CollapsingLog,
    notifier: Notifier,
    watch: Watch,
    outside: Outside = { openLink, openSession, holdersOf: findHolders },
  ) {
    this.#config = config;
    this.#log = log;
    this.#notifier = notifier;
    this.#watch = watch;
    this.#outside = outside;
    let onDrained = () => {};
    this.#drained = new Promise((resolve) => {
      onDrained = resolve;
    });
    const boardLog = logOf(soleBoard, log);
    const sharers = tellSharers(
      () => this.#config.serial.path,
      { clock: this.#clock, log: boardLog },
      outside.holdersOf,
    );
    this.#gateway = new Gateway(new Map([[soleBoard, correlatorOptions(config)]]), {
      hub: {
        publish: (_, id, payload) => this.#session.current?.publish(id, payload) ?? "not_connected",
        publishEvent: (_, payload) => {
          const { topic } = this.#config.events;
          return (topic && this.#session.current?.publishTo(topic, payload)) || "not_connected";
        },
      },
      link: {
        write: (_, bytes, how) => this.#link.current?.write(bytes, how),
        reopen: (_, rung) => this.#link.reopen(rung),
      },
      clock: this.#clock,
      log,
      observe: (observation, at) => {
        watch.observe(observation, at);
        if (observation.kind === "report") sharers.onReport(observation.report);
      },
      onDrained,
    });
    this.#session = this.#keepSession();
    this.#link = this.#keepLink();
    this.#systemd = keepSystemd({ notifier, health: () => this.#health(), status: () => this.#status(), log });
    watch.tellsStatus(() => statusText(this.#status()));
    this.#sayConfig();
    this.#link.start();
    this.#session.start();
  }

  /** Takes another configuration: what is the same in both goes on undisturbed. One at a time, and none while stopping. */
  reload(config: Config): Promise<void> {
    this.#reloading = this.#reloading.then(() => (this.#isStopping ? undefined : this.#take(config)));
    return this.#reloading;
  }

  async #take(config: Config): Promise<void> {
    this.#systemd.reloading();
    const before = this.#config;
    this.#config = config;
    this.#log.level = config.log.level;
    await this.#watch.reload(config);
    await this.#takeSerial(before, config);
    if (!isDeepStrictEqual(before.hub, config.hub)) {
      // Nothing more comes, and what has come is answered; a hub that does not agree is left all the same.
      if (await this.#session.current?.unsubscribe()) await this.#gateway.settled();
      const { isUp, forMs } = this.#session.status;
      this.#gateway.endSession();
      await this.#session.stop();
      this.#session = this.#keepSession();
      this.#session.start(Math.max(0, connectIntervalMs - (isUp ? forMs : 0)));
    }
    this.#sayConfig();
    this.#systemd.reloaded();
  }

  /** Closing the port resets many boards, and costs what is in flight its replies. */
  async #takeSerial(before: Config, config: Config): Promise<void> {
    const closing = optionsThatClosePort(before, config);
    if (closing.length === 0) {
      const used = ({ serial, rrpc, events }: Config) => [serial, rrpc, events];
      if (isDeepStrictEqual(used(before), used(config))) return;
      this.#gateway.configure(soleBoard, correlatorOptions(config));
      this.#link.configure(config.serial);
      return;
    }
    this.#log.say("info", "reload port", `reload: the port is opened anew, for ${closing.join(", ")}`);
    await this.#link.stop();
    this.#gateway.configure(soleBoard, correlatorOptions(config));
    this.#link = this.#keepLink();
    this.#link.start();
  }

  /** How the daemon itself is, by what its watchdog looks at as well. */
  examine(): Promise<Health> {
    return new Promise((resolve) => {
      examineHealth(
        () => this.#health(),
        (fault) => {
          const isHealthy = fault === undefined;
          resolve({ isHealthy, text: isHealthy ? statusText(this.#status()) : fault.text });
        },
      );
    });
  }

  /** Takes no more requests, settles the open ones, says goodbye to the hub and closes the port. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    await this.#reloading;
    this.#systemd.stopping();
    this.#gateway.drain();
    await this.#drained;
    // What the hub sends until it agrees is refused; what came after DISCONNECT nobody could answer.
    await this.#session.current?.unsubscribe();
    await Promise.all([this.#session.stop(), this.#link.stop()]);
    await this.#watch.stop();
    await this.#notifier.idle();
    const forMs = this.#clock.now() - this.#startedAt;
    this.#log.flush();
    this.#log.say("info", "stopped", `stopped after ${seconds(forMs)}: ${this.#gateway.summary()}`);
  }

  #keepSession(): ReturnType<typeof keepSession> {
    return keepSession(
      this.#config.hub,
      (event) => {
        this.#gateway.hubEvent(event);
        if (event.kind === "up") this.#sayRoundTrip(event.roundTripMs);
        if (event.kind === "up" || event.kind === "down") this.#systemd.connectionChanged();
      },
      { clock: this.#clock, log: this.#log, openSession: this.#outside.openSession },
    );
  }

  #keepLink(): ReturnType<typeof keepLink> {
    return keepLink(
      this.#config.serial,
      (event) => {
        this.#gateway.linkEvent(soleBoard, event);
        if (event.kind === "up" || event.kind === "down") this.#systemd.connectionChanged();
      },
      { clock: this.#clock, log: logOf(soleBoard, this.#log), openLink: this.#outside.openLink },
    );
  }

  /** The hub may have given the session up by now, and NAT tables have forgotten it. */
  #hasSlept(ms: number): void {
    this.#log.say("info", "slept", `the machine slept for ${seconds(ms)}`);
    this.#session.current?.ask();
  }

  #health(): DaemonHealth {
    return {
      ...this.#gateway.lateness(),
      sessionSilentMs: this.#session.current?.silentMs(),
      keepaliveMs: this.#config.hub.keepaliveS * 1000,
    };
  }

  #status(): StatusFacts {
    return {
      hub: this.#session.status,
      boards: this.#gateway.boards.map(({ name, mcuState, counts: { settled, latencies, lastError } }) => ({
        name,
        serial: this.#link.status,
        mcuTrouble: describeMcuTrouble(mcuState),
        settled,
        p99Ms: latencies.p99Ms(),
        lastError: lastError && { reason: lastError.reason, agoMs: this.#clock.now() - lastError.at },
      })),
    };
  }

  #sayRoundTrip(roundTripMs: number): void {
    const { level, text } = describeRoundTrip(roundTripMs, this.#config.rrpc.marginMs);
    this.#log.say(level, `session round trip ${level}`, text, "hub");
  }

  #sayConfig(): void {
    const { hub, serial, rrpc, log } = this.#config;
    const { productId, deviceName } = hub.identity;
    const deadlineMs = rrpc.cutoffMs - rrpc.marginMs;
    const budget =
      `deadline ${deadlineMs} ms: cutoff ${rrpc.cutoffMs} ms less ${rrpc.marginMs} ms for the network; ` +
      `errors go out ${deadlineGuardMs} ms before it`;
    const identity = `device ${deviceName} of product ${productId}, mcu on ${serial.path}, log level ${log.level}`;
    this.#log.say("info", `config ${identity}`, identity);
    this.#log.say("info", `config ${budget}`, budget);
  }
}
