export type { CancelSignal } from "./abort.ts";
export type { GradientCodec, SummableCodec } from "./codec.ts";
export { dense } from "./codecs/dense.ts";
export { none } from "./codecs/none.ts";
export { allGather, allReduce, barrier } from "./collectives.ts";
export { createAppendSink, createDenseSink, type RowSink } from "./row-sink.ts";
export type { Transport } from "./transport.ts";
export { createMemoryTransports, MAX_MEMORY_RANKS } from "./transports/memory.ts";
export { HEADER_BYTES, readHeader, writeHeader, type WireCodec, type WireHeader } from "./wire.ts";
