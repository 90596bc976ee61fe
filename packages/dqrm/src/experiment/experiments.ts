import type { Experiment } from "./experiment.ts";
import { datasets } from "./datasets.ts";
import { figure1 } from "./figure1.ts";
import { longRun } from "./long-run.ts";
import { mechanism } from "./mechanism.ts";
import { pss } from "./pss.ts";
import { scalePolicy } from "./scale-policy.ts";
import { table1 } from "./table1.ts";
import { table2 } from "./table2.ts";
import { table2Terabyte } from "./table2-terabyte.ts";
import { table5 } from "./table5.ts";
import { table7 } from "./table7.ts";
import { table8 } from "./table8.ts";

/** Lists the experiments that `dqrm experiment` runs, by name. */
export const EXPERIMENTS: Readonly<Record<string, Experiment>> = {
  table1,
  table2,
  "table2-terabyte": table2Terabyte,
  table5,
  table7,
  table8,
  figure1,
  "long-run": longRun,
  mechanism,
  "scale-policy": scalePolicy,
  pss,
  datasets,
};
