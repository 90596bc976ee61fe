import { addonState, buildAddon, type AddonRecipe, type AddonVariant, type NotBuilt } from "./build-addon.ts";

/** Gives the recipe of a variant, or says why there is none on this machine. */
export type RecipeFor = (variant: AddonVariant) => Promise<AddonRecipe | NotBuilt>;

/** Describes a command that builds an addon when its user asks for it. */
export interface AddonCommand {
  /** How its user calls it, as "dqrm-comm-mpi". */
  readonly command: string;
  /** What the user wrote behind it. */
  readonly args: readonly string[];
  readonly recipe: RecipeFor;
  /** Prints one line. */
  readonly print: (line: string) => void;
}

/** The exit codes of shells: done, could not be done, called wrongly. */
const EXIT = { done: 0, failed: 1, usage: 2 } as const;

/** What `--if-possible` and `--sanitize` change is known to nobody but us and our tests. */
const FLAGS = ["--if-possible", "--sanitize"];

/**
 * Runs `build` or `status` for an addon and gives the exit code: 0 done, 1 not built, 2 called wrongly.
 *
 * `build --if-possible` is content where the compiler or a library is missing; `--sanitize` asks for the sanitized variant.
 *
 * ```ts doctest
 * import { runAddonCommand } from "@dqrm/addon-build";
 * const lines: string[] = [];
 * const recipe = async () => ({ unavailable: "zlib-addon: zlib.h is missing; install zlib1g-dev (Debian)" });
 * const print = (line: string) => lines.push(line);
 * await runAddonCommand({ command: "zlib-addon", args: ["build"], recipe, print }); // => 1
 * lines; // => ["not built: zlib-addon: zlib.h is missing; install zlib1g-dev (Debian)"]
 * ```
 */
export async function runAddonCommand({ args, command, print, recipe }: AddonCommand): Promise<number> {
  const [task, ...flags] = args;
  const known = flags.every((flag) => FLAGS.includes(flag));
  if ((task !== "build" && task !== "status") || !known) {
    print(`usage: ${command} build [--if-possible] [--sanitize] | ${command} status`);
    return EXIT.usage;
  }
  const wanted = await recipe(flags.includes("--sanitize") ? "sanitized" : "plain");
  if (task === "status") return report(wanted, print);
  const missing = flags.includes("--if-possible") ? EXIT.done : EXIT.failed;
  return build(wanted, print, missing);
}

async function build(
  recipe: AddonRecipe | NotBuilt,
  print: AddonCommand["print"],
  missing: number,
): Promise<number> {
  try {
    const addon = "unavailable" in recipe ? recipe : await buildAddon(recipe);
    print("unavailable" in addon ? `not built: ${addon.unavailable}` : `built ${addon.path}`);
    return "unavailable" in addon ? missing : EXIT.done;
  } catch (error) {
    print(error instanceof Error ? error.message : String(error));
    return EXIT.failed;
  }
}

async function report(recipe: AddonRecipe | NotBuilt, print: AddonCommand["print"]): Promise<number> {
  if ("unavailable" in recipe) {
    print(`cannot be built: ${recipe.unavailable}`);
    return EXIT.failed;
  }
  const { built, path, upToDate } = await addonState(recipe);
  const state = upToDate ? "up to date" : built ? "of other sources, flags or compiler" : "not built";
  print(`${recipe.name}: ${state}: ${path}`);
  return upToDate ? EXIT.done : EXIT.failed;
}
