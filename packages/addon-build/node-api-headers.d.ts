declare module "node-api-headers" {
  /** The folder of the headers. */
  export const include_dir: string;
}
