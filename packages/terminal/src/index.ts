/** What the project's command lines share: photos from arguments, result folders, words and tables, signals. */
export { assertOwnAnnotations, type PhotoInFolder, writeAnnotations } from './annotations-file.ts';
export { createDownloadProgress, type Output } from './download-progress.ts';
export { faultInWords, systemFault } from './faults.ts';
export { abortOnSignals, Interrupted, type Unfinished } from './interrupt.ts';
export { acceptLicense } from './license.ts';
export { collectPhotos, hasPhotoExtension, type PhotoFile, photosOf } from './photo-files.ts';
export { annotationsName, nameResultFolders, type PhotoToParse, ResultNames } from './result-names.ts';
export {
  clearResults,
  isResultFolder,
  makeFolder,
  openOutDir,
  type OutDir,
  putPhoto,
  resultsMarker,
  viewableName,
  writeWhole,
} from './results.ts';
export { StatusLine } from './status-line.ts';
export { type PhotoRow, photoTable, type TableSettings, textTable } from './tables.ts';
export { count, duration, oneLine, printable, seconds, type StageOfPhoto, stepInWords } from './words.ts';
