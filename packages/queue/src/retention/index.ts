/** What is kept, in how few bytes and for how long: ended jobs, and photos whose job never came. */
export { compact, compactText, expand, expandText, isCompact } from './compact.ts';
export { defaultRetained, EndedJobs, recordOfEnded, unsettledOf } from './ended-jobs.ts';
export type { RetainedShares } from './key-shares.ts';
export { enterLedger, ledgerArguments, ledgerLua } from './ledger.ts';
export { PendingUploads } from './pending-uploads.ts';
export type { PendingUpload } from './pending-uploads.ts';
