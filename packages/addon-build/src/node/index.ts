export {
  addonState,
  buildAddon,
  type AddonRecipe,
  type AddonState,
  type AddonVariant,
  type NotBuilt,
} from "./build-addon.ts";
export { runAddonCommand, type AddonCommand, type RecipeFor } from "./addon-command.ts";
export { findCompiler, type Compiler } from "./find-compiler.ts";
export { sanitizerEnvironment } from "./sanitizer-environment.ts";
export { runTool, type ToolResult } from "./run-tool.ts";
