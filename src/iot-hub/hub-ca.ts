/** IoT Hub's root certificate: what to tell a user who lacks it, and how to recognise it. */

/** SHA-256 fingerprint of CN=www.tencent.com, OU=Tencent Iothub, self-signed, 2017-11-27 to 2032-11-23. */
export const hubCaFingerprint =
  "3B:1F:A1:E1:14:9E:3F:3B:D3:72:27:30:DB:EF:9E:B7:2E:C4:B9:FD:95:55:30:63:A9:C6:0B:A6:27:78:E7:40";

/** Where a user gets the root, and how to know that it is the right one. */
export const hubCaAdvice =
  "IoT Hub's certificate ends in a private root (CN=www.tencent.com, OU=Tencent Iothub) that is in no public trust " +
  "store: download the root certificate from the IoT Hub console and name the file as the hub's CA; its SHA-256 " +
  `fingerprint is ${hubCaFingerprint}. Or use hub.transport: psk, which needs no CA where the device has a secret`;
