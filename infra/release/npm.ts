/**
 * npm as a script of Node: as a program of its own, it needs a shell on Windows.
 * @returns the program to start, and its arguments
 */
export function npmCommand(args: readonly string[]): [program: string, args: string[]] {
  // eslint-disable-next-line no-restricted-properties -- npm says where it is to what it starts, such as `npm run`.
  const script = process.env['npm_execpath'];
  return script?.endsWith('npm-cli.js') === true ? [process.execPath, [script, ...args]] : ['npm', [...args]];
}
