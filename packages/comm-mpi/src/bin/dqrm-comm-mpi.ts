#!/usr/bin/env node
import { runAddonCommand } from "@dqrm/addon-build";
import { mpiRecipe } from "../mpi-recipe.ts";

const args = process.argv.slice(2);
const at = args.indexOf("--mpicxx");
const [, mpicxx = "mpicxx"] = at < 0 ? [] : args.splice(at, 2);

process.exitCode = await runAddonCommand({
  command: "dqrm-comm-mpi",
  args,
  recipe: (variant) => mpiRecipe({ variant, mpicxx, compiler: process.env["CXX"] }),
  print: (line) => {
    console.log(line);
  },
});
