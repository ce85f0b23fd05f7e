/** Where a session connects to. Pure: names and numbers, no socket. */

/** How MQTT is carried: over TLS, over bare TCP, or in a WebSocket over either. */
export const transports = ["tls", "tcp", "wss", "ws"] as const;
export type Transport = (typeof transports)[number];

/** IoT Hub's regions, by the names that Tencent's SDKs use in `device_info.json`. */
export const regions = ["china", "us-east", "europe", "ap-bangkok"] as const;
export type Region = (typeof regions)[number];

export interface Endpoint {
  readonly transport: Transport;
  readonly host: string;
  readonly port: number;
}

/** What a user may say; `host` and `port` of one's own win over what region and transport imply. */
export interface EndpointChoice {
  readonly productId: string;
  readonly region: Region;
  readonly transport: Transport;
  readonly host?: string | undefined;
  readonly port?: number | undefined;
}

export function hubEndpoint(choice: EndpointChoice): Endpoint {
  return {
    transport: choice.transport,
    host: choice.host ?? `${choice.productId}.${hubDomain(choice.region, isWebSocket(choice.transport))}`,
    port: choice.port ?? defaultPorts[choice.transport],
  };
}

const defaultPorts: Record<Transport, number> = { tls: 8883, tcp: 1883, wss: 443, ws: 80 };

/** The documented hosts are irregular: `iotcloud` where the region is old, `iothub` elsewhere and for every WebSocket. */
function hubDomain(region: Region, webSocket: boolean): string {
  switch (region) {
    case "china":
      return webSocket ? "ap-guangzhou.iothub.tencentdevices.com" : "iotcloud.tencentdevices.com";
    case "us-east":
      return `us-east.${webSocket ? "iothub" : "iotcloud"}.tencentdevices.com`;
    case "europe":
      return "europe.iothub.tencentdevices.com";
    case "ap-bangkok":
      return "ap-bangkok.iothub.tencentdevices.com";
    default:
      return region satisfies never;
  }
}

/** Whether the server proves itself by a certificate. */
export function isSecure(transport: Transport): boolean {
  return transport === "tls" || transport === "wss";
}

/** Whether MQTT travels in WebSocket frames. */
export function isWebSocket(transport: Transport): boolean {
  return transport === "wss" || transport === "ws";
}

/** `tls://host:8883`, for people. */
export function endpointUrl({ transport, host, port }: Endpoint): string {
  return `${transport}://${host.includes(":") ? `[${host}]` : host}:${port}`;
}
