/** Whatever the hub says, leaves out or says late: no board is forgotten that is wished, and none served that is not. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { SubDevice } from "../../src/iot-hub/sub-device.ts";
import { type Packet, SubDevices } from "../../src/iot-hub/sub-devices.ts";

const nonce = { random: 121213, timestampS: 1767225600 };
const names = ["a", "b", "c"] as const;
type Name = (typeof names)[number];

/** Of all operations at once three boards need no more; a machine in a loop does. */
const packetsAtOnceMax = 30;

/** Asked again at the longest intervals, each board is served after some ten packets and waits. */
const roundsMax = 300;

const codes = fc.constantFrom(0, -1, -2, 801, 802, 803, 805, 806, 809);
const name = fc.constantFrom(...names);
const step = fc.oneof(
  fc.record({ kind: fc.constant("pass"), ms: fc.integer({ min: 0, max: 700_000 }) }),
  fc.record({ kind: fc.constantFrom("send", "serve") }),
  fc.record({ kind: fc.constantFrom("online", "bind", "offline"), name, code: codes }),
  fc.record({ kind: fc.constant("suback"), name, isGranted: fc.boolean() }),
  fc.record({ kind: fc.constant("resultsSuback"), isGranted: fc.boolean() }),
  fc.record({ kind: fc.constantFrom("unsuback", "request", "replace"), name }),
  fc.record({ kind: fc.constant("change"), name, isBound: fc.boolean() }),
  fc.record({ kind: fc.constantFrom("unbind_all", "reconnect") }),
  fc.record({ kind: fc.constant("presence"), name, isPresent: fc.boolean() }),
  fc.record({ kind: fc.constant("anything"), bytes: fc.oneof(fc.uint8Array(), fc.json().map(Buffer.from)) }),
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

class Play {
  devices = new SubDevices();
  readonly isPresent = new Map<Name, boolean>(names.map((one) => [one, true]));
  readonly isUnbound = new Set<Name>();
  /** As the hub knows it. */
  readonly isBound: Set<Name>;
  /** What was told last of each board: up, or why it is down. */
  readonly told = new Map<string, string>();
  /** Boards that the hub was told to be online since they last were not. */
  readonly reported = new Set<Name>();
  now = 0;
  readonly #secret: string | undefined;

  /** With a secret no board is bound at first. */
  constructor(secret: string | undefined) {
    this.isBound = new Set(secret === undefined ? names : []);
    this.#secret = secret;
    for (const board of names) this.#add(board);
  }

  take(one: Step): void {
    switch (one.kind) {
      case "pass":
        this.now += "ms" in one ? one.ms : 0;
        this.devices.expire(this.now);
        break;
      case "send":
        this.send(() => {});
        break;
      case "serve":
        this.send((packet) => this.#serve(packet));
        break;
      case "resultsSuback":
        if ("isGranted" in one) this.devices.resultsSuback(one.isGranted, this.now);
        break;
      case "unbind_all":
        this.say("unbind_all", {});
        for (const board of names) this.#unbound(board);
        break;
      case "reconnect":
        this.#reconnect();
        break;
      case "anything":
        if ("bytes" in one) this.devices.message(Buffer.from(one.bytes), this.now);
        break;
      default:
        if ("name" in one) this.#ofBoard(one);
    }
    this.check();
  }

  #ofBoard(one: Extract<Step, { name: Name }>): void {
    const device = this.device(one.name);
    if ("code" in one) this.say(one.kind, result(one.name, one.code));
    else if ("isBound" in one) {
      this.say("change", { status: Number(one.isBound), devices: [nameOf(one.name)] });
      if (one.isBound) {
        this.isUnbound.delete(one.name);
        this.isBound.add(one.name);
      } else this.#unbound(one.name);
    } else if ("isPresent" in one) {
      this.isPresent.set(one.name, one.isPresent);
      device.setPresence(one.isPresent);
    } else if ("isGranted" in one) device.suback(one.isGranted, this.now);
    else if (one.kind === "replace") this.#replace(one.name);
    else if (one.kind === "unsuback") device.unsubscribed();
    else device.takesRequest();
  }

  /** Another session, of which the hub knows nothing, begins with what is wished. */
  #reconnect(): void {
    this.devices = new SubDevices();
    this.isUnbound.clear();
    this.reported.clear();
    this.told.clear();
    for (const board of names) this.#add(board);
  }

  #add(board: Name): void {
    const subDevice = { secret: this.#secret, isPresent: this.isPresent.get(board) === true };
    this.devices.add({ board, productId: "P", deviceName: board, subDevice });
  }

  /** As a reload does that gives a board another device and back. */
  #replace(board: Name): void {
    this.device(board).withdraw();
    this.devices.remove(board);
    this.isPresent.set(board, true);
    this.isUnbound.delete(board);
    this.reported.delete(board);
    this.told.delete(board);
    this.#add(board);
  }

  /** Sends what is due. `answer` is what the hub makes of it. */
  send(answer: (packet: Packet) => void): number {
    let count = 0;
    for (let packet = this.#next(); packet !== undefined; packet = this.#next()) {
      count += 1;
      assert.ok(count <= packetsAtOnceMax, "packets without an end");
      answer(packet);
    }
    return count;
  }

  #next(): Packet | undefined {
    const packet = this.devices.next(this.now, nonce);
    if (packet?.kind !== "publish") return packet;
    const { type, payload } = JSON.parse(String(packet.payload));
    if (type === "online") for (const { device_name } of payload.devices) this.reported.add(device_name);
    if (type === "offline") for (const { device_name } of payload.devices) this.reported.delete(device_name);
    return packet;
  }

  check(): void {
    for (const event of this.devices.takeEvents()) {
      if (event.kind !== "dropped") this.told.set(event.board, event.kind === "board_up" ? "up" : event.reason.kind);
    }
    for (const board of names) {
      if (this.device(board).takesRequest())
        assert.ok(this.reported.has(board), `${board} is served, and was not reported`);
    }
  }

  say(type: string, payload: object): void {
    this.devices.message(Buffer.from(JSON.stringify({ type, payload })), this.now);
  }

  device(board: Name): SubDevice {
    const device = this.devices.get(board);
    assert.ok(device !== undefined);
    return device;
  }

  #unbound(board: Name): void {
    this.isUnbound.add(board);
    this.isBound.delete(board);
    this.reported.delete(board);
  }

  /** From now on the hub does what it is asked; a person has bound what a new board is for. */
  untilQuiet(): void {
    if (this.#secret === undefined) for (const board of names) if (!this.isUnbound.has(board)) this.isBound.add(board);
    for (let round = 0; round < roundsMax; round += 1) {
      if (this.send((packet) => this.#serve(packet)) > 0) continue;
      const { wakeAt } = this.devices;
      if (wakeAt === undefined) return;
      this.now = Math.max(this.now, wakeAt);
      this.devices.expire(this.now);
    }
    assert.fail("the boards do not come to rest");
  }

  #serve(packet: Packet): void {
    if (packet.kind === "subscribe_results") this.devices.resultsSuback(true, this.now);
    else if (packet.kind === "subscribe") this.devices.get(packet.board)?.suback(true, this.now);
    else if (packet.kind === "unsubscribe") this.devices.get(packet.board)?.unsubscribed();
    else if (packet.kind === "publish") {
      const { type, payload } = JSON.parse(String(packet.payload));
      if (type !== "online" && type !== "bind") return;
      for (const { device_name } of payload.devices) {
        if (type === "bind") this.isBound.add(device_name);
        this.say(type, result(device_name, this.isBound.has(device_name) ? 0 : -1));
      }
    }
  }
}

const nameOf = (board: string) => ({ product_id: "P", device_name: board });
const result = (board: string, code: number) => ({ devices: [{ ...nameOf(board), result: code }] });

/** Both were broken once. */
const examples: [Step[], boolean][] = [
  // The subscription may have ended with the binding.
  [[{ kind: "serve" }, { kind: "unbind_all" }, { kind: "change", name: "a", isBound: true }], false],
  // The hub tells by itself that it is not online, while the gateway is about to say so.
  [
    [{ kind: "serve" }, { kind: "presence", name: "b", isPresent: false }, { kind: "online", name: "b", code: 802 }],
    false,
  ],
];

test("once the hub does what it is asked, exactly the boards that are wished and bound are served", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.boolean(), (steps, hasSecret) => {
      const play = new Play(hasSecret ? "MDEyMzQ1Njc4OWFiY2RlZg==" : undefined);
      for (const one of steps) play.take(one);
      play.untilQuiet();
      play.check();
      for (const board of names) {
        const isWished = play.isPresent.get(board) === true && !play.isUnbound.has(board);
        assert.equal(play.device(board).takesRequest(), isWished, `board ${board}`);
        const why = play.isUnbound.has(board) ? "unbound" : "absent";
        assert.equal(play.told.get(board), isWished ? "up" : why, `what is told of ${board}`);
      }
    }),
    { numRuns: 10_000, examples },
  );
});

test("the session's own device alone has nothing said or subscribed for it", () => {
  const devices = new SubDevices();
  devices.add({ board: "board", productId: "P", deviceName: "gateway", subDevice: undefined }).granted();
  assert.equal(devices.next(0, nonce), undefined);
  assert.equal(devices.wakeAt, undefined);
  assert.deepEqual(devices.farewell(nonce), []);
});
