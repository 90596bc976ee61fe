#!/usr/bin/env node
import { runAddonCommand } from "@dqrm/addon-build";
import { glooRecipe } from "../node/recipe.ts";

process.exitCode = await runAddonCommand({
  command: "dqrm-comm-gloo",
  args: process.argv.slice(2),
  recipe: (variant) => Promise.resolve(glooRecipe(variant, process.env["CXX"])),
  print: (line) => {
    console.log(line);
  },
});
