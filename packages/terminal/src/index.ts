/** What the project's command lines share: photos from arguments, names for results, words and tables, signals. */
export { abortOnSignals, Interrupted } from './interrupt.ts';
export { collectPhotos, type PhotoFile } from './photo-files.ts';
export { type PhotoRow, photoTable } from './photo-table.ts';
export { count, seconds } from './plain-words.ts';
export { printable } from './printable.ts';
export { nameResultFolders, type PhotoToParse } from './result-folders.ts';
export { textTable } from './text-table.ts';
export { writeWhole } from './write-whole.ts';
