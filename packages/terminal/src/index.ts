/** What the project's command lines share: photos from arguments, result folders, words and tables, signals. */
export { createDownloadProgress, type Output } from './download-progress.ts';
export { abortOnSignals, Interrupted } from './interrupt.ts';
export { acceptLicense } from './license.ts';
export { collectPhotos, type PhotoFile } from './photo-files.ts';
export { nameResultFolders, type PhotoToParse, writeWhole } from './results.ts';
export { type PhotoRow, photoTable, textTable } from './tables.ts';
export { count, printable, seconds } from './words.ts';
