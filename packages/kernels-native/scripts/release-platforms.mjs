import { fileURLToPath } from "node:url";
import { attempt } from "./compile.mjs";
import { listPlatforms } from "./pack-platform.mjs";

// Before the package that lists them: whoever installs it the moment it appears must find them.
const home = fileURLToPath(new URL("..", import.meta.url));
for (const folder of listPlatforms(home)) {
  const { code, output } = await attempt("npm", ["publish", "--ignore-scripts"], { cwd: folder });
  console.log(output);
  if (code !== 0) throw new Error(`npm publish of ${folder} failed`);
}
