/** What of /sys the power of USB sockets needs, as a folder of files. */
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, watch, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import type { TestContext } from "node:test";
import { portFolder } from "../../src/host/usb-socket.ts";

export type Sysfs = ReturnType<typeof createSysfs>;

export function createSysfs(t: Pick<TestContext, "after">) {
  const root = realpathSync(mkdtempSync(join(tmpdir(), "rrpc-sysfs-")));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  const dev = join(root, "dev");
  for (const folder of [dev, join(root, "class/tty"), join(root, "bus/usb/devices")]) {
    mkdirSync(folder, { recursive: true });
  }
  const switchOf = (socket: string) => join(portFolder(socket, root), "disable");

  return {
    root,
    device: (name: string) => join(dev, name),
    /** @param below the folder of its driver, below /sys/devices */
    addTty(name: string, below: string): string {
      const folder = join(root, "devices", below, name);
      mkdirSync(folder, { recursive: true });
      symlinkSync(folder, join(root, "class/tty", name));
      writeFileSync(join(dev, name), "");
      return join(dev, name);
    },
    removeTty(name: string): void {
      rmSync(join(root, "class/tty", name));
      rmSync(join(dev, name));
    },
    link(name: string, tty: string): string {
      symlinkSync(join(dev, tty), join(dev, name));
      return join(dev, name);
    },
    /** The port of a hub, which is on; its folder, links resolved, as of the kernel's own it is in another place. */
    addPort(socket: string): string {
      const link = dirname(portFolder(socket, root));
      const hub = join(root, "devices", basename(link));
      const port = join(hub, basename(portFolder(socket, root)));
      mkdirSync(port, { recursive: true });
      symlinkSync(hub, link);
      writeFileSync(join(port, "disable"), "0\n");
      return port;
    },
    pair(socket: string, peer: string): void {
      symlinkSync(realpathSync(portFolder(peer, root)), join(portFolder(socket, root), "peer"));
    },
    set: (socket: string, value: "0" | "1") => writeFileSync(switchOf(socket), `${value}\n`),
    isOff: (socket: string) => readFileSync(switchOf(socket), "utf8").trim() === "1",
    switchOf,
  };
}

/** Settles when the socket's power is off, or on, as it has to stay until then: its file is watched, nobody sleeps. */
export function untilSwitched(state: "off" | "on", sysfs: Sysfs, socket: string): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      if (sysfs.isOff(socket) !== (state === "off")) return;
      watcher.close();
      resolve();
    };
    const watcher = watch(sysfs.switchOf(socket), look);
    look();
  });
}
