import type { EpochRecord, Metrics } from "@dqrm/dlrm";
import type { ModelCard } from "@dqrm/dlrm/node";

/** Says what a model's card is written from. */
export interface CardFacts {
  readonly title: string;
  readonly description: string;
  readonly validation: EpochRecord | null;
  readonly test: Metrics | null;
}

/** Writes a model's card: what it is, and its metrics with the split that each was measured on. */
export function modelCard({ description, test, title, validation }: CardFacts): ModelCard {
  return {
    title,
    license: "apache-2.0",
    tags: ["recommender", "dlrm", "click-through-rate", "quantization"],
    description,
    metrics: { ...namedMetrics("validation", validation?.validation ?? null), ...namedMetrics("test", test) },
  };
}

/** Gives metrics names that say what they were measured on. */
export function namedMetrics(split: string, metrics: Metrics | null): Readonly<Record<string, number>> {
  if (metrics === null) return {};
  const { accuracy, auc, calibration, logloss, ne } = metrics;
  const known = Object.entries({ auc, accuracy, logloss, ne, calibration }).flatMap(([name, value]) =>
    value === null ? [] : [[`${name} (${split})`, value] as const],
  );
  return Object.fromEntries(known);
}
