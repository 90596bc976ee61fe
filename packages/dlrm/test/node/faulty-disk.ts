import { nodeDisk, type Disk } from "../../src/node/index.ts";

/** The disk of this machine without waiting for the platter: a test that pulls no plug needs no fsync. */
export const unsyncedDisk: Disk = {
  ...nodeDisk,
  async create(path) {
    const file = await nodeDisk.create(path);
    return { write: file.write, sync: () => Promise.resolve(), close: file.close };
  },
  syncDirectory: () => Promise.resolve(),
};

/** Says what a call of a {@link Disk} was, for a test that looks at their order. */
export interface DiskCall {
  readonly operation: keyof Disk | "write" | "sync" | "close";
  readonly path: string;
}

/**
 * A disk whose `failAt`-th changing call, counted from 0, fails with the given system error.
 *
 * "once": every later call works, as on a disk that was full. "for good": every later call fails too, so that
 * nothing can be tidied up, as when the machine stops.
 */
export function faultyDisk(
  failAt: number,
  code: string,
  lasting: "once" | "for good" = "once",
): Disk & { readonly calls: readonly DiskCall[] } {
  const calls: DiskCall[] = [];
  const call = async <T>(
    operation: DiskCall["operation"],
    path: string,
    action: () => Promise<T>,
  ): Promise<T> => {
    calls.push({ operation, path });
    const number = calls.length - 1;
    if (number === failAt || (lasting === "for good" && failAt >= 0 && number > failAt)) {
      throw Object.assign(new Error(`${code}: injected, ${operation} '${path}'`), { code });
    }
    return await action();
  };
  return {
    calls,
    async create(path) {
      const file = await call("create", path, () => unsyncedDisk.create(path));
      return {
        write: (bytes) => call("write", path, () => file.write(bytes)),
        sync: () => call("sync", path, () => file.sync()),
        close: () => file.close(),
      };
    },
    rename: (from, to) => call("rename", to, () => unsyncedDisk.rename(from, to)),
    syncDirectory: (path) => call("syncDirectory", path, () => unsyncedDisk.syncDirectory(path)),
    makeDirectory: (path) => call("makeDirectory", path, () => unsyncedDisk.makeDirectory(path)),
    remove: (path) => call("remove", path, () => unsyncedDisk.remove(path)),
    list: (path) => unsyncedDisk.list(path),
  };
}
