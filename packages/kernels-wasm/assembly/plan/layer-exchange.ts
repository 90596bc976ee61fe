/** Copies rows of inputs into panels of 8 outputs. */
export function packPanels(src: usize, inputs: i32, outputs: i32, panelRows: i32, dst: usize): void {
  for (let o: usize = 0; o < <usize>outputs; o++) {
    let to = dst + (((o >> 3) * <usize>panelRows) << 5) + ((o & 7) << 2);
    for (let i = 0; i < inputs; i++) {
      store<f32>(to, load<f32>(src));
      src += 4;
      to += 32;
    }
  }
}

/** Copies panels of 8 outputs back into rows of inputs. */
export function unpackPanels(src: usize, inputs: i32, outputs: i32, panelRows: i32, dst: usize): void {
  for (let o: usize = 0; o < <usize>outputs; o++) {
    let from = src + (((o >> 3) * <usize>panelRows) << 5) + ((o & 7) << 2);
    for (let i = 0; i < inputs; i++) {
      store<f32>(dst, load<f32>(from));
      from += 32;
      dst += 4;
    }
  }
}
