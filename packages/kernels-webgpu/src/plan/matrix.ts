/** Is a matrix in a buffer of a program: its rows begin `stride` floats apart. */
export interface Matrix {
  readonly buffer: number;
  readonly stride: number;
}
