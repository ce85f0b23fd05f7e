import type { BoardConfig } from "../config/board-config.ts";
import type { Config } from "../config/load.ts";
import { Gateway } from "../gateway/gateway.ts";
import type { Health } from "../observe/health-socket.ts";
import { statusText } from "../observe/status-text.ts";
import { gatewayItself } from "../runtime/board-name.ts";
import { monotonicClock } from "../runtime/clock.ts";
import type { CollapsingLog } from "../runtime/log.ts";
import { seconds } from "../runtime/text.ts";
import type { Notifier } from "../systemd/notifier.ts";
import { BoardConnection } from "./board-connection.ts";
import { Condition } from "./condition.ts";
import { boardIn } from "./config-boards.ts";
import { correlatorOptions } from "./correlator-options.ts";
import { sayConfig } from "./describe-config.ts";
import { describeReload } from "./describe-reload.ts";
import { HubConnection } from "./hub-connection.ts";
import { LocalHands } from "./local-hands.ts";
import { LogLevel } from "./log-level.ts";
import { type NeighboursParts, neighbourAt } from "./neighbour.ts";
import type { Observers } from "./observers.ts";
import { type Outside, realOutside } from "./outside.ts";
import { PortSharers } from "./port-sharers.ts";
import { Presences } from "./presences.ts";
import type { Program } from "./program.ts";
import { type Action, performReload } from "./reload.ts";
import { RemoteHands } from "./remote-hands.ts";
import { sayStopped } from "./say-stopped.ts";
import { type ServiceManager, superviseService } from "./service-manager.ts";

/**
 * What the daemon is made of: the gateway, the connections to the hub and to the board that are kept up around it, those who
 * look at it, and the service manager. It puts them together, starts them, takes another configuration and stops them.
 */
export class Daemon {
  readonly #clock = monotonicClock((ms) => this.#hasSlept(ms));
  readonly #log: CollapsingLog;
  readonly #logLevel: LogLevel;
  readonly #notifier: Notifier;
  readonly #observers: Observers;
  readonly #gateway: Gateway;
  readonly #hub: HubConnection;
  readonly #boards = new Map<string, BoardConnection>();
  readonly #presences: Presences;
  readonly #hands: LocalHands;
  readonly #remote: RemoteHands;
  readonly #condition: Condition;
  readonly #neighbours: NeighboursParts;
  readonly #outside: Outside;
  readonly #service: ServiceManager;
  #config: Config;
  #reloading = Promise.resolve();
  #isStopping = false;

