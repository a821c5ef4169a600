/** Names that systems use for files of their own; compared in lower case. */
const systemFiles: ReadonlySet<string> = new Set(['thumbs.db', 'ehthumbs.db', 'desktop.ini']);
const systemFolders: ReadonlySet<string> = new Set(['__macosx', '$recycle.bin', 'system volume information', '@eadir']);

/**
 * Whether a file below a folder or prefix is one that people do not see there: hidden itself (`.DS_Store`, or
 * `._photo.jpg`, which macOS puts beside `photo.jpg`), in a hidden folder, or one of the system's own (`Thumbs.db`,
 * `__MACOSX/`). Whoever names such a file itself gets it.
 * @param path from the folder or prefix on, with `/` or `\` between its parts
 */
export function isHiddenFile(path: string): boolean {
  const parts = path.toLowerCase().split(/[/\\]/);
  const name = parts.pop() ?? '';
  return name.startsWith('.') || systemFiles.has(name) || parts.some(isHiddenFolder);
}

/** `.` and `..` only say where a path goes. */
function isHiddenFolder(part: string): boolean {
  return (part.startsWith('.') && part !== '.' && part !== '..') || systemFolders.has(part);
}
