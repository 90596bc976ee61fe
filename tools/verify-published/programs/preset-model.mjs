import { buildModelSpec, parseConfig, presets } from "@dqrm/dlrm";

const features = Array.from({ length: 26 }, (_, i) => ({ name: `c${i + 1}`, rows: 100 }));
const spec = buildModelSpec(presets.kaggle, { denseFeatures: 13, features });
if (spec.tables.length !== 26) throw new Error(`the Kaggle model has ${spec.tables.length} tables`);

parseConfig("kaggle", structuredClone(presets.kaggle));
try {
  parseConfig("mine", { ...presets.kaggle, layers: 3 });
} catch (error) {
  if (error.code !== "CONFIG") throw error;
  process.exit(0);
}
throw new Error("an unknown key was accepted");
