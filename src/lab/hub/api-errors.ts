import type { RefusedCallCode, UnansweredCallCode } from "./calls.ts";
import type { SignatureErrorCode } from "./tc3.ts";

/** Every error that the cloud side answers with; the API's own codes. */
export type ApiErrorCode =
  | RefusedCallCode
  | UnansweredCallCode
  | SignatureErrorCode
  | "InvalidAction"
  | "InvalidParameter"
  | "NoSuchVersion"
  | "RequestLimitExceeded"
  | "RequestSizeLimitExceeded"
  | "UnknownParameter"
  | "UnsupportedProtocol";

/** An error in the API's shape; it goes out with HTTP status 200. */
export interface ApiError {
  readonly Error: { readonly Code: ApiErrorCode; readonly Message: string };
}

const messages: Record<ApiErrorCode, string> = {
  "AuthFailure.InvalidAuthorization": "The Authorization header is not TC3-HMAC-SHA256 as the API documents it",
  "AuthFailure.SecretIdNotFound": "The SecretId is not the one that the hub was started with.",
  "AuthFailure.SignatureExpire": "X-TC-Timestamp is more than five minutes away from the hub's clock.",
  "AuthFailure.SignatureFailure": "The signature is not the request's, or not made with the hub's SecretKey",
  "AuthFailure.TokenFailure": "The session token of temporary credentials is not right",
  "FailedOperation.DeviceNoSubscription": "The device is connected and has not subscribed to its RRPC requests.",
  "FailedOperation.DeviceOffline": "The device is not connected.",
  "FailedOperation.RRPCTimeout": "The device did not reply in time.",
  InternalError: "The hub stopped before the device replied.",
  InvalidAction: "The action is not PublishRRPCMessage, the only one here.",
  InvalidParameter: "A parameter is not what it should be",
  "InvalidParameterValue.PayloadOverLimit": "The payload is longer than 16 KB.",
  MissingParameter: "A parameter is missing",
  NoSuchVersion: "X-TC-Version is neither 2021-04-08 nor 2018-06-14, the ones here.",
  RequestLimitExceeded: "More calls within a second than the API takes.",
  RequestSizeLimitExceeded: "The request is longer than 10 MB.",
  "ResourceNotFound.DeviceNotExist": "No such device is registered.",
  UnknownParameter: "The action knows no such parameter",
  UnsupportedProtocol: "Only POST to / is served.",
};

/** The error with a code; `subject` names what it is about where the code alone does not say. */
export function apiError(code: ApiErrorCode, subject?: string): ApiError {
  return { Error: { Code: code, Message: subject === undefined ? messages[code] : `${messages[code]}: ${subject}.` } };
}