  constructor(
    config: Config,
    log: CollapsingLog,
    notifier: Notifier,
    observers: Observers,
    program: Program,
    outside: Outside = realOutside,
  ) {
    this.#config = config;
    this.#outside = outside;
    this.#log = log;
    this.#logLevel = new LogLevel(log, config.log.level);
    this.#notifier = notifier;
    this.#observers = observers;
    const clock = this.#clock;
    this.#hub = new HubConnection(config, {
      ...outside,
      clock,
      log,
      isPresent: (board) => this.#presences.isPresent(board),
      settled: (board) => this.#gateway.board(board).settled(),
      onEvent: (event) => {
        if (event.kind === "request" && this.#remote.takes(event)) return;
        this.#gateway.hubEvent(event);
        if (event.kind === "down") this.#remote.endSession();
        if (event.kind === "up" || event.kind === "down") this.#service.connectionChanged();
      },
    });
    this.#gateway = new Gateway(new Map(), {
      hub: this.#hub,
      link: {
        write: (board, bytes, how) => this.#connection(board).write(bytes, how),
        reopen: (board, rung) => this.#connection(board).reopen(rung),
      },
      clock,
      log,
      observe: (observation, at) => observers.observe(observation, at),
    });
    this.#presences = new Presences({
      clock,
      isServing: (board) => this.#isServing(board),
      hasOpenRequest: (board) => this.#gateway.board(board).hasHubRequest,
      onChange: (board, isPresent) => this.#hub.setPresence(board, isPresent),
    });
    observers.add(new PortSharers({ log, ...outside, pathOf: (board) => this.#boards.get(board)?.path }));
    this.#hands = new LocalHands({
      ...outside,
      clock,
      gateway: this.#gateway,
      connections: this.#boards,
      isConfigured: (board) => this.#config.boards.some(({ name }) => name === board),
      onChange: () => this.#service.connectionChanged(),
    });
    this.#neighbours = { boards: this.#boards, isServing: (board) => this.#isServing(board), hands: this.#hands };
    const parts = { clock, log, gateway: this.#gateway, hub: this.#hub, boards: this.#boards, hands: this.#hands };
    const condition = new Condition({ ...parts, version: observers.version, config: () => this.#config });
    this.#condition = condition;
    this.#remote = new RemoteHands(config, {
      ...parts,
      program,
      logLevel: this.#logLevel,
      config: () => this.#config,
      examined: () => condition.examined(),
      recorded: () => observers.recorded(),
    });
    for (const board of config.boards) this.#addBoard(board);
    this.#service = superviseService({ notifier, log, health: condition.health, status: condition.status });
    observers.tellsStatus(() => statusText(condition.status()));
    observers.serves(this.#hands);
    sayConfig(config, log);
    for (const board of this.#boards.values()) board.start();
    this.#hub.start();
  }

  /**
   * Takes another configuration: what is the same in both goes on undisturbed. One at a time, and none while stopping. The result says
   * what has changed.
   */
  reload(config: Config): Promise<string> {
    const taking = this.#reloading.then(() => (this.#isStopping ? "the gateway stops" : this.#take(config)));
    this.#reloading = taking.then(() => {});
    return taking;
  }

  async #take(config: Config): Promise<string> {
    this.#service.reloading();
    const before = this.#config;
    const text = describeReload(before, config);
    this.#log.answer("info", text);
    this.#config = config;
    this.#observers.configure(config);
    this.#hub.configure(config);
    this.#remote.configure(config);
    await performReload(before, config, (action) => this.#perform(action));
    this.#remote.reloaded(config);
    sayConfig(config, this.#log);
    this.#service.reloaded();
    return text;
  }

  async #perform(action: Action): Promise<void> {
    switch (action.kind) {
      case "set_log_level":
        this.#logLevel.configure(this.#config.log.level);
        break;
      case "replace_observer":
        await this.#observers.replace(action.name);
        break;
      case "add_board":
        this.#addBoard(this.#boardConfig(action.board)).start();
        this.#hub.addBoard(this.#boardConfig(action.board));
        break;
      case "remove_board":
        await this.#removeBoard(action.board);
        break;
      case "release_device":
        // Without the hub's word its requests may still come: they are answered too, until none is open.
        await this.#hub.withdrawBoard(action.board);
        await Promise.all([this.#gateway.board(action.board).settled(), this.#remote.settled()]);
        this.#hub.removeBoard(action.board);
        this.#presences.forget(action.board);
        break;
      case "take_device":
        this.#presences.configure(this.#boardConfig(action.board));
        this.#hub.addBoard(this.#boardConfig(action.board));
        break;
      case "configure_board":
        this.#configureBoard(action.board);
        this.#connection(action.board).configure(this.#boardConfig(action.board).serial);
        break;
      case "close_port":
        await this.#connection(action.board).stop();
        break;
      case "open_port":
        this.#configureBoard(action.board);
        this.#connection(action.board).restart(this.#boardConfig(action.board).serial);
        break;
      case "release_gateway":
        await this.#hub.withdrawBoard(gatewayItself);
        await this.#remote.settled();
        this.#hub.removeBoard(gatewayItself);
        break;
      case "take_gateway":
        this.#hub.addGateway();
        break;
      case "adjust_session":
        this.#hub.adjust();
        break;
      case "replace_session":
        await this.#hub.replace({
          settled: async () => void (await Promise.all([this.#gateway.settled(), this.#remote.settled()])),
          endSession: () => {
            this.#gateway.endSession();
            this.#remote.endSession();
          },
        });
        break;
      default:
        action satisfies never;
    }
  }

  #addBoard(board: BoardConfig): BoardConnection {
    const { name, serial } = board;
    const connection = new BoardConnection(name, serial, {
      ...this.#outside,
      clock: this.#clock,
      log: this.#log,
      neighbourAt: (socket) => neighbourAt(socket, name, this.#neighbours),
      holderOf: (path) => this.#hands.holderOf(path),
      onEvent: (event) => {
        this.#gateway.linkEvent(name, event);
        this.#remote.linkEvent(name, event);
        if (event.kind === "up" || event.kind === "down") this.#service.connectionChanged();
      },
    });
    this.#boards.set(name, connection);
    this.#gateway.addBoard(name, correlatorOptions(board));
    this.#presences.configure(board);
    return connection;
  }

  /** Its requests are settled first; then nothing is left of it but what the summary tells. */
  async #removeBoard(name: string): Promise<void> {
    const connection = this.#connection(name);
    this.#hands.forget(name);
    await this.#hub.withdrawBoard(name);
    await Promise.all([this.#gateway.board(name).drain(), this.#remote.settled()]);
    this.#hub.removeBoard(name);
    this.#presences.forget(name);
    await connection.stop();
    this.#gateway.removeBoard(name);
    this.#boards.delete(name);
    this.#observers.forget(name);
    this.#log.forget(name);
  }

  /** Its MCU takes requests, as far as is known. */
  #isServing(name: string): boolean {
    const { mcuState } = this.#gateway.board(name);
    return mcuState === "serving" || mcuState === "suspect";
  }

  /** Gives it the options that concern no port. */
  #configureBoard(name: string): void {
    const board = this.#boardConfig(name);
    this.#gateway.configure(name, correlatorOptions(board));
    this.#presences.configure(board);
  }

  #connection(name: string): BoardConnection {
    const board = this.#boards.get(name);
    if (board === undefined) throw new Error(`no board ${name}`);
    return board;
  }

  #boardConfig(name: string): BoardConfig {
    return boardIn(this.#config, name);
  }

  /** How the daemon itself is, by what its watchdog looks at as well. */
  examine(): Promise<Health> {
    return this.#condition.examine();
  }

  /** Takes no more requests, settles the open ones, says goodbye to the hub and closes the port. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    await this.#reloading;
    this.#service.stopping();
    this.#hands.stop();
    await Promise.all([this.#gateway.drain(), this.#remote.stop()]);
    await this.#hub.unsubscribe();
    this.#presences.stop();
    await Promise.all([this.#hub.stop(), ...[...this.#boards.values()].map((board) => board.stop())]);
    await this.#observers.close();
    await this.#notifier.idle();
    sayStopped(this.#gateway, this.#condition.upMs, this.#log);
  }

  /** The hub may have given the session up by now, and NAT tables have forgotten it. */
  #hasSlept(ms: number): void {
    this.#log.say("info", "slept", `the machine slept for ${seconds(ms)}`);
    this.#hub.ask();
  }
}
