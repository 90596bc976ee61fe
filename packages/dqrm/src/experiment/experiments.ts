import type { Experiment } from "./experiment.ts";
import { datasets } from "./datasets.ts";
import { deadZone } from "./dead-zone.ts";
import { figure1 } from "./figure1.ts";
import { figure2ab } from "./figure2ab.ts";
import { figure2cd } from "./figure2cd.ts";
import { longRun } from "./long-run.ts";
import { mechanism } from "./mechanism.ts";
import { ptq } from "./ptq.ts";
import { pss } from "./pss.ts";
import { regularizers } from "./regularizers.ts";
import { scalePolicy } from "./scale-policy.ts";
import { stored } from "./stored.ts";
import { table1 } from "./table1.ts";
import { table2 } from "./table2.ts";
import { table2Terabyte } from "./table2-terabyte.ts";
import { sparsity } from "./sparsity.ts";
import { table3 } from "./table3.ts";
import { table4 } from "./table4.ts";
import { table5 } from "./table5.ts";
import { table6 } from "./table6.ts";
import { table7 } from "./table7.ts";
import { table8 } from "./table8.ts";
import { table9 } from "./table9.ts";

/** Lists the experiments that `dqrm experiment` runs, by name. */
export const EXPERIMENTS: Readonly<Record<string, Experiment>> = {
  table1,
  table2,
  "table2-terabyte": table2Terabyte,
  ptq,
  table3,
  table4,
  table5,
  table6,
  table7,
  table8,
  table9,
  figure1,
  figure2ab,
  figure2cd,
  "long-run": longRun,
  mechanism,
  "dead-zone": deadZone,
  stored,
  regularizers,
  "scale-policy": scalePolicy,
  pss,
  sparsity,
  datasets,
};
