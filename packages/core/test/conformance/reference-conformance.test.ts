import { describe } from "vitest";
import { kernelConformance } from "../../src/conformance/index.ts";
import { reference } from "../../src/index.ts";
import { runConformance } from "./run-conformance.ts";

describe("the reference backend", () => {
  runConformance(kernelConformance(reference));
});
