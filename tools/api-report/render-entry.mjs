import ts from "typescript";

const printer = ts.createPrinter({ removeComments: true });

/**
 * Writes down what an entry exports, sorted by name, and the declarations that these refer to without exporting them.
 *
 * @param {ts.Program} program
 * @param {{ entry: string, specifier: string, main?: string }} paths of the .d.ts files of the entry and, for another one,
 *   of the package's main entry, whose exports are then referred to and not repeated
 * @returns {string}
 */
export function renderEntry(program, { entry, specifier, main = entry }) {
  const checker = program.getTypeChecker();
  const exported = exportsOf(program, entry);
  const inMain = main === entry ? new Map() : exportsOf(program, main);
  for (const symbol of exported.keys()) inMain.delete(symbol);
  const hidden = findHidden(program, exported, inMain);
  const external = findExternal(checker, inMain, exported, hidden);
  return [
    `// What ${specifier} exports. Written by tools/api-report; review the difference, do not edit.`,
    ...external,
    ...sorted(exported).map(([symbol, name]) => renderSymbol(symbol, name, "export ")),
    ...(hidden.size === 0 ? [] : ["// Referred to above, but not exported."]),
    ...sorted(hidden).map(([symbol, name]) => renderSymbol(symbol, name, "")),
    "",
  ]
    .join("\n\n")
    .replace(/\n+$/, "\n");
}

/**
 * @param {ts.Program} program
 * @param {string} entry
 * @returns {Map<ts.Symbol, string>}
 */
function exportsOf(program, entry) {
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(entry);
  const module = source && checker.getSymbolAtLocation(source);
  if (module === undefined) throw new Error(`${entry} is not a module; build the packages first`);
  return new Map(
    checker.getExportsOfModule(module).map((symbol) => [resolveAlias(checker, symbol), symbol.name]),
  );
}

/**
 * @param {ReadonlyMap<ts.Symbol, string>} symbols
 */
function sorted(symbols) {
  return [...symbols].sort(([, a], [, b]) => (a < b ? -1 : 1));
}

/**
 * @param {ts.TypeChecker} checker
 * @param {ts.Symbol} symbol
 */
function resolveAlias(checker, symbol) {
  return symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
}

/**
 * Finds, in widening circles, the symbols of the same package that exported declarations mention.
 *
 * @param {ts.Program} program
 * @param {ReadonlyMap<ts.Symbol, string>} exported
 * @param {ReadonlyMap<ts.Symbol, string>} inMain
 * @returns {Map<ts.Symbol, string>}
 */
function findHidden(program, exported, inMain) {
  const checker = program.getTypeChecker();
  const hidden = new Map();
  const waiting = [...exported.keys()];
  for (let symbol = waiting.pop(); symbol !== undefined; symbol = waiting.pop()) {
    for (const mentioned of mentionedBy(checker, symbol)) {
      const own = ownPackage(mentioned) === ownPackage(symbol) && isTopLevel(mentioned);
      if (!own || [exported, inMain, hidden].some((known) => known.has(mentioned))) continue;
      hidden.set(mentioned, mentioned.name);
      waiting.push(mentioned);
    }
  }
  return hidden;
}

/**
 * @param {ts.TypeChecker} checker
 * @param {ReadonlyMap<ts.Symbol, string>} inMain
 * @param {...ReadonlyMap<ts.Symbol, string>} groups
 */
function findExternal(checker, inMain, ...groups) {
  const symbols = groups.flatMap((group) => [...group.keys()]);
  const home = symbols[0] && ownPackage(symbols[0]);
  const names = new Map();
  for (const mentioned of symbols.flatMap((symbol) => mentionedBy(checker, symbol))) {
    const owner = ownPackage(mentioned);
    if (owner === undefined || !isTopLevel(mentioned) || (owner === home && !inMain.has(mentioned))) continue;
    names.set(owner, (names.get(owner) ?? new Set()).add(mentioned.name));
  }
  return [...names]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([owner, members]) => `import type { ${[...members].sort().join(", ")} } from "${owner}";`);
}

/**
 * @param {ts.TypeChecker} checker
 * @param {ts.Symbol} symbol
 * @returns {ts.Symbol[]}
 */
function mentionedBy(checker, symbol) {
  /** @type {ts.Symbol[]} */
  const mentioned = [];
  /** @param {ts.Node} node */
  function visit(node) {
    if (ts.isIdentifier(node)) {
      const found = checker.getSymbolAtLocation(node);
      if (found && found !== symbol) mentioned.push(resolveAlias(checker, found));
    }
    ts.forEachChild(node, visit);
  }
  for (const declaration of symbol.declarations ?? []) visit(declaration);
  return mentioned;
}

/** @param {ts.Symbol} symbol */
function isTopLevel(symbol) {
  const parent = symbol.declarations?.[0]?.parent;
  if (parent === undefined) return false;
  return ts.isSourceFile(ts.isVariableDeclarationList(parent) ? parent.parent.parent : parent);
}

/**
 * Names the package of ours that declares a symbol; undefined for everything else.
 *
 * @param {ts.Symbol} symbol
 */
function ownPackage(symbol) {
  const file = symbol.declarations?.[0]?.getSourceFile().fileName ?? "";
  const folder = /\/packages\/([^/]+)\/dist\//.exec(file)?.[1];
  return folder && (folder === "dqrm" ? folder : `@dqrm/${folder}`);
}

/**
 * @param {ts.Symbol} symbol
 * @param {string} name
 * @param {string} prefix
 */
function renderSymbol(symbol, name, prefix) {
  const texts = (symbol.declarations ?? []).map((declaration) => {
    const statement = ts.isVariableDeclaration(declaration) ? declaration.parent.parent : declaration;
    const text = printer.printNode(ts.EmitHint.Unspecified, statement, statement.getSourceFile());
    return (
      prefix +
      text
        .replace(/^export (?:default )?/, "")
        .replace(/^(?:declare )?(const|let|function|class|abstract class)/, "declare $1")
    );
  });
  const alias = symbol.name === name ? "" : `// exported as ${name}\n`;
  return alias + [...new Set(texts)].join("\n");
}
