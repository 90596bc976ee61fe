/** A column of floats that the others span keeps less than this of its length; it is dropped. */
const DEPENDENT = 1e-6;

/** Makes the columns of a matrix orthonormal, by Gram and Schmidt; a column that the others span becomes zero. */
export function orthonormalize(p: Float64Array, rows: number, rank: number): void {
  const dot = (a: number, b: number): number => {
    let sum = 0;
    for (let i = 0; i < rows; i++) sum += p[i * rank + a] * p[i * rank + b];
    return sum;
  };
  for (let k = 0; k < rank; k++) {
    const before = Math.sqrt(dot(k, k));
    for (let other = 0; other < k; other++) {
      const share = dot(k, other);
      for (let i = 0; i < rows; i++) p[i * rank + k] -= share * p[i * rank + other];
    }
    const length = Math.sqrt(dot(k, k));
    const factor = length > before * DEPENDENT && length > 0 ? 1 / length : 0;
    for (let i = 0; i < rows; i++) p[i * rank + k] *= factor;
  }
}
