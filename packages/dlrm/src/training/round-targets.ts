/**
 * Rounds the first `size` labels to 0 or 1 in place; one half counts as 0.
 *
 * @source facebookresearch/dlrm --round-targets: numpy rounds halves to even
 */
export function roundTargets(labels: Float32Array, size: number): void {
  for (let i = 0; i < size; i++) labels[i] = labels[i] > 0.5 ? 1 : 0;
}
