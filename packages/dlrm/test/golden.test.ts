import { describe, expect, it } from "vitest";
import { presets, type DlrmConfig, type LearningRatePolicy } from "@dqrm/dlrm";
import { plainConfig, readDqrmRuns, readGolden, runGolden } from "./golden-run.ts";

/** The bound of the project's acceptance check. */
const WITHIN = 1e-5;

/** What the reference program's flags were; learning rates and the clipping threshold follow from the recorded steps. */
interface Setting {
  readonly model?: Partial<DlrmConfig["model"]>;
  readonly loss?: Partial<DlrmConfig["loss"]>;
  readonly optimizer?: DlrmConfig["optimizer"]["kind"];
  readonly rate: number | LearningRatePolicy;
  readonly saturatingLoss?: true;
}

const mse = { kind: "mse" } as const;

// The recorded pooling weights stay at 1 in both "learned" fixtures: the reference program did not train them.
const weighted = { poolingWeights: "fixed" } as const;

const splitTables = (combine: "mult" | "add" | "concat", threshold: number) =>
  ({ quotientRemainder: { enabled: true, threshold, collisions: 4, combine } }) as const;

const tiny: Readonly<Record<string, Setting>> = {
  mse_dot: { loss: mse, rate: 0.01 },
  bce_dot: { rate: 0.1 },
  wbce_dot: { loss: { kind: "wbce", weights: [1, 3] }, rate: 0.1 },
  mse_dot_itself: { loss: mse, model: { interactionItself: true }, rate: 0.1 },
  mse_cat: { loss: mse, model: { interaction: "cat" }, rate: 0.1 },
  bce_threshold: { loss: { threshold: 0.4 }, rate: 0.1 },
  adagrad: { loss: mse, optimizer: "adagrad", rate: 0.1 },
  rwsadagrad: { loss: mse, optimizer: "rowwise-adagrad", rate: 0.1 },
  // All tables are below the threshold of mixed dimensions: nothing is projected.
  md: { loss: mse, rate: 0.1 },
  wpool_learned: { loss: mse, model: weighted, rate: 0.1 },
  lrpolicy: {
    loss: mse,
    rate: { base: 0.5, warmupSteps: 2, decayStartStep: 3, decaySteps: 4, hold: "reference" },
  },
};

const big: Readonly<Record<string, Setting>> = {
  big_base: { rate: 0.3 },
  big_cat: { model: { interaction: "cat" }, rate: 0.3 },
  big_itself: { model: { interactionItself: true }, rate: 0.3 },
  big_fixed: { rate: 0.3 },
  big_wpl: { model: weighted, rate: 0.3 },
  big_adagrad: { optimizer: "adagrad", rate: 0.3 },
  big_rwsadagrad: { optimizer: "rowwise-adagrad", rate: 0.3, saturatingLoss: true },
  big_lr: { rate: { base: 0.3, warmupSteps: 2, decayStartStep: 3, decaySteps: 2, hold: "reference" } },
  big_md: {
    model: { mixedDimensions: { enabled: true, threshold: 3, temperature: 0.3, roundDims: false } },
    rate: 0.3,
  },
  big_qr_mult: { model: splitTables("mult", 3), rate: 0.3, saturatingLoss: true },
  big_qr_add: { model: splitTables("add", 3), rate: 0.3, saturatingLoss: true },
  big_qr_concat: { model: { ...splitTables("concat", 2), bottom: [8, 8] }, rate: 0.3, saturatingLoss: true },
};

function configOf(
  { loss, model, optimizer, rate, saturatingLoss }: Setting,
  base: Partial<DlrmConfig["model"]>,
): DlrmConfig {
  return {
    ...plainConfig,
    model: { ...plainConfig.model, ...base, ...model },
    loss: { ...plainConfig.loss, ...loss },
    optimizer: { kind: optimizer ?? "sgd", epsilon: 1e-10 },
    learningRate: typeof rate === "number" ? { ...plainConfig.learningRate, base: rate } : rate,
    compatibility: { quotientRemainderInit: true, saturatingLoss: saturatingLoss ?? false },
  };
}

describe("a run of the reference program is reproduced", () => {
  const tinyModel = { embeddingDim: 2, bottom: [3, 2], top: [4, 2, 1] };
  const bigModel = { embeddingDim: 4, bottom: [8, 4], top: [16, 8, 1] };
  const cases = [
    ...Object.entries(tiny).map(([name, setting]) => ({
      name,
      rows: [4, 3, 2],
      config: configOf(setting, tinyModel),
    })),
    ...Object.entries(big).map(([name, setting]) => ({
      name,
      rows: [40, 9, 3],
      config: configOf(setting, bigModel),
    })),
  ];

  it.each(cases)("$name: losses, predictions and final parameters agree", ({ config, name, rows }) => {
    const run = readGolden(name);

    const distance = runGolden(config, rows, run);

    expect(distance.loss).toBeLessThan(WITHIN);
    expect(distance.prediction).toBeLessThan(WITHIN);
    expect(distance.parameter).toBeLessThan(WITHIN);
  });
});

describe("a quantized training of the authors' modules is reproduced", () => {
  const runs = readDqrmRuns();

  it("five runs are there", () => {
    expect(runs.size).toBe(5);
  });

  it.each([...runs])("%s: losses, scales and final parameters agree", (_, run) => {
    const { bits_e: tableBits, bits_w: mlpBits, lr, per_channel: perChannel, period } = run;
    const floats = configOf({ rate: lr }, { embeddingDim: 4, bottom: [8, 4], top: [8, 1] });
    const config: DlrmConfig = {
      ...floats,
      quantization: {
        ...floats.quantization,
        tables: {
          ...presets.kaggle.quantization.tables,
          bits: tableBits,
          periodSteps: period,
        },
        mlp: { bits: mlpBits, granularity: perChannel ? "channel" : "matrix", bias: "same" },
      },
    };

    const distance = runGolden(config, [37, 9, 3], run);

    expect(distance.loss).toBeLessThan(1e-6);
    expect(distance.scale).toBeLessThan(1e-6);
    expect(distance.parameter).toBeLessThan(1e-6);
  });
});
