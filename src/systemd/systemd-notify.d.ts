/** The package has no types of its own: these are read from its one file. */
declare module "systemd-notify" {
  /** Runs `systemd-notify`. Rejects with an Error where it cannot be run, with its output as a string where it fails. */
  function notify(options: { readonly ready?: boolean; readonly status?: string }): Promise<unknown>;
  export = notify;
}
