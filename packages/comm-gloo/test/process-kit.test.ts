import { transportConformance } from "@dqrm/comm/conformance";
import { afterAll } from "vitest";
import { noGloo, runKit } from "./gloo-under-test.ts";
import { startProcesses } from "./process-group.ts";

/** No case of the kit has more ranks. */
const processes = noGloo === false ? startProcesses(4) : undefined;

afterAll(() => {
  processes?.end();
});

runKit(
  transportConformance("gloo between processes", (size) => processes?.open(size) ?? Promise.resolve([])),
);
