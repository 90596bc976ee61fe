import {
  greedyRange,
  meanSquaredErrorRange,
  percentileRange,
  type RangeEstimator,
  type SearchedFormat,
} from "@dqrm/quant";
import type { RangeSearch } from "./post-training-config.ts";

/** Creates the estimator that a search names; undefined where the exact range is taken. */
export function estimatorOf(search: RangeSearch, format: SearchedFormat): RangeEstimator | undefined {
  switch (search.kind) {
    case "none":
      return undefined;
    case "percentile":
      return percentileRange({ lower: 100 - search.percent, upper: search.percent });
    case "greedy":
      return greedyRange(format, search);
    case "squared-error":
      return meanSquaredErrorRange(format, search);
  }
}
