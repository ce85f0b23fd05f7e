/** How IoT Hub answers an operation for one sub-device, and what each code means. */
export const resultCodes = {
  0: "done",
  [-1]: "not bound to this gateway",
  [-2]: "system error",
  801: "bad parameters",
  802: "no such device",
  803: "bad signature",
  804: "unknown signature method",
  805: "the signature has expired",
  806: "bound to another gateway",
  807: "cannot be bound",
  808: "not allowed",
  809: "bound already",
  810: "unsupported",
} as const;

export type ResultCode = keyof typeof resultCodes;
