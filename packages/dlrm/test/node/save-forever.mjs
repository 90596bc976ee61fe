// Saves a checkpoint and a model directory again and again until it is killed; prints "ack N" after step N is safe.
import { argv, stdout } from "node:process";
import { createArena, allocateModelState, createKernels, reference } from "@dqrm/core";
import { packModel } from "../../dist/index.js";
import { saveCheckpoint, saveModelDirectory } from "../../dist/node/index.js";

const [, , directory, specJson, firstStep] = argv;
const spec = JSON.parse(specJson);
const kernels = createKernels([reference]);
const state = allocateModelState(spec, createArena(1 << 20));
const card = { title: "kill test", license: "apache-2.0", tags: [], description: "", metrics: {} };

for (let step = Number(firstStep); ; step++) {
  state.step = step;
  for (const { weights } of state.tables) weights.fill(step);
  const model = packModel(spec, state, kernels);
  await saveModelDirectory(directory, {
    config: { step },
    model,
    preprocessing: { step },
    card,
    metrics: [],
  });
  await saveCheckpoint(
    directory,
    { config: { step }, spec, state, best: undefined, trainer: { step } },
    { keep: 2 },
  );
  stdout.write(`ack ${step}\n`);
}
