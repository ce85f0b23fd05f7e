// The virtual MCU's firmware: bytes in, bytes out, and faults in between. Pure: the time (ms, monotonic) is an argument,
// random numbers and boot words are passed in, and what to send or report is returned. It knows no tty, no timer and no
// baud rate. Bytes are strings with one character for each.
import { answerLines, helloLine } from "./answer.ts";
import { surrounded } from "./around.ts";
import { type GatewayLine, readGatewayLine } from "./codec.ts";
import { type McuCounts, zeroCounts } from "./counts.ts";
import type { McuFaults } from "./faults.ts";
import { createLineCheck } from "./line-check.ts";
import { receiveThroughFaults, sendThroughFaults } from "./line-faults.ts";
import { createMemory } from "./memory.ts";
import type { McuObservation } from "./observation.ts";
import type { Firmware } from "./options.ts";
import { type Plan, planFor } from "./plan.ts";
import { createReceiver } from "./receiver.ts";

/** What the firmware does: send bytes, cut off what is still leaving (a restart), or report an observation. */
export type McuOutput =
  | { readonly kind: "send"; readonly bytes: string }
  | { readonly kind: "tear" }
  | { readonly kind: "observed"; readonly observation: McuObservation };

/** What happens to the MCU, other than received bytes. */
export type McuEvent =
  | { readonly kind: "faults"; readonly faults: McuFaults }
  | { readonly kind: "reset" }
  | { readonly kind: "cable"; readonly plugged: boolean }
  /** It sends a line (given without checksum and LF) as it sends its own. */
  | { readonly kind: "say"; readonly line: string }
  /** It sends these bytes as they are, without any fault. */
  | { readonly kind: "send"; readonly bytes: string };

/** Every method returns what follows, in order. */
export interface Mcu {
  /** Power comes on. */
  start(now: number): McuOutput[];
  receive(bytes: string, now: number): McuOutput[];
  happen(event: McuEvent, now: number): McuOutput[];
  /** Does what is due. */
  wake(now: number): McuOutput[];
  /** When `wake` has something to do; undefined: not before something else happens. */
  wakeAt(): number | undefined;
  readonly counts: McuCounts;
}

type Command = GatewayLine & { readonly kind: "command" };

type Task = { readonly at: number } & (
  | { readonly kind: "boot" }
  | { readonly kind: "perform"; readonly command: Command; readonly plan: Plan }
  | { readonly kind: "answer"; readonly key: string; readonly lines: string[]; readonly count: "replies" | "refusals" }
);

/**
 * @param chance returns evenly distributed numbers from 0 up to 1
 * @param nextBoot returns a boot word for each start, different from the one before
 */
