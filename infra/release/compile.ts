/**
 * A package's `src` as JavaScript modules, declarations and source maps that have the source inside. Nothing is
 * bundled: one file for one file.
 *
 * Relative imports end in `.ts` in the sources and in `.js` in what is built. So do the files that a package starts as
 * processes or reads by itself, which it names as `new URL('./child.ts', import.meta.url)`.
 */
import { copyFileSync, globSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import ts from 'typescript';
import { isLeftOut } from './published-manifest.ts';
import { repository, type WorkspacePackage } from './workspace.ts';

/** Syntax that the oldest Node which runs a package understands. */
const targets: Readonly<Record<string, ts.ScriptTarget>> = { '20': ts.ScriptTarget.ES2023 };

/** Source files of all packages that were compiled in this process: the same in each program. */
const parsed = new Map<string, ts.SourceFile | undefined>();

/** Writes the built package into `target`. Throws an Error with the compiler's messages. */
export function compilePackage({ folder, manifest }: WorkspacePackage, target: string): void {
  const isWanted = (path: string) => !isLeftOut(manifest, `./src/${path.split(sep).join('/')}`);
  const files = globSync('**/*.*', { cwd: join(folder, 'src') })
    .filter(isWanted)
    .sort();
  const sources = files.filter((path) => path.endsWith('.ts') && !path.endsWith('.test.ts'));
  emit(sources, { source: join(folder, 'src'), target, options: compilerOptions(folder, manifest) });
  for (const path of files.filter((path) => !path.endsWith('.ts'))) {
    mkdirSync(dirname(join(target, path)), { recursive: true });
    copyFileSync(join(folder, 'src', path), join(target, path));
  }
}

interface Emission {
  readonly source: string;
  readonly target: string;
  readonly options: ts.CompilerOptions;
}

function emit(paths: readonly string[], { source, target, options }: Emission): void {
  const program = ts.createProgram({
    rootNames: paths.map((path) => join(source, path)),
    options,
    host: sharingHost(options),
  });
  const messages: ts.Diagnostic[] = [];
  const packed = new Set(paths.map((path) => join(source, path)));
  for (const path of paths) {
    const file = program.getSourceFile(join(source, path));
    if (!file) throw new Error(`The compiler did not read ${path}.`);
    messages.push(...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file));
    const emitted = new Map<string, string>();
    const keep: ts.WriteFileCallback = (name, text) => {
      emitted.set(/(\.d\.ts|\.js|\.js\.map)$/.exec(name)?.[0] ?? '', text);
    };
    const { diagnostics } = program.emit(file, keep, undefined, false, {
      before: [namingBuiltFiles<ts.SourceFile>(packed)],
      afterDeclarations: [namingBuiltFiles(packed)],
    });
    messages.push(...diagnostics);
    write(path, emitted, { target, isMapped: file.statements.some(runs) });
  }
  if (messages.length > 0) throw new Error(ts.formatDiagnostics(messages, formatting));
}

const formatting: ts.FormatDiagnosticsHost = {
  getCurrentDirectory: () => repository,
  getCanonicalFileName: (name) => name,
  getNewLine: () => '\n',
};

/** As the package is type-checked, with output. */
function compilerOptions(folder: string, manifest: WorkspacePackage['manifest']): ts.CompilerOptions {
  const path = join(folder, 'tsconfig.json');
  const { config, error } = ts.readConfigFile(path, (name) => ts.sys.readFile(name)) as {
    config: unknown;
    error?: ts.Diagnostic;
  };
  if (error) throw new Error(ts.formatDiagnostic(error, formatting));
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, folder, undefined, path);
  const oldestNode = /\d+/.exec(String((manifest['engines'] as { node?: string } | undefined)?.node))?.[0] ?? '';
  // What belongs to incremental builds, and what excludes rewriting of names.
  const {
    composite: _c,
    emitDeclarationOnly: _e,
    allowImportingTsExtensions: _a,
    tsBuildInfoFile: _t,
    ...kept
  } = options;
  return {
    ...kept,
    target: targets[oldestNode] ?? ts.ScriptTarget.ES2024,
    rewriteRelativeImportExtensions: true,
    declaration: true,
    sourceMap: true,
    inlineSources: true,
    // Another package's sources are read through its link: they are outside of any narrower root.
    rootDir: dirname(dirname(folder)),
    outDir: join(folder, 'dist'),
  };
}

