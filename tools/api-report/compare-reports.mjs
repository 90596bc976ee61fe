/**
 * Lists how two reports differ, declaration by declaration.
 *
 * @param {string} name of the report
 * @param {string | undefined} before as it is in git
 * @param {string} now as the declarations are
 * @returns {string[]}
 */
export function compareReports(name, before, now) {
  if (before === undefined) return [`${name} is missing`];
  const old = blocksOf(before);
  const current = blocksOf(now);
  return [...new Set([...old.keys(), ...current.keys()])].flatMap((head) => {
    const changes = compareLines(old.get(head) ?? [], current.get(head) ?? []);
    return changes.length === 0 ? [] : [`${name}: ${head}`, ...changes];
  });
}

/**
 * @param {readonly string[]} before
 * @param {readonly string[]} now
 */
function compareLines(before, now) {
  const changes = [
    ...before.filter((line) => !now.includes(line)).map((line) => `  - ${line}`),
    ...now.filter((line) => !before.includes(line)).map((line) => `  + ${line}`),
  ];
  const moved = changes.length === 0 && before.join() !== now.join();
  return moved ? ["  the order of its lines"] : changes;
}

/**
 * Cuts a report into declarations, each under its first line.
 *
 * @param {string} report
 * @returns {Map<string, string[]>}
 */
function blocksOf(report) {
  return new Map(
    report
      .trimEnd()
      .split("\n\n")
      .map((block) => [headOf(block), block.split("\n")]),
  );
}

/** @param {string} block */
function headOf(block) {
  const imported = /^import .* from (.*);$/.exec(block)?.[1];
  return imported === undefined ? (block.split(/[\n({]/, 1)[0]?.trim() ?? "") : `import from ${imported}`;
}
