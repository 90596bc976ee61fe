export { encodeToFile, type EncodeToFileOptions } from "./encode-to-file.ts";
export { openEncodedFile, type OpenEncodedOptions } from "./encoded-file.ts";
export { expandPaths } from "./expand-paths.ts";
export { fileInput } from "./file-bytes.ts";
export { criteoSource, csvSource, inferFileSchema } from "./sources.ts";
