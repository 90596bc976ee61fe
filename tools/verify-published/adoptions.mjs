/**
 * Describes how one package is adopted alone.
 *
 * @typedef {object} Adoption
 * @property {string} name of the package that is installed
 * @property {string} does what the program shows
 * @property {string} program in programs/
 * @property {readonly string[]} installed our packages that arrive with it
 * @property {readonly string[]} others packages of other authors that arrive with it
 * @property {boolean} [needsBinary] skipped where the native addon was not built
 * @property {readonly string[]} [flags] of npm install
 */

/**
 * Lists what is adopted: every package, alone.
 *
 * @type {readonly Adoption[]}
 */
export const adoptions = [
  {
    name: "@dqrm/core",
    does: "is required by a CommonJS program, without a flag or a warning",
    program: "pack-rows.cjs",
    installed: ["@dqrm/core"],
    others: [],
  },
  {
    name: "@dqrm/quant",
    does: "lets a matrix factorization learn INT4 item factors",
    program: "matrix-factorization.mjs",
    installed: ["@dqrm/core", "@dqrm/quant"],
    others: [],
  },
  {
    name: "@dqrm/embedding",
    does: "serves tables to somebody else's training loop",
    program: "foreign-loop.mjs",
    installed: ["@dqrm/core", "@dqrm/embedding"],
    others: [],
  },
  {
    name: "@dqrm/comm",
    does: "carries a gradient between two ranks",
    program: "two-ranks.mjs",
    installed: ["@dqrm/comm", "@dqrm/core"],
    others: [],
  },
  {
    name: "@dqrm/comm-gloo",
    does: "says how to build the addon, which nothing has built",
    program: "gloo-unbuilt.mjs",
    installed: ["@dqrm/addon-build", "@dqrm/comm", "@dqrm/comm-gloo", "@dqrm/core"],
    others: ["node-api-headers"],
  },
  {
    name: "@dqrm/data",
    does: "gives the same planted batches twice",
    program: "planted-batches.mjs",
    installed: ["@dqrm/core", "@dqrm/data"],
    others: [],
  },
  {
    name: "@dqrm/kernels-native",
    does: "computes on the binary of this platform",
    program: "native-kernels.mjs",
    needsBinary: true,
    installed: ["@dqrm/core", "@dqrm/kernels-native"],
    others: [],
  },
  {
    name: "@dqrm/kernels-native",
    does: "says why it cannot run where no binary is installed",
    program: "native-missing.mjs",
    flags: ["--omit=optional"],
    installed: ["@dqrm/core", "@dqrm/kernels-native"],
    others: [],
  },
  {
    name: "@dqrm/kernels-wasm",
    does: "computes a layer inside WebAssembly",
    program: "wasm-kernels.mjs",
    installed: ["@dqrm/core", "@dqrm/kernels-wasm"],
    others: [],
  },
  {
    name: "@dqrm/kernels-wasm",
    does: "looks INT4 rows up with two threads at hand, and ends by itself",
    program: "wasm-lookup.mjs",
    installed: ["@dqrm/core", "@dqrm/kernels-wasm"],
    others: [],
  },
  {
    name: "@dqrm/kernels-tfjs",
    does: "says what to install where TensorFlow.js is missing, and downloads none",
    program: "tfjs-missing.mjs",
    installed: ["@dqrm/core", "@dqrm/device-bridge", "@dqrm/kernels-tfjs"],
    others: [],
  },
  {
    name: "@dqrm/device-bridge",
    does: "waits for the answer of a worker, and ends by itself",
    program: "device-bridge.mjs",
    installed: ["@dqrm/device-bridge"],
    others: [],
  },
  {
    name: "@dqrm/kernels-webgpu",
    does: "says that the package webgpu is not installed",
    program: "webgpu-missing.mjs",
    installed: ["@dqrm/core", "@dqrm/device-bridge", "@dqrm/kernels-webgpu"],
    others: [],
  },
  {
    name: "@dqrm/addon-build",
    does: "says what to install where a header is missing",
    program: "build-addon.mjs",
    installed: ["@dqrm/addon-build"],
    others: ["node-api-headers"],
  },
  {
    name: "@dqrm/comm-mpi",
    does: "says that its addon was not built, and builds it where an MPI is",
    program: "build-mpi.mjs",
    installed: ["@dqrm/addon-build", "@dqrm/comm", "@dqrm/comm-mpi", "@dqrm/core"],
    others: ["node-api-headers"],
  },
  {
    name: "@dqrm/dlrm",
    does: "builds the model of a preset",
    program: "preset-model.mjs",
    installed: ["@dqrm/comm", "@dqrm/core", "@dqrm/data", "@dqrm/dlrm", "@dqrm/embedding", "@dqrm/quant"],
    others: [],
  },
  {
    name: "dqrm",
    does: "explains itself as a command",
    program: "command-help.mjs",
    installed: [
      "@dqrm/addon-build",
      "@dqrm/comm",
      "@dqrm/comm-gloo",
      "@dqrm/comm-mpi",
      "@dqrm/core",
      "@dqrm/data",
      "@dqrm/dlrm",
      "@dqrm/embedding",
      "@dqrm/kernels-native",
      "@dqrm/kernels-wasm",
      "@dqrm/quant",
      "dqrm",
    ],
    others: ["commander", "node-api-headers"],
  },
  {
    name: "@dqrm/create",
    does: "begins a repository, and refuses to begin it twice",
    program: "begin-repository.mjs",
    installed: ["@dqrm/create"],
    others: [],
  },
];
