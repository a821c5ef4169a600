export { createMemoryStorage } from './memory-storage.ts';
export { scriptedKey, startScriptedS3, type ScriptedS3 } from './scripted/scripted-s3.ts';
