/** Holds a compiled module as text, so that it travels in a bundle like any other source. */
export interface WasmModule {
  readonly base64: string;
  /** Where the limits' flags of the imported memory stand in the bytes: 3 for a shared memory, 1 for one of its own. */
  readonly memoryFlagAt: number;
}

const OWN_MEMORY = 1;

/**
 * Decodes a module for a shared memory, or for one of its own.
 *
 * The modules are compiled once, for a shared memory. Their atomic instructions work on any memory, so one
 * byte of the import is all that differs.
 */
export function decodeModule({ base64, memoryFlagAt }: WasmModule, shared: boolean): Uint8Array<ArrayBuffer> {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  if (!shared) bytes[memoryFlagAt] = OWN_MEMORY;
  return bytes;
}
