import { isDeadZone, rowBytes, type PackedRows } from "../../../src/index.ts";
import { correct, type Mutant } from "./mutant.ts";

const rowsOf = (packed: PackedRows, scale: Float32Array): PackedRows => ({ ...packed, scale });

export const quantizeMutants: readonly Mutant[] = [
  {
    name: "cuts a code to its low bits",
    ops: {
      packCodes: (spec) => (codes, dst, begin, end) => {
        correct("packCodes", spec)(
          codes.map((code) => code & (2 ** spec.bits - 1)),
          dst,
          begin,
          end,
        );
      },
    },
  },
  {
    name: "gives −0 where a negative weight rounds to zero",
    ops: {
      fakeQuantizeRows: (format) => (src, scale, bias, dst, begin, end) => {
        const negative = src.map((w) => (w < 0 ? 1 : 0));
        correct("fakeQuantizeRows", format)(src, scale, bias, dst, begin, end);
        for (let i = begin * format.cols; i < end * format.cols; i++)
          if (dst[i] === 0 && negative[i]) dst[i] = -0;
      },
    },
  },
  {
    name: "divides by 2^(bits − 1)",
    ops: {
      chooseScale: (format) => (src, scale, bias, begin, end) => {
        correct("chooseScale", format)(src, scale, bias, begin, end);
        const steps = 2 ** (format.bits - 1);
        if (format.scheme === "symmetric" && steps > 1) {
          for (let i = 0; i < scale.length; i++) scale[i] *= (steps - 1) / steps;
        }
      },
    },
  },
  {
    name: "gives a table of zeros the scale 0",
    ops: {
      chooseScale: (format) => (src, scale, bias, begin, end) => {
        correct("chooseScale", format)(src, scale, bias, begin, end);
        for (let i = 0; i < scale.length; i++) if (scale[i] <= 1e-8) scale[i] = 0;
      },
    },
  },
  {
    name: "takes the bias for the low end of all rows",
    ops: {
      chooseScale: (format) => (src, scale, bias, begin, end) => {
        correct("chooseScale", format)(src, scale, bias, begin, end);
        bias.fill(bias.reduce((low, b) => Math.min(low, b), Infinity));
      },
    },
  },
  {
    name: "accepts a NaN weight",
    ops: {
      chooseScale: (format) => (src, scale, bias, begin, end) => {
        correct("chooseScale", format)(
          src.map((w) => (Number.isNaN(w) ? 0 : w)),
          scale,
          bias,
          begin,
          end,
        );
      },
    },
  },
  {
    name: "scans all rows for a part",
    ops: {
      chooseScale: (format) => (src, scale, bias) => {
        correct("chooseScale", format)(src, scale, bias, 0, src.length / format.cols);
      },
    },
  },
  {
    name: "rounds halves up",
    ops: {
      quantizeRows: (spec) => (src, dst, key, begin, end) => {
        const up = src.map((w) => w + Math.abs(w) * 2 ** -22);
        correct("quantizeRows", spec)(up, dst, key, begin, end);
      },
    },
  },
  {
    name: "packs codes as two's complement",
    ops: {
      quantizeRows: (spec) => (src, dst, key, begin, end) => {
        correct("quantizeRows", spec)(src, dst, key, begin, end);
        for (let i = 0; i < dst.codes.length && spec.format.bits === 8; i++) dst.codes[i] ^= 0x80;
      },
    },
  },
  {
    name: "leaves unused bits as they were",
    ops: {
      quantizeRows: (spec) => (src, dst, key, begin, end) => {
        correct("quantizeRows", spec)(src, dst, key, begin, end);
        const { format } = spec;
        const used = (format.cols * format.bits) % 8;
        const stride = rowBytes(format);
        for (let row = begin; row < end && used > 0; row++) dst.codes[(row + 1) * stride - 1] |= 0xff << used;
      },
    },
  },
  {
    name: "uses the first scale for every row",
    ops: {
      quantizeRows: (spec) => (src, dst, key, begin, end) => {
        const same = new Float32Array(dst.scale.length).fill(dst.scale[0]);
        correct("quantizeRows", spec)(src, rowsOf(dst, same), key, begin, end);
      },
    },
  },
  {
    name: "does not go below −n",
    ops: {
      quantizeRows: (spec) => (src, dst, key, begin, end) => {
        const n = 2 ** (spec.format.bits - 1) - 1;
        const limited =
          spec.format.granularity.kind === "table" && spec.format.scheme === "symmetric" && n > 0;
        const raised = limited ? src.map((w) => Math.max(w, -n * dst.scale[0])) : src;
        correct("quantizeRows", spec)(raised, dst, key, begin, end);
      },
    },
  },
  {
    name: "counts random numbers from the part's first element",
    ops: {
      quantizeRows: (spec) => (src, dst, key, begin, end) => {
        const { seed, stream } = key;
        correct("quantizeRows", spec)(src, dst, { seed: begin > 0 ? seed + 1 : seed, stream }, begin, end);
      },
    },
  },
  {
    name: "always rounds up a fraction",
    ops: {
      quantizeRows: (spec) => (src, dst, key, begin, end) => {
        correct("quantizeRows", { ...spec, rounding: "nearest" })(src, dst, key, begin, end);
      },
    },
  },
  {
    name: "multiplies by the reciprocal in double",
    ops: {
      quantizeRows: (spec) => (src, dst, key, begin, end) => {
        const doubled = src.map((w) => w / 2);
        const halves = dst.scale.map((s) => (s / 2) * (1 - 2 ** -21));
        correct("quantizeRows", spec)(doubled, rowsOf(dst, halves), key, begin, end);
      },
    },
  },
  {
    name: "centres codes one too low",
    ops: {
      dequantizeRows: (format) => (src, dst, begin, end) => {
        correct("dequantizeRows", format)(src, dst, begin, end);
        const shift = src.scale[0];
        for (let i = begin * format.cols; i < end * format.cols; i++) dst[i] -= shift;
      },
    },
  },
  {
    name: "reads a sign bit as 0 and 1",
    ops: {
      dequantizeRows: (format) => (src, dst, begin, end) => {
        correct("dequantizeRows", format)(src, dst, begin, end);
        for (let i = begin * format.cols; i < end * format.cols && format.bits === 1; i++) {
          if (format.scheme === "symmetric" && dst[i] < 0) dst[i] = 0;
        }
      },
    },
  },
  {
    name: "dequantizes all rows",
    ops: {
      dequantizeRows: (format) => (src, dst) => {
        correct("dequantizeRows", format)(src, dst, 0, src.rows);
      },
    },
  },
  {
    name: "fake-quantizes without clamping",
    ops: {
      fakeQuantizeRows: (format) => (src, scale, bias, dst, begin, end) => {
        correct("fakeQuantizeRows", { ...format, bits: 16 })(src, scale, bias, dst, begin, end);
      },
    },
  },
  {
    name: "needs a second array",
    ops: {
      fakeQuantizeRows: (format) => (src, scale, bias, dst, begin, end) => {
        dst.fill(0, begin * format.cols, end * format.cols);
        correct("fakeQuantizeRows", format)(src, scale, bias, dst, begin, end);
      },
    },
  },
  {
    name: "fake-quantizes all rows of the array",
    ops: {
      fakeQuantizeRows: (format) => (src, scale, bias, dst) => {
        correct("fakeQuantizeRows", format)(src, scale, bias, dst, 0, src.length / format.cols);
      },
    },
  },
  {
    name: "swaps the nibbles",
    ops: {
      packCodes: (spec) => (codes, dst, begin, end) => {
        correct("packCodes", spec)(codes, dst, begin, end);
        const stride = rowBytes(spec);
        for (let i = begin * stride; i < end * stride && spec.bits === 4; i++)
          dst[i] = (dst[i] >> 4) | (dst[i] << 4);
      },
    },
  },
  {
    name: "does not clear bytes before it packs",
    ops: {
      packCodes: (spec) => (codes, dst, begin, end) => {
        const before = dst.slice();
        correct("packCodes", spec)(codes, dst, begin, end);
        const stride = rowBytes(spec);
        for (let i = begin * stride; i < end * stride; i++) dst[i] |= before[i];
      },
    },
  },
  {
    name: "packs rows without a fresh byte",
    ops: {
      packCodes: (spec) => (codes, dst, begin, end) => {
        const cols = spec.cols * (end - begin);
        const flat = dst.subarray(begin * rowBytes(spec));
        if (cols > 0) correct("packCodes", { ...spec, cols })(codes.subarray(begin * spec.cols), flat, 0, 1);
      },
    },
  },
  {
    name: "unpacks high bits first",
    ops: {
      unpackCodes: (spec) => (src, codes, begin, end) => {
        correct("unpackCodes", spec)(
          src.map((byte) => (byte >> 4) | (byte << 4)),
          codes,
          begin,
          end,
        );
      },
    },
  },
  {
    name: "loses the code that straddles two bytes",
    ops: {
      unpackCodes: (spec) => (src, codes, begin, end) => {
        correct("unpackCodes", spec)(src, codes, begin, end);
        const { bits, cols } = spec;
        for (let i = begin * cols; i < end * cols; i++) {
          const first = ((i % cols) * bits) % 8;
          if (bits < 8 && first + bits > 8) codes[i] &= 2 ** (8 - first) - 1;
        }
      },
    },
  },
  {
    name: "writes a threshold of its own",
    ops: {
      chooseScale: (format) => (src, scale, bias, begin, end) => {
        correct("chooseScale", format)(src, scale, bias, begin, end);
        if (isDeadZone(format.scheme)) bias.set(scale.map((top) => top / 14));
      },
    },
  },
  {
    name: "keeps the last positive level for the codes of negative ones",
    ops: {
      quantizeRows: (spec) => (src, dst, key, begin, end) => {
        const high = isDeadZone(spec.format.scheme) && src.some((w) => w < -dst.scale[0]);
        const kept = high ? src.map((w) => (w < -dst.scale[0] ? -w : w)) : src;
        correct("quantizeRows", spec)(kept, dst, key, begin, end);
      },
    },
  },
  {
    name: "has no dead zone",
    ops: {
      quantizeRows: (spec) => (src, dst, key, begin, end) => {
        const open = isDeadZone(spec.format.scheme)
          ? src.map((w) => (w === 0 ? w : Math.sign(w) * Math.max(Math.abs(w), dst.bias[0])))
          : src;
        correct("quantizeRows", spec)(open, dst, key, begin, end);
      },
    },
  },
  {
    name: "spaces the levels of a log format equally",
    ops: {
      dequantizeRows: (format) => (src, dst, begin, end) => {
        const uniform =
          format.scheme === "dead-zone-log" ? ({ ...format, scheme: "dead-zone" } as const) : format;
        correct("dequantizeRows", uniform)({ ...src, format: uniform }, dst, begin, end);
      },
    },
  },
  {
    name: "gives the lowest code of a dead zone a level of its own",
    ops: {
      dequantizeRows: (format) => (src, dst, begin, end) => {
        correct("dequantizeRows", format)(src, dst, begin, end);
        for (let row = begin; row < end && isDeadZone(format.scheme) && format.bits === 3; row++) {
          if ((src.codes[row * rowBytes(format)] & 7) === 0) dst[row * format.cols] -= 1;
        }
      },
    },
  },
  {
    name: "reads a threshold that is no number as zero",
    ops: {
      dequantizeRows: (format) => (src, dst, begin, end) => {
        const bias = isDeadZone(format.scheme) ? src.bias.map((b) => (b >= 0 ? b : 0)) : src.bias;
        correct("dequantizeRows", format)({ ...src, bias }, dst, begin, end);
      },
    },
  },
  {
    name: "quantizes with a threshold that is no number",
    ops: {
      quantizeRows: (spec) => (src, dst, key, begin, end) => {
        const bias = isDeadZone(spec.format.scheme) ? dst.bias.map((b) => (b >= 0 ? b : 0)) : dst.bias;
        correct("quantizeRows", spec)(src, { ...dst, bias }, key, begin, end);
      },
    },
  },
  {
    name: "rounds halves between levels away from zero",
    ops: {
      fakeQuantizeRows: (format) => (src, scale, bias, dst, begin, end) => {
        const up = isDeadZone(format.scheme) ? src.map((w) => w * (1 + 2 ** -22)) : src;
        correct("fakeQuantizeRows", format)(up, scale, bias, dst, begin, end);
      },
    },
  },
  {
    name: "draws between zero and the lowest level",
    ops: {
      quantizeRows: (spec) => (src, dst, key, begin, end) => {
        const drawn = spec.rounding === "stochastic" && isDeadZone(spec.format.scheme);
        const bias = drawn ? new Float32Array(dst.bias.length) : dst.bias;
        correct("quantizeRows", spec)(src, { ...dst, bias }, key, begin, end);
      },
    },
  },
];
