/** What an adopter has to know of a package beyond its name. */
const NOTES: ReadonlyMap<string, string> = new Map([
  [
    "@tensorflow/tfjs-node",
    "it downloads the TensorFlow library when it is installed, and runs on Node.js 22 or older",
  ],
  [
    "@tensorflow/tfjs-node-gpu",
    "it downloads the TensorFlow library for CUDA when it is installed, and runs on Linux and Windows with Node.js 22 or older",
  ],
]);

/** Imports a package that the program may lack, or says what to install. */
export async function attemptImport<Module>(
  importIt: () => Promise<Module>,
  specifier: string,
): Promise<Module | string> {
  try {
    return await importIt();
  } catch (error) {
    const [reason] = (error instanceof Error ? error.message : String(error)).split("\n");
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    // A package that is there may lack one of its own.
    if (code.endsWith("MODULE_NOT_FOUND") && reason.includes(`'${specifier}'`)) {
      return `${specifier} is not installed: npm install ${specifier}${noteOn(specifier)}`;
    }
    return `${specifier} failed to load: ${reason}${noteOn(specifier)}`;
  }
}

/** Gives what has to be known of a package, to end a reason. */
export function noteOn(specifier: string | undefined): string {
  const note = specifier === undefined ? undefined : NOTES.get(specifier);
  return note === undefined ? "" : `; ${note}`;
}
