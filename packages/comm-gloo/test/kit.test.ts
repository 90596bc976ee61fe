import { transportConformance } from "@dqrm/comm/conformance";
import { openInProcess, runKit } from "./gloo-under-test.ts";

runKit(transportConformance("gloo", openInProcess));
