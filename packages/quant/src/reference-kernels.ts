import { createKernels, reference, type Kernels } from "@dqrm/core";

/** Serves every op with the reference kernels; the default wherever a caller passes no kernels. */
export const referenceKernels: Kernels = createKernels([reference]);
