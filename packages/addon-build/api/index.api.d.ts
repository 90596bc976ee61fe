// What @dqrm/addon-build exports. Written by tools/api-report; review the difference, do not edit.

export interface AddonCommand {
    readonly command: string;
    readonly args: readonly string[];
    readonly recipe: RecipeFor;
    readonly print: (line: string) => void;
}

export interface AddonRecipe {
    readonly name: string;
    readonly home: string;
    readonly sources: readonly string[];
    readonly headers: readonly string[];
    readonly missing: string;
    readonly compileFlags: readonly string[];
    readonly linkFlags: readonly string[];
    readonly output: string;
    readonly variant: AddonVariant;
    readonly compiler?: string | undefined;
}

export interface AddonState {
    readonly path: string;
    readonly built: boolean;
    readonly upToDate: boolean;
}

export type AddonVariant = "plain" | "sanitized";

export interface Compiler {
    readonly command: string;
    readonly version: string;
    readonly target: string;
}

export interface NotBuilt {
    readonly unavailable: string;
}

export type RecipeFor = (variant: AddonVariant) => Promise<AddonRecipe | NotBuilt>;

export interface ToolResult {
    readonly code: number;
    readonly output: string;
}

export declare function addonState(recipe: AddonRecipe): Promise<AddonState>;

export declare function buildAddon(recipe: AddonRecipe): Promise<AddonState | NotBuilt>;

export declare function findCompiler(wanted?: string): Promise<Compiler | undefined>;

export declare function runAddonCommand({ args, command, print, recipe }: AddonCommand): Promise<number>;

export declare function runTool(command: string, args: readonly string[], input?: string): Promise<ToolResult>;

export declare function sanitizerEnvironment(compiler: Compiler): Promise<Readonly<Record<string, string>> | undefined>;