function sharingHost(options: ts.CompilerOptions): ts.CompilerHost {
  const host = ts.createCompilerHost(options);
  const parse = host.getSourceFile.bind(host);
  host.getSourceFile = (name, ...rest) => {
    const key = `${name} ${options.target}`;
    if (!parsed.has(key)) parsed.set(key, parse(name, ...rest));
    return parsed.get(key);
  };
  return host;
}

/** @param emitted texts by extension */
function write(path: string, emitted: ReadonlyMap<string, string>, to: { target: string; isMapped: boolean }): void {
  const base = join(to.target, path.replace(/\.ts$/, ''));
  mkdirSync(dirname(base), { recursive: true });
  const code = emitted.get('.js') ?? '';
  writeFileSync(`${base}.js`, to.isMapped ? code : code.replace(/^\/\/# sourceMappingURL=.*$/m, ''));
  writeFileSync(`${base}.d.ts`, emitted.get('.d.ts') ?? '');
  if (!to.isMapped) return;
  const map = JSON.parse(emitted.get('.js.map') ?? '') as object;
  // Where the source would be in the package. It is in the map alone.
  const source = relative(dirname(join('dist', path)), join('src', path));
  writeFileSync(`${base}.js.map`, JSON.stringify({ ...map, sources: [source.split(sep).join('/')] }));
}

/** Not only types. Of a module that has nothing else, the map would be the source. */
function runs(statement: ts.Statement): boolean {
  if (ts.isImportDeclaration(statement)) return statement.importClause?.phaseModifier !== ts.SyntaxKind.TypeKeyword;
  if (ts.isExportDeclaration(statement)) return !statement.isTypeOnly;
  return !ts.isInterfaceDeclaration(statement) && !ts.isTypeAliasDeclaration(statement);
}

/**
 * Rewrites what the compiler does not: `new URL('./x.ts', import.meta.url)`, and the relative imports of declarations.
 * Throws if a file that is named like this would be missing from the package.
 */
function namingBuiltFiles<T extends ts.SourceFile | ts.Bundle>(packed: ReadonlySet<string>): ts.TransformerFactory<T> {
  return (context) => (root) => {
    let file = '';
    const rename = (node: ts.Node): ts.Node => {
      if (!ts.isStringLiteral(node) || !/^\.\.?\/.*\.ts$/.test(node.text)) return node;
      if (!packed.has(resolve(dirname(file), node.text))) {
        throw new Error(`${file} names ${node.text}, which is not in its package.`);
      }
      return context.factory.createStringLiteral(node.text.replace(/\.ts$/, '.js'), true);
    };
    const visit = (node: ts.Node): ts.Node => {
      if (ts.isSourceFile(node)) file = node.fileName;
      const visited = ts.visitEachChild(node, visit, context);
      return namesFile(visited) ? ts.visitEachChild(visited, rename, context) : visited;
    };
    return visit(root) as T;
  };
}

/** Whether a string right below the node is the name of a file: what the compiler itself rewrites stays as it is. */
function namesFile(node: ts.Node): boolean {
  if (ts.isNewExpression(node)) return ts.isIdentifier(node.expression) && node.expression.text === 'URL';
  // The literal of `import('./x.ts').Name` is a type around the string.
  if (ts.isLiteralTypeNode(node)) return ts.isStringLiteral(node.literal);
  return ts.isImportDeclaration(node) || ts.isExportDeclaration(node);
}