export function createMcu(
  firmware: Firmware,
  initialFaults: McuFaults,
  chance: () => number,
  nextBoot: () => string,
): Mcu {
  const counts = zeroCounts();
  const lineCheck = createLineCheck(counts, firmware);
  const receiver = createReceiver(firmware.rxBufferBytes, firmware);
  let state = { faults: initialFaults, plugged: true };
  const outputs: McuOutput[] = [];
  let boot = "";
  let memory = createMemory(firmware.dedup);
  let tasks: Task[] = [];
  /** A command that was read while the window was full: it waits, and nothing after it is read. */
  let waiting: Command | undefined;

  const observe = (observation: McuObservation) => outputs.push({ kind: "observed", observation });
  const booting = () => tasks.some((task) => task.kind === "boot");
  const windowIsFull = () => tasks.filter((task) => task.kind === "perform").length >= firmware.window;
  const reads = () => !state.faults.stall && waiting === undefined && (firmware.cancel || !windowIsFull());

  function send(bytes: string): void {
    if (state.plugged && bytes !== "") outputs.push({ kind: "send", bytes });
  }

  function say(body: string): void {
    const { line, observation } = sendThroughFaults(body, firmware.crc, state, counts, chance);
    observe(observation);
    if (line !== undefined) send(surrounded(line, firmware.around));
  }

  function sayHello(): void {
    if (!firmware.hello) return;
    counts.hellos++;
    say(helloLine(firmware, boot));
  }

  function restart(now: number): void {
    counts.restarts++;
    outputs.push({ kind: "tear" });
    boot = nextBoot();
    observe({ kind: "restarted", boot });
    receiver.clear();
    memory = createMemory(firmware.dedup);
    waiting = undefined;
    tasks = [{ kind: "boot", at: now + firmware.bootMs }];
  }

  function receiveLine(line: string): void {
    const { line: received, observation } = receiveThroughFaults(line, state.faults, counts, chance);
    observe(observation);
    if (received !== undefined) handle(readGatewayLine(received, firmware.crc));
  }

  function handle(line: GatewayLine): void {
    switch (line.kind) {
      case "command":
        counts.commands++;
        waiting = line;
        return;
      case "probe":
        counts.probes++;
        sayHello();
        return;
      case "cancel":
        counts.cancels++;
        if (firmware.cancel) cancel(line.id);
        return;
      case "spoiler":
        return;
      case "damaged":
        counts.damaged++;
        say("!- crc");
        return;
      case "malformed":
        counts.malformed++;
        return;
      default:
        line satisfies never;
    }
  }

  function cancel(id: string): void {
    const kept = tasks.filter((task) => !(task.kind === "perform" && task.command.id === id));
    counts.cancelled += tasks.length - kept.length;
    tasks = kept;
  }

  /** Starts the waiting command if it is remembered or there is room; returns whether it did. */
  function startWaiting(command: Command, now: number): boolean {
    const remembered = memory.recall(command.key);
    if (remembered === undefined && windowIsFull()) return false;
    waiting = undefined;
    if (remembered !== undefined) {
      counts.repeats++;
      if (remembered.answer !== undefined) counts.repeatsAnswered++;
      for (const line of remembered.answer ?? []) say(line);
      return true;
    }
    memory.begun(command.key);
    const plan = planFor(command.payload, firmware.reply);
    const { delayMs, jitterMs } = state.faults;
    const workMs = plan.workMs + delayMs + (jitterMs > 0 ? chance() * jitterMs : 0);
    tasks.push({ kind: "perform", at: now + workMs, command, plan });
    return true;
  }

  function run(task: Task, now: number): void {
    switch (task.kind) {
      case "boot":
        send(firmware.chatter);
        sayHello();
        return;
      case "perform":
        perform(task.command, task.plan, now);
        return;
      case "answer":
        counts[task.count] += task.lines.length;
        memory.answered(task.key, task.lines);
        for (const line of task.lines) say(line);
        return;
      default:
        task satisfies never;
    }
  }

  function perform({ id, key }: Command, { answer, lateMs }: Plan, now: number): void {
    const refused = answer.kind === "refusal";
    if (!refused) lineCheck.executed(key);
    if (answer.kind === "restart") {
      restart(now);
      return;
    }
    const lines = answerLines(id, answer, state.faults, chance);
    if (lines.length === 0) return;
    tasks.push({ kind: "answer", at: now + lateMs, key, lines, count: refused ? "refusals" : "replies" });
  }

  /** One turn of the main loop: what is due, earliest first; then the waiting command; then the next line. */
  function step(now: number): boolean {
    const due = earliest(tasks);
    if (due !== undefined && due.at <= now) {
      tasks = tasks.filter((task) => task !== due);
      run(due, now);
      return true;
    }
    if (waiting !== undefined) return startWaiting(waiting, now);
    const reading = reads() ? receiver.read() : undefined;
    if (reading === undefined) return false;
    switch (reading.kind) {
      case "overlong":
        counts.overlong++;
        observe({ kind: "overlong" });
        break;
      case "torn":
        counts.torn++;
        observe({ kind: "torn" });
        if (firmware.crc) say("!- crc");
        break;
      case "line":
        if (reading.line !== "") receiveLine(reading.line);
        break;
      default:
        reading satisfies never;
    }
    return true;
  }

  function settle(now: number): void {
    while (!state.faults.stall && step(now)) {}
  }

  function arrive(bytes: string, now: number): void {
    counts.bytesReceived += bytes.length;
    if (booting()) {
      counts.bytesUnheard += bytes.length;
      return;
    }
    lineCheck.arrived(bytes, now, windowIsFull(), (key) => memory.recall(key) !== undefined);
    const overflowed = receiver.arrive(bytes, reads(), now);
    if (overflowed === 0) return;
    counts.bytesOverflowed += overflowed;
    observe({ kind: "overflowed", bytes: overflowed });
  }

  return {
    counts,
    start(now) {
      restart(now);
      counts.restarts = 0;
      settle(now);
      return outputs.splice(0);
    },
    receive(bytes, now) {
      for (let at = 0; at < bytes.length; ) {
        const end = bytes.indexOf("\n", at) + 1 || bytes.length;
        arrive(bytes.slice(at, end), now);
        settle(now);
        at = end;
      }
      return outputs.splice(0);
    },
    happen(event, now) {
      switch (event.kind) {
        case "faults":
          state = { ...state, faults: event.faults };
          break;
        case "cable":
          state = { ...state, plugged: event.plugged };
          break;
        case "reset":
          restart(now);
          break;
        case "say":
          say(event.line);
          break;
        case "send":
          send(event.bytes);
          break;
        default:
          event satisfies never;
      }
      settle(now);
      return outputs.splice(0);
    },
    wake(now) {
      settle(now);
      return outputs.splice(0);
    },
    wakeAt: () => (state.faults.stall ? undefined : earliest(tasks)?.at),
  };
}

function earliest(tasks: readonly Task[]): Task | undefined {
  return tasks.reduce<Task | undefined>((first, task) => (first && first.at <= task.at ? first : task), undefined);
}
