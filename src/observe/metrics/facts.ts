/** What the metrics say of a gateway beside its figures; a reload may change it. */
export interface Facts {
  readonly version: string;
  readonly product: string;
  readonly device: string;
  /** Unix time; undefined where the device has no certificate. */
  readonly certificateExpiresAtMs: number | undefined;
}
