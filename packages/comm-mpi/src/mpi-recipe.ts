import { runTool, type AddonRecipe, type AddonVariant, type NotBuilt } from "@dqrm/addon-build";
import { addonOutput, home } from "./find-addon.ts";

/** Says against which MPI to build, and with what. */
export interface MpiRecipeOptions {
  readonly variant: AddonVariant;
  /** MPI's compiler, which says where MPI is. */
  readonly mpicxx: string;
  /** A C++ compiler instead of the usual ones. */
  readonly compiler: string | undefined;
  /** Where the addon is put, instead of where the plugin looks for it. */
  readonly output?: string;
}

const MISSING =
  "install libopenmpi-dev openmpi-bin, or libmpich-dev mpich (Debian, Ubuntu); open-mpi or mpich (brew)";

/** The C++ interface of old MPIs is not used; its headers only warn. */
const NO_CXX = ["-DOMPI_SKIP_MPICXX=1", "-DMPICH_SKIP_MPICXX=1"];

/** Asks the user's MPI how programs are built for it; or says what to install. */
export async function mpiRecipe(options: MpiRecipeOptions): Promise<AddonRecipe | NotBuilt> {
  const { compiler, mpicxx, output, variant } = options;
  const flags = (await askOpenMpi(mpicxx)) ?? (await askMpich(mpicxx));
  if (flags === undefined) return { unavailable: `@dqrm/comm-mpi: there is no ${mpicxx}; ${MISSING}` };
  return {
    name: "@dqrm/comm-mpi",
    home,
    sources: ["native/module.cc", "native/comm_thread.cc"],
    headers: ["mpi.h"],
    missing: MISSING,
    compileFlags: [...NO_CXX, ...flags.compile],
    linkFlags: flags.link,
    output: output ?? addonOutput(variant),
    variant,
    compiler,
  };
}

interface MpiFlags {
  readonly compile: readonly string[];
  readonly link: readonly string[];
}

async function askOpenMpi(mpicxx: string): Promise<MpiFlags | undefined> {
  const compile = await runTool(mpicxx, ["--showme:compile"]);
  const link = await runTool(mpicxx, ["--showme:link"]);
  if (compile.code !== 0 || link.code !== 0) return undefined;
  return { compile: words(compile.output), link: words(link.output) };
}

/** MPICH, and what is made of it, prints whole commands, of which the compiler is the first word. */
async function askMpich(mpicxx: string): Promise<MpiFlags | undefined> {
  const compile = await runTool(mpicxx, ["-compile_info"]);
  const link = await runTool(mpicxx, ["-link_info"]);
  if (compile.code !== 0 || link.code !== 0) return undefined;
  return {
    compile: words(compile.output).filter((word) => /^-[IDi]/.test(word)),
    link: words(link.output).filter((word) => /^-(?:L|l|Wl,|pthread)/.test(word)),
  };
}

function words(text: string): readonly string[] {
  return text.split(/\s+/).filter((word) => word !== "");
}
