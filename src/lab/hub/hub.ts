// A simulated IoT Hub: an MQTT broker for devices, an HTTP API for the cloud's calls, and the calls between them.
// The gateway is tested against it, so it shares no code with it.
import type { Server } from "node:net";
import { type Broker, payloadBytesMax, startBroker } from "./broker.ts";
import { type CallResult, createCalls, type RefusedCallCode } from "./calls.ts";
import { createCloudApi } from "./cloud-api.ts";
import { clientIdOf, type DeviceName, type HubDevice } from "./device.ts";
import { type DevicePorts, type ListeningPorts, listenForDevices } from "./device-listeners.ts";
import { countingObserver, type HubCounts, type HubEvent } from "./events.ts";
import type { OperationName } from "./gateway-message.ts";
import { Gateways } from "./gateways.ts";
import { type Listener, listen } from "./listeners.ts";
import type { ResultCode } from "./result-codes.ts";
import { Rights } from "./rights.ts";
import type { CloudKey } from "./tc3.ts";
import { operationResultTopic, operationTopic, replyProcessId, timeRequestTopic, timeResultTopic } from "./topics.ts";
import { type SubDevice, Topology, topologyProblem } from "./topology.ts";

/** How to start a hub. Only `devices` is needed; every port is 0, a free one, unless given. */
export interface HubOptions extends DevicePorts {
  /** The devices that connect. Each may be a gateway of sub-devices. */
  readonly devices: readonly HubDevice[];
  readonly subDevices?: readonly SubDevice[];
  /** The address to listen on; 127.0.0.1 by default. */
  readonly host?: string;
  readonly apiPort?: number;
  /** When the cloud's call ends without a reply; 4000 by default, as in all SDK documents. */
  readonly cutoffMs?: number;
  /** The key whose signature the API asks for; without one it takes every call. */
  readonly cloudKey?: CloudKey | undefined;
  /** Least time between two CONNECTs of one device; 0 by default. IoT Hub's is 5000. */
  readonly connectIntervalMs?: number;
  /** Calls that the HTTP API takes within a second; any number by default. The real one takes 20. */
  readonly callsPerSecondMax?: number;
  /** Messages of one session within a second, each way, sub-devices included; any number by default. The real one takes 20. */
  readonly messagesPerSecondMax?: number;
  /** The `type` of the result of an unbind: `unbind` by default. In the documentation's example it is `bind`. */
  readonly unbindResultType?: "bind" | "unbind";
  /** Unix time in ms, for credentials and signatures; the system's clock by default. */
  readonly now?: () => number;
  readonly observe?: (event: HubEvent) => void;
}

/** A running hub. */
export interface Hub extends ListeningPorts {
  readonly apiPort: number;
  /** What PublishRRPCMessage does, without HTTP. Throws when a chosen `processId` has a call open. */
  call(device: DeviceName, payload: Buffer | string, options?: CallOptions): Promise<CallResult>;
  /** Publishes on any topic. No call is opened, so a reply to it is an `unknown_reply`. */
  publishRaw(topic: string, payload: Buffer | string, options?: { readonly qos?: 0 | 1 }): void;
  /** Drops the device's session, as IoT Hub does when a second one with its identity appears. */
  kick(device: DeviceName): void;
  /** Answers the device's CONNECTs with this CONNACK code from now on; undefined lets it in again. */
  refuse(device: DeviceName, returnCode: 2 | 3 | 4 | 5 | undefined): void;
  /** What happens to sub-devices in the console, and what a gateway is told of it. */
  readonly console: Console;
  /** How often each kind of event has happened since the start. */
  counts(): HubCounts;
  /** Ends open calls with InternalError, drops every connection and stops listening; again does nothing. */
  close(): Promise<void>;
}

/** How a call's request goes out: QoS 0 by default, as IoT Hub's, and the next free processId. */
export interface CallOptions {
  readonly qos?: 0 | 1;
  readonly processId?: string;
}

/** What a person does in the console, and what a test orders. Each throws where the names do not exist. */
export interface Console {
  /** Binds a sub-device to a gateway, and tells it so: `change` with status 1. */
  bind(subDevice: DeviceName, gateway: DeviceName): void;
  /** Unbinds a sub-device, which goes offline, and tells its gateway so: `change` with status 0. */
  unbind(subDevice: DeviceName): void;
  /** Unbinds all sub-devices of a gateway: `unbind_all`. */
  unbindAll(gateway: DeviceName): void;
  /** Tells a gateway `search_devices`. */
  searchDevices(gateway: DeviceName): void;
  /** The operation gets this code for this sub-device from now on, and does nothing; undefined ends it. */
  answerWith(operation: OperationName, subDevice: DeviceName, code: ResultCode | undefined): void;
  /** The gateway's product lacks the permission for this sub-device's topics: filters get SUBACK 128. */
  withholdTopics(subDevice: DeviceName, isWithheld: boolean): void;
  isOnline(subDevice: DeviceName): boolean;
}

