export { loadTableFile } from "./load-table-file.ts";
export { openPackedTable, type FileTable } from "./open-packed-table.ts";
export { saveTableFile } from "./save-table-file.ts";
