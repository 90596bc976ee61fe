import { readFileSync } from "node:fs";

/** Holds the outputs of the authors' quantizers for one bit width; codes are signed. */
export interface GoldenBits {
  readonly scale_row: readonly number[];
  readonly q_row: readonly (readonly number[])[];
  readonly scale_tensor: readonly number[];
  readonly q_tensor: readonly (readonly number[])[];
  /** With a quarter of the tensor's scale, so that codes clip. */
  readonly q_clip: readonly (readonly number[])[];
  readonly asym_scale: number;
  readonly asym_zp: number;
}

/** Holds one training of a small quantized DLRM: 3 tables, then 4 layers as (W, b) pairs. */
export interface GoldenTraining {
  readonly init: readonly GoldenParameter[];
  readonly final: readonly GoldenParameter[];
  readonly steps: readonly {
    readonly X: readonly (readonly number[])[];
    readonly idx: readonly (readonly number[])[];
    readonly T: readonly (readonly number[])[];
    readonly loss: number;
    readonly emb_scale: readonly number[];
  }[];
  readonly lr: number;
  readonly bits_w: 4 | 8;
  readonly bits_e: 2 | 4 | 8;
  readonly period: number;
  readonly per_channel: boolean;
}

/** A matrix, or a bias vector. */
export type GoldenParameter = readonly (readonly number[])[] | readonly number[];

/** Holds the fixture, made by the authors' modules in PyTorch 1.13 on the CPU. */
export interface GoldenModules {
  readonly quantizer: {
    readonly x: readonly (readonly number[])[];
    readonly bits: Readonly<Record<"2" | "3" | "4" | "8" | "16", GoldenBits>>;
  };
  readonly lsq_pc: {
    readonly s: readonly (readonly [number])[];
    readonly y: readonly (readonly number[])[];
    readonly g: readonly (readonly number[])[];
    readonly gx: readonly (readonly number[])[];
    readonly gs: readonly (readonly [number])[];
  };
  readonly lsq_pt: {
    readonly s: number;
    readonly y: readonly (readonly number[])[];
    readonly gx: readonly (readonly number[])[];
    readonly gs: number;
  };
  readonly dorefa: Readonly<Record<"2" | "4" | "8", readonly (readonly number[])[]>>;
  readonly dqrm_w4e4_channel_period1: GoldenTraining;
  readonly dqrm_w4e4_channel_period3: GoldenTraining;
  readonly dqrm_w4e4_matrix_period1: GoldenTraining;
  readonly dqrm_w8e8_channel_period1: GoldenTraining;
  readonly dqrm_w8e2_channel_period1: GoldenTraining;
}

function isGolden(value: unknown): value is GoldenModules {
  const keys = ["quantizer", "lsq_pc", "lsq_pt", "dorefa", "dqrm_w4e4_channel_period1"];
  return typeof value === "object" && value !== null && keys.every((key) => key in value);
}

function readGolden(): GoldenModules {
  const parsed: unknown = JSON.parse(
    readFileSync(new URL("golden/dqrm_modules.json", import.meta.url), "utf8"),
  );
  if (!isGolden(parsed)) throw new Error("golden/dqrm_modules.json is another file");
  return parsed;
}

/** The fixture. */
export const golden: GoldenModules = readGolden();
