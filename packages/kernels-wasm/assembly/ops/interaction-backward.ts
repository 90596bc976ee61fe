import { addRow, clearRow } from "./pool";

/** Overwrites dvectors with the gradient of the interaction of each sample. */
export function interactionBackward(
  source: usize,
  ddst: usize,
  dvectors: usize,
  samples: i32,
  vectors: i32,
  cols: i32,
  itself: bool,
): void {
  const bytes = (<usize>cols) << 2;
  for (let sample = 0; sample < samples; sample++) {
    memory.copy(dvectors, ddst, bytes);
    clearRow(dvectors + bytes, (vectors - 1) * cols);
    ddst += bytes;
    for (let i = 0; i < vectors; i++) {
      const left = <usize>i * bytes;
      const last = itself ? i : i - 1;
      for (let j = 0; j <= last; j++) {
        const right = <usize>j * bytes;
        const gradient = load<f32>(ddst);
        addRow(source + right, gradient, dvectors + left, cols);
        addRow(source + left, gradient, dvectors + right, cols);
        ddst += 4;
      }
    }
    source += <usize>vectors * bytes;
    dvectors += <usize>vectors * bytes;
  }
}
