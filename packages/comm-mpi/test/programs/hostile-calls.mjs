// Calls every entry point of the addon with what it must refuse, before MPI has started.
import { createRequire } from "node:module";

const addon = createRequire(import.meta.url)(process.argv[2] ?? "");
const moved = new Uint8Array(8);
structuredClone(moved, { transfer: [moved.buffer] });
const wrong = [
  [addon.open, [], [1], [{}]],
  [addon.post, [], [0], ["0", new Uint8Array(1)], [-1, new Uint8Array(1)], [0, {}], [0, new Float32Array(1)]],
  [addon.post, [0, new DataView(new ArrayBuffer(1))], [0, moved], [0, new Uint8Array(1)], [2 ** 40, moved]],
  [addon.close, []],
  [addon.leave, [], [1], [true]],
  [addon.abort, [], ["1"], [0], [256]],
];
let refused = 0;
for (const [call, ...lists] of wrong) {
  for (const args of lists) {
    try {
      call(...args);
      console.log(`accepted ${call.name}(${args})`);
    } catch {
      refused += 1;
    }
  }
}
console.log(`refused ${refused}`);
