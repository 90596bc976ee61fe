import type { Device } from "../device/device.ts";
import type { DeviceRows } from "./device-rows.ts";

/** Holds some rows of a table on the device, by the numbers of their resident buffers. */
export interface Shard {
  readonly first: number;
  readonly rows: number;
  readonly table: number;
  readonly others: readonly number[];
}

/** Counts the rows of a shard: as many as a binding holds, whole blocks of them where it holds one. */
export function rowsPerShard(shardBytes: number, rowBytes: number, blockRows = 1): number {
  const most = Math.max(1, Math.floor(shardBytes / rowBytes));
  return most < blockRows ? most : most - (most % blockRows);
}

/** Uploads a table in shards that a binding holds; frees what it has uploaded when one finds no room. */
export async function uploadShards(
  device: Pick<Device, "allocate" | "dispose" | "shardBytes">,
  rows: DeviceRows,
  signal?: AbortSignal,
): Promise<readonly Shard[]> {
  const most = rowsPerShard(device.shardBytes, rows.rowBytes);
  const residents: number[] = [];
  const allocate = async (data: Parameters<Device["allocate"]>[1] & object): Promise<number> => {
    const resident = await device.allocate(data.byteLength, data);
    residents.push(resident);
    return resident;
  };
  const shards: Shard[] = [];
  try {
    for (let first = 0; first < rows.rows; first += most) {
      signal?.throwIfAborted();
      const count = Math.min(most, rows.rows - first);
      const { others, table } = rows.cut(first, first + count);
      const uploaded: number[] = [];
      for (const array of [table, ...others]) uploaded.push(await allocate(array));
      shards.push({ first, rows: count, table: uploaded[0], others: uploaded.slice(1) });
    }
  } catch (error) {
    residents.forEach(device.dispose);
    throw error;
  }
  return shards;
}
