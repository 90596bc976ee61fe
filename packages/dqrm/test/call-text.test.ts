import { expect, test } from "vitest";
import { callText } from "../src/commands/call-text.ts";
import { noteKernels } from "../src/commands/notes.ts";
import { chooseKernels } from "../src/pipeline/choose-kernels.ts";
import { fakeTerminal } from "./fake-terminal.ts";

test("a call is written as it is typed, quoted where a shell would read more into it", () => {
  const text = callText("demo", { rows: 4000, seed: undefined, data: "synthetic:planted?rows=1&seed=2" }, [
    ["model.top", "[8,1]"],
    ["training.epochs", "2"],
  ]);

  expect(text).toBe(
    "dqrm demo --rows 4000 --data 'synthetic:planted?rows=1&seed=2' --set 'model.top=[8,1]' --set training.epochs=2",
  );
});

test("the note on kernels names those that are not installed, and why others were skipped", async () => {
  const terminal = fakeTerminal();
  const importModule = (specifier: string): Promise<unknown> =>
    specifier.endsWith("broken")
      ? Promise.reject(new Error("no such instruction"))
      : Promise.reject(Object.assign(new Error("absent"), { code: "ERR_MODULE_NOT_FOUND" }));
  const loaded = await chooseKernels("auto,broken", importModule, { threads: 1 });

  noteKernels(loaded, terminal);

  expect(terminal.stderr()).toBe(
    "kernels: reference (not installed: native, wasm; skipped broken: @dqrm/kernels-broken failed to load: no such instruction)\n",
  );
});