/** Starts a hub; it listens when the promise resolves. Rejects with the system's error, such as EADDRINUSE. */
export async function startHub(options: HubOptions): Promise<Hub> {
  const { subDevices = [] } = options;
  const problem = topologyProblem(options.devices, subDevices);
  if (problem !== undefined) throw new Error(problem);
  const { host = "127.0.0.1", now = Date.now } = options;
  const devices = new Map(options.devices.map((device) => [clientIdOf(device), device]));
  const topology = new Topology(subDevices);
  const rights = new Rights(topology);
  const { observe, counts } = countingObserver(options.observe ?? (() => undefined));
  const calls = createCalls(options.cutoffMs ?? 4000);
  const gateways = new Gateways({
    topology,
    devices,
    unbindResultType: options.unbindResultType ?? "unbind",
    now,
    observe,
    isConnected: (gateway) => broker.isConnected(gateway),
    // At QoS 1, so that it comes at the QoS at which the gateway has subscribed.
    send: (gateway, message) => publishJson(broker, operationResultTopic(gateway), message, 1),
    silenced: (gatewayId, subDevice) => broker.silence(gatewayId, subDevice),
  });
  const broker = await startBroker({
    devices,
    rights,
    messagesPerSecondMax: options.messagesPerSecondMax ?? Number.POSITIVE_INFINITY,
    connectIntervalMs: options.connectIntervalMs ?? 0,
    now,
    observe,
    ended: (device) => gateways.sessionEnded(device),
    received(device, speaker, topic, payload) {
      const clientId = clientIdOf(speaker);
      const processId = replyProcessId(speaker, topic);
      if (processId !== undefined) {
        const fate = calls.reply(clientId, processId, payload);
        if (fate !== "answered") observe({ kind: fate, clientId, processId, payload });
      } else if (topic === operationTopic(device)) {
        gateways.take(device, payload);
      } else {
        observe({ kind: "published", clientId, topic, payload });
        if (topic === timeRequestTopic(device)) tellTime(broker, device, payload, now());
      }
    },
  });

  /** The gateway in whose session a sub-device takes requests; undefined where there is no such sub-device. */
  function carrierOf(subDevice: DeviceName): HubDevice | "offline" | undefined {
    if (topology.find(subDevice) === undefined) return undefined;
    return topology.isOnline(subDevice) ? (devices.get(topology.gatewayIdOf(subDevice) ?? "") ?? "offline") : "offline";
  }

  async function call(device: DeviceName, payload: Buffer, { qos = 0, processId }: CallOptions): Promise<CallResult> {
    const arrivedMs = performance.now();
    const clientId = clientIdOf(device);
    if (payload.length > payloadBytesMax) return failed("InvalidParameterValue.PayloadOverLimit");
    const carrier = devices.get(clientId) ?? carrierOf(device);
    if (carrier === undefined) return failed("ResourceNotFound.DeviceNotExist");
    if (carrier === "offline" || !broker.isConnected(carrier)) return failed("FailedOperation.DeviceOffline");
    const root = broker.requestRoot(device, carrier);
    if (root === undefined) return failed("FailedOperation.DeviceNoSubscription");
    const open = calls.open(clientId, arrivedMs, processId);
    observe({ kind: "request", clientId, processId: open.processId });
    broker.publish(`${root}/${open.processId}`, payload, qos);
    return await open.result;
  }

  async function observedCall(device: DeviceName, payload: Buffer, callOptions: CallOptions): Promise<CallResult> {
    const result = await call(device, payload, callOptions);
    observe({ kind: "call", clientId: clientIdOf(device), result });
    return result;
  }

  const api = createCloudApi({
    cloudKey: options.cloudKey,
    callsPerSecondMax: options.callsPerSecondMax ?? Number.POSITIVE_INFINITY,
    now,
    observe,
    call: (device, payload) => observedCall(device, payload, {}),
  });
  const listeners: Listener[] = [];
  async function stop(): Promise<void> {
    await Promise.all(listeners.map((listener) => listener.close()));
    calls.close();
    await broker.close();
  }
  let stopped: Promise<void> | undefined;
  function close(): Promise<void> {
    stopped ??= stop();
    return stopped;
  }
  async function listenTo(server: Server, port = 0): Promise<number> {
    const listener = await listen(server, host, port);
    listeners.push(listener);
    return listener.port;
  }

  try {
    return {
      ...(await listenForDevices(options, { devices, observe, accept: broker.accept, listenTo })),
      apiPort: await listenTo(api, options.apiPort),
      call: (device, payload, callOptions = {}) => observedCall(device, Buffer.from(payload), callOptions),
      publishRaw: (topic, payload, { qos = 0 } = {}) => broker.publish(topic, Buffer.from(payload), qos),
      kick: broker.kick,
      refuse: broker.refuse,
      console: {
        bind: (subDevice, gateway) => gateways.bind(subDevice, gateway),
        unbind: (subDevice) => gateways.unbind(subDevice),
        unbindAll: (gateway) => gateways.unbindAll(gateway),
        searchDevices: (gateway) => gateways.searchDevices(gateway),
        answerWith: (operation, subDevice, code) => gateways.answerWith(operation, subDevice, code),
        withholdTopics: (subDevice, isWithheld) => rights.withhold(subDevice, isWithheld),
        isOnline: (subDevice) => topology.isOnline(subDevice),
      },
      counts,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function failed(code: RefusedCallCode): CallResult {
  return { kind: "failed", code };
}

/** Answers a device that asks for the time as the SDKs do; anything else on that topic gets no answer. */
function tellTime(broker: Broker, device: DeviceName, request: Buffer, nowMs: number): void {
  if (!request.includes('"time"')) return;
  const time = { type: "get", time: Math.floor(nowMs / 1000), ntptime1: nowMs, ntptime2: nowMs };
  publishJson(broker, timeResultTopic(device), time, 0);
}

function publishJson(broker: Broker, topic: string, message: object, qos: 0 | 1): void {
  broker.publish(topic, Buffer.from(JSON.stringify(message)), qos);
}
