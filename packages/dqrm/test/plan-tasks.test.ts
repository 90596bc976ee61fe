import { presets } from "@dqrm/dlrm";
import { expect, test } from "vitest";
import type { ExperimentOptions } from "../src/experiment/experiment-options.ts";
import { EXPERIMENTS } from "../src/experiment/experiments.ts";
import { planTasks } from "../src/experiment/plan-tasks.ts";
import type { StudyTask } from "../src/study/study-result.ts";
import { excerpt } from "./call.ts";

const CALL: ExperimentOptions = {
  name: "table2",
  data: undefined,
  rows: undefined,
  schema: "auto",
  label: undefined,
  preset: undefined,
  variants: undefined,
  seeds: 1,
  epochs: undefined,
  out: "",
  fresh: false,
  kernels: "auto",
  threads: 1,
  transport: undefined,
  assignments: [],
  json: false,
};

const plan = (name: string, call: Partial<ExperimentOptions>): Promise<readonly StudyTask[]> =>
  planTasks(EXPERIMENTS[name], { ...CALL, ...call }, 1, "runs");

const ADULT = excerpt("adult-train-400.csv");

test("on files the whole-model experiment trains the paper's configuration, and nothing that is scaled down", async () => {
  const tasks = await plan("table2", { data: [ADULT] });

  const { config } = tasks.find(({ variant }) => variant === "DQRM (every 200 steps)")!;
  expect(config).toEqual({ ...presets.kaggle, training: { ...presets.kaggle.training, recordTest: true } });
});

test("on generated data the same experiment has a rate and a split that suit its few steps", async () => {
  const [{ config }] = await plan("table2", {});

  expect([config.learningRate.base, config.data.split.kind, config.training.epochs]).toEqual([
    0.5,
    "temporal",
    6,
  ]);
});

test("the long run is as long on files, and a number of epochs that is given holds everywhere", async () => {
  const [onFile] = await plan("long-run", { data: [ADULT] });
  const [given] = await plan("long-run", { data: [ADULT], epochs: 2 });

  expect([onFile.config.training.epochs, given.config.training.epochs]).toEqual([20, 2]);
});

test("a seed and a length are added to an address that has none, and a length that it has stays", async () => {
  const [own] = await plan("figure1", { rows: 500 });
  const [named] = await plan("figure1", { data: ["synthetic:planted?rows=70"], rows: 500 });

  expect([own.data, named.data]).toEqual([
    "synthetic:planted?rows=500&seed=1",
    "synthetic:planted?rows=70&seed=1",
  ]);
});

test("two addresses of the same generator are told apart by the whole address", async () => {
  const data = ["synthetic:planted?effectSeed=1", "synthetic:planted?effectSeed=2", ADULT];

  const tasks = await plan("figure1", { data, variants: ["FP32"] });

  expect(tasks.map(({ dataset }) => dataset)).toEqual([data[0], data[1], "adult-train-400.csv"]);
});

test("a value of the call wins over the experiment and its variants", async () => {
  const tasks = await plan("figure1", { assignments: [["quantization.tables.bits", "5"]] });

  expect(new Set(tasks.map(({ config }) => config.quantization.tables.bits))).toEqual(new Set([5]));
});
