/**
 * UCX and Open MPI may hear of freed memory by rewriting functions of the C library while other threads run them, and UCX takes the
 * signal by which V8 hears of a wrong access in WebAssembly. We lend them no memory that is freed while they use it.
 */
const VARIABLES = {
  UCX_MEM_EVENTS: "no",
  UCX_MEM_MMAP_HOOK_MODE: "none",
  UCX_ERROR_SIGNALS: "",
  OMPI_MCA_memory: "^patcher",
} as const;

/** Keeps the libraries below MPI from changing this process; what the user has set stands. Called before they are loaded. */
export function protectProcess(): void {
  for (const [name, value] of Object.entries(VARIABLES)) process.env[name] ??= value;
}
