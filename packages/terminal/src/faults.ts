/** The system's refusals, as a user reads them. */
const words: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the quota for files is used up',
  EROFS: 'the file system is read-only',
  EACCES: 'permission denied',
  EPERM: 'not permitted',
  EIO: 'the disk has an error',
  ENOENT: 'there is no such file or folder',
  ENOTDIR: 'a part of the path is a file, not a folder',
  EISDIR: 'it is a folder, not a file',
  EEXIST: 'there is a file or folder of that name',
  ENAMETOOLONG: 'the name is too long',
  EMFILE: 'too many files are open',
  EPIPE: 'nobody reads it any more',
  ECONNREFUSED: 'nothing answers there',
  ENOTFOUND: 'there is no such host, or no network',
  EAI_AGAIN: 'the host’s name cannot be looked up: is there a network?',
  EADDRINUSE: 'the port is taken',
};

/** Without a period, with the system's code: `the disk is full (ENOSPC)`. The message of any other error. */
export function faultInWords(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code } = error as NodeJS.ErrnoException;
  const known = code === undefined ? undefined : words[code];
  return known === undefined ? error.message : `${known} (${code})`;
}

/** One sentence: what could not be done where, and why. Undefined if it is not of the system. */
export function systemFault(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('syscall' in error) || !('code' in error)) return undefined;
  if (words[String(error.code)] === undefined) return undefined;
  const { dest, path } = error as NodeJS.ErrnoException & { dest?: string };
  const place = dest ?? path;
  // That is what Node calls a read-only disk when it makes folders.
  if (error.code === 'ENOENT' && error.syscall === 'mkdir') return `${place} cannot be made: is its disk read-only?`;
  return `${place === undefined ? '' : `${place}: `}${faultInWords(error)}.`;
}
