export type { CancelSignal } from "./abort.ts";
export type { GradientCodec, SummableCodec } from "./codec.ts";
export { dense } from "./codecs/dense.ts";
export { lowRank, type LowRankOptions } from "./codecs/low-rank.ts";
export { none } from "./codecs/none.ts";
export { randomK, type RandomKOptions } from "./codecs/random-k.ts";
export { rowCodec, type RowCodecOptions } from "./codecs/row-codec.ts";
export { allGather, allReduce, barrier } from "./collectives.ts";
export type { Compensation, ParameterShape } from "./compensation/compensation.ts";
export { errorFeedback } from "./compensation/error-feedback.ts";
export { meanScale, type MeanScaleEncoder, type MeanScaleOptions } from "./compensation/mean-scale.ts";
export { momentumCorrection } from "./compensation/momentum-correction.ts";
export { createAppendSink, createDenseSink, type RowSink } from "./row-sink.ts";
export { topK, type TopKOptions } from "./codecs/top-k.ts";
export { createMessageDecoder, decodeMessage, type MessageDecoder } from "./message/decode-message.ts";
export {
  encodeMessage,
  maxMessageBytes,
  type MessageContent,
  type SectionEncoder,
  type SectionKey,
  type SharedScales,
} from "./message/encode-message.ts";
export { DEFAULT_GROUP_PORT, groupPlace, type Environment } from "./group-place.ts";
export {
  createExchange,
  type Exchange,
  type ExchangeOptions,
  type ExchangeReport,
  type PendingExchange,
} from "./message/exchange.ts";
export {
  MAX_WORLD,
  MESSAGE_HEADER_BYTES,
  type ExpectedHead,
  type MessageHeader,
} from "./message/message-header.ts";
export {
  createMessageSchema,
  MAX_PARAMETERS,
  type MessageParameter,
  type MessageSchema,
} from "./message/message-schema.ts";
export {
  withHeader,
  type Feedback,
  type FeedbackOptions,
  type KnowingOptions,
  type SectionCodec,
  type SectionedCodec,
  type SectionSource,
} from "./section.ts";
export type { Transport } from "./transport.ts";
export {
  createEngineTransport,
  type Engine,
  type EngineListener,
  type EngineTransportOptions,
} from "./transports/engine.ts";
export { sayFailure } from "./transports/failure-message.ts";
export { createMemoryTransports, MAX_MEMORY_RANKS } from "./transports/memory.ts";
export { createPortTransport, type ChannelPort, type PortTransportOptions } from "./transports/port.ts";
export type { GroupPlace, OpenTransportOptions, TransportPlugin } from "./transport-plugin.ts";
export { MAX_TIMEOUT_MS, watched, type StartTimer, type WatchOptions } from "./transports/watched.ts";
export { HEADER_BYTES, readHeader, writeHeader, type WireCodec, type WireHeader } from "./wire.ts";
