/** What the project's command lines share: photos from arguments, result folders, words and tables, signals. */
export { abortOnSignals, Interrupted } from './interrupt.ts';
export { collectPhotos, hasPhotoExtension, type PhotoFault, type PhotoFile, photosOf } from './photo-files.ts';
export { nameResultFolders, type PhotoToParse, ResultNames } from './result-names.ts';
export {
  clearResults,
  isResultFolder,
  isResultName,
  openOutDir,
  type OutDir,
  putPhoto,
  resultsMarker,
  viewableName,
  writeWhole,
} from './results.ts';
export { type PhotoRow, photoTable, type TableSettings, textTable } from './tables.ts';
export { count, printable, seconds } from './words.ts';
