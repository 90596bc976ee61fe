/** Says why there is no device. */
export interface NoDevice {
  readonly unavailable: string;
}

/** Fixes what a device may be. */
export interface DeviceOptions {
  /** Bytes that all buffers together may take; WebGPU does not tell how many there are. */
  readonly memoryBytes?: number;
  /** Largest binding, at most 128 MiB; a table that is larger is cut into shards. */
  readonly shardBytes?: number;
  /** False multiplies packed bytes one by one where WGSL has dot products of them: to compare the two. */
  readonly packedDots?: boolean;
}

/** What WebGPU guarantees everywhere, and some drivers have no more; bits of codes are counted in 32 bits within it. */
export const MAX_SHARD_BYTES: number = 1 << 27;
