import {
  createMessageSchema,
  encodeMessage,
  lowRank,
  maxMessageBytes,
  randomK,
  rowCodec,
  topK,
  type MessageParameter,
  type MessageSchema,
  type SectionedCodec,
} from "@dqrm/comm";
import {
  createRandom,
  createRowGradient,
  MAX_ROWS,
  type Random,
  type RowGradient,
  type ValueCodingName,
} from "@dqrm/core";

export const FUZZ_HEAD = { step: 7, rank: 1, world: 4 };

const CODINGS: readonly ValueCodingName[] = [
  "float32",
  "bfloat16",
  "float16",
  "int16",
  "int8",
  "int4",
  "ternary",
  "sign",
];
const SCALES = [{ kind: "tensor" }, { kind: "row" }, { kind: "block", values: 16 }] as const;

const table = { rows: 3000, cols: 3 };
const layer = { rows: 6, cols: 9 };

/** Every coding of values with and without codes by frequency, every other codec, and a table as long as tables may be. */
const parameters: readonly MessageParameter[] = [
  ...CODINGS.flatMap((values, c) =>
    [false, true].map((entropy, e): MessageParameter => {
      const scale = SCALES[(c + e) % SCALES.length];
      const codec = rowCodec({ values, scale, rounding: "nearest", entropy });
      return { name: `${values} ${entropy}`, ...table, codec };
    }),
  ),
  ...layerCodecs().map((codec, i): MessageParameter => ({ name: `layer ${i}`, ...layer, codec })),
  {
    name: "endless",
    rows: MAX_ROWS,
    cols: 2,
    codec: rowCodec({ values: "sign", scale: { kind: "tensor" }, rounding: "nearest", entropy: true }),
  },
];

function layerCodecs(): readonly SectionedCodec[] {
  return [
    topK({ share: 0.1, values: "int8", rounding: "nearest", entropy: false }),
    topK({ share: 0.9, values: "ternary", rounding: "nearest", entropy: true }),
    randomK({ share: 0.2 }),
    lowRank({ rank: 2, values: "float32" }),
    lowRank({ rank: 3, values: "bfloat16" }),
  ];
}

export const fuzzSchema: MessageSchema = createMessageSchema(parameters);

/** How rows lie decides how their ids are coded: all in order, a few far apart, or many near each other. */
const LAYOUTS = ["first", "scattered", "crowded"] as const;

/** Makes valid messages: each parameter alone in each layout of its rows, and mixtures of four. */
export function fuzzMessages(): readonly Uint8Array[] {
  const random = createRandom({ seed: 3, stream: 0 });
  const alone = parameters.flatMap(({ rows }, p) =>
    (rows === layer.rows ? LAYOUTS.slice(0, 1) : LAYOUTS).map((layout) =>
      messageOf(new Set([p]), layout, random),
    ),
  );
  const mixed = Array.from({ length: 12 }, (_, i) => {
    const chosen = new Set(Array.from({ length: 4 }, () => random.integer(parameters.length)));
    return messageOf(chosen, LAYOUTS[i % LAYOUTS.length], random);
  });
  return [...alone, ...mixed];
}

function messageOf(
  chosen: ReadonlySet<number>,
  layout: (typeof LAYOUTS)[number],
  random: Random,
): Uint8Array {
  const gradients = parameters.map((parameter, p) =>
    chosen.has(p) ? gradientOf(parameter, layout, random) : createRowGradient(parameter.cols, 0),
  );
  const out = new Uint8Array(maxMessageBytes(fuzzSchema, gradients));
  const key = (parameter: number): { seed: number; stream: number } => ({ seed: 1, stream: parameter });
  return out.slice(0, encodeMessage(fuzzSchema, { head: FUZZ_HEAD, gradients, key }, out));
}

function gradientOf(
  { cols, rows }: MessageParameter,
  layout: (typeof LAYOUTS)[number],
  random: Random,
): RowGradient {
  const whole = rows === layer.rows;
  const count = whole ? rows : layout === "crowded" ? 70 : 3;
  const gap = whole || layout === "first" ? 1 : layout === "crowded" ? 40 : 900;
  const gradient = createRowGradient(cols, count);
  gradient.count = count;
  for (let i = 0; i < count; i++) gradient.rows[i] = i * gap + (gap > 1 ? random.integer(gap) : 0);
  // Many zeros make codes by frequency the shorter ones.
  for (let i = 0; i < count * cols; i++)
    gradient.values[i] = random.integer(10) > 0 && count > 6 ? 0 : random.normal();
  return gradient;
}
