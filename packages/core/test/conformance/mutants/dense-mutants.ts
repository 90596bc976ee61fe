import { correct, type Mutant } from "./mutant.ts";

export const denseMutants: readonly Mutant[] = [
  {
    name: "loses a NaN in relu",
    ops: {
      linear: (spec) => (x, weight, bias, y, begin, end) => {
        correct("linear", spec)(x, weight, bias, y, begin, end);
        for (let i = 0; i < y.length && spec.activation === "relu"; i++) if (Number.isNaN(y[i])) y[i] = 0;
      },
    },
  },
  {
    name: "accepts any label",
    ops: {
      loss: (spec) => (logits, labels, samples, predictions, losses, gradient, begin, end) => {
        const clamped = labels.map((y) => (y > 0 ? Math.min(y, 1) : 0));
        correct("loss", spec)(logits, clamped, samples, predictions, losses, gradient, begin, end);
      },
    },
  },
  {
    name: "forgets the bias of a layer",
    ops: {
      linear: (spec) => (x, weight, bias, y, begin, end) => {
        correct("linear", spec)(x, weight, new Float32Array(bias.length), y, begin, end);
      },
    },
  },
  {
    name: "forgets the activation",
    ops: { linear: (spec) => correct("linear", { ...spec, activation: "none" }) },
  },
  {
    name: "adds to y, as a product with beta = 1",
    ops: {
      linear: (spec) => (x, weight, bias, y, begin, end) => {
        const before = y.slice();
        correct("linear", spec)(x, weight, bias, y, begin, end);
        for (let i = begin * spec.outputs; i < end * spec.outputs; i++) y[i] += 0 * before[i];
      },
    },
  },
  {
    name: "works in half precision",
    ops: {
      linear: (spec) => (x, weight, bias, y, begin, end) => {
        const half = (values: Float32Array): Float32Array =>
          values.map((v) => Math.fround(v * 2049) - Math.fround(v * 2048));
        correct("linear", spec)(half(x), half(weight), bias, y, begin, end);
      },
    },
  },
  {
    name: "drops the terms behind a multiple of four",
    ops: {
      linear: (spec) => (x, weight, bias, y, begin, end) => {
        const { inputs } = spec;
        const whole = inputs < 4 ? inputs : inputs - (inputs % 4);
        const cut = weight.map((w, i) => (i % inputs < whole ? w : 0));
        correct("linear", spec)(x, cut, bias, y, begin, end);
      },
    },
  },
  {
    name: "multiplies by the weight without transposing",
    ops: {
      linearBackwardInput:
        ({ inputs, outputs }) =>
        (dy, weight, dx, begin, end) => {
          const turned = weight.map((_, i) => weight[(i % inputs) * outputs + Math.floor(i / inputs)]);
          correct("linearBackwardInput", { inputs, outputs })(dy, turned, dx, begin, end);
        },
    },
  },
  {
    name: "computes the input gradient of all samples",
    ops: {
      linearBackwardInput: (spec) => (dy, weight, dx) => {
        correct("linearBackwardInput", spec)(dy, weight, dx, 0, dy.length / spec.outputs);
      },
    },
  },
  {
    name: "adds to the weight gradient",
    ops: {
      linearBackwardWeight: (spec) => (x, dy, samples, dweight, dbias, begin, end) => {
        const before = dweight.slice();
        correct("linearBackwardWeight", spec)(x, dy, samples, dweight, dbias, begin, end);
        for (let i = begin * spec.inputs; i < end * spec.inputs; i++) dweight[i] += before[i];
      },
    },
  },
  {
    name: "takes the mean over the samples",
    ops: {
      linearBackwardWeight: (spec) => (x, dy, samples, dweight, dbias, begin, end) => {
        const scaled = dy.map((g) => g / Math.max(1, samples));
        correct("linearBackwardWeight", spec)(x, scaled, samples, dweight, dbias, begin, end);
      },
    },
  },
  {
    name: "reads every sample that the arrays hold",
    ops: {
      linearBackwardWeight: (spec) => (x, dy, _samples, dweight, dbias, begin, end) => {
        const all = Math.floor(x.length / spec.inputs);
        correct("linearBackwardWeight", spec)(x, dy, all, dweight, dbias, begin, end);
      },
    },
  },
  {
    name: "begins the weight gradient anew every 256 samples",
    ops: {
      linearBackwardWeight: (spec) => (x, dy, samples, dweight, dbias, begin, end) => {
        const before = Math.max(0, Math.floor((samples - 1) / 256)) * 256;
        const [restX, restDy] = [x.subarray(before * spec.inputs), dy.subarray(before * spec.outputs)];
        correct("linearBackwardWeight", spec)(restX, restDy, samples - before, dweight, dbias, begin, end);
      },
    },
  },
  {
    name: "forgets the bias gradient",
    ops: {
      linearBackwardWeight: (spec) => (x, dy, samples, dweight, _dbias, begin, end) => {
        correct("linearBackwardWeight", spec)(x, dy, samples, dweight, new Float32Array(0), begin, end);
      },
    },
  },
  {
    name: "takes relu'(0) for 1",
    ops: {
      activationBackward: (spec) => (y, dy, begin, end) => {
        const lifted = spec.activation === "relu" ? y.map((v) => (v === 0 ? 1 : v)) : y;
        correct("activationBackward", spec)(lifted, dy, begin, end);
      },
    },
  },
  {
    name: "takes a sigmoid's result for its argument",
    ops: {
      activationBackward: (spec) => (y, dy, begin, end) => {
        const again = spec.activation === "sigmoid" ? y.map((z) => 1 / (1 + Math.exp(-z))) : y;
        correct("activationBackward", spec)(again, dy, begin, end);
      },
    },
  },
  {
    name: "gives the upper triangle",
    ops: {
      interaction: (spec) => (vectors, dst, begin, end) => {
        correct("interaction", spec)(vectors, dst, begin, end);
        const { kind, itself, vectors: count, cols } = spec;
        if (kind === "cat") return;
        const outputs = cols + (count * (count + (itself ? 1 : -1))) / 2;
        const dot = (sample: number, i: number, j: number): number => {
          let sum = 0;
          for (let c = 0; c < cols; c++) {
            sum += vectors[(sample * count + i) * cols + c] * vectors[(sample * count + j) * cols + c];
          }
          return sum;
        };
        for (let s = begin; s < end; s++) {
          let at = s * outputs + cols;
          for (let i = 0; i < count; i++)
            for (let j = itself ? i : i + 1; j < count; j++) dst[at++] = dot(s, i, j);
        }
      },
    },
  },
  {
    name: "forgets the first vector's copy",
    ops: {
      interaction: (spec) => (vectors, dst, begin, end) => {
        correct("interaction", spec)(vectors, dst, begin, end);
        if (begin < end) dst[begin] = 0;
      },
    },
  },
  {
    name: "counts a product with itself once on the way back",
    ops: {
      interactionBackward: (spec) => (vectors, ddst, dvectors, begin, end) => {
        const halved = ddst.slice();
        const { cols, itself, kind, vectors: count } = spec;
        const outputs = cols + (count * (count + 1)) / 2;
        for (let s = begin; s < end && itself && kind === "dot"; s++) {
          let at = s * outputs + cols;
          for (let i = 0; i < count; i++) {
            at += i;
            halved[at++] /= 2;
          }
        }
        correct("interactionBackward", spec)(vectors, halved, dvectors, begin, end);
      },
    },
  },
  {
    name: "forgets the gradient of the copy",
    ops: {
      interactionBackward: (spec) => (vectors, ddst, dvectors, begin, end) => {
        correct("interactionBackward", spec)(vectors, ddst, dvectors, begin, end);
        if (begin < end) dvectors[begin * spec.vectors * spec.cols] -= ddst[0] + 1;
      },
    },
  },
  {
    name: "does not divide by the samples",
    ops: {
      loss: (spec) => (logits, labels, _samples, predictions, losses, gradient, begin, end) => {
        correct("loss", spec)(logits, labels, Math.max(1, end), predictions, losses, gradient, begin, end);
      },
    },
  },
  {
    name: "keeps the gradient where the threshold clamps",
    ops: {
      loss: (spec) => (logits, labels, samples, predictions, losses, gradient, begin, end) => {
        const free = { ...spec, threshold: 0 };
        correct("loss", free)(logits, labels, samples, predictions, losses, gradient, begin, end);
        const none = new Float32Array(logits.length);
        correct("loss", spec)(logits, labels, samples, predictions, losses, none, begin, end);
      },
    },
  },
  {
    name: "swaps the weights of the labels",
    ops: {
      loss: (spec) => correct("loss", { ...spec, weights: [spec.weights[1], spec.weights[0]] }),
    },
  },
  {
    name: "computes ln(1 − p) from a p rounded to f32",
    ops: {
      loss: (spec) => (logits, labels, samples, predictions, losses, gradient, begin, end) => {
        correct("loss", spec)(logits, labels, samples, predictions, losses, gradient, begin, end);
        for (let i = begin; i < end && spec.kind === "bce"; i++) {
          if (labels[i] === 0) losses[i] = -Math.max(Math.log(1 - predictions[i]), -100);
        }
      },
    },
  },
  {
    name: "lets a NaN logit pass",
    ops: {
      loss: (spec) => (logits, labels, samples, predictions, losses, gradient, begin, end) => {
        const zeroed = logits.map((z) => (Number.isNaN(z) ? 0 : z));
        correct("loss", spec)(zeroed, labels, samples, predictions, losses, gradient, begin, end);
      },
    },
  },
];
