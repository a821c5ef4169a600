import { loadParser } from '../kinds/kinds.ts';
import { openBundle } from '../model/bundle.ts';
import type { BundleCheck } from '../model/checked-files.ts';
import type { Manifest } from '../model/manifest.ts';
import type { SessionSettings } from '../model/session.ts';
import type { Parser } from './types.ts';

/** A model bundle, ready to parse photos, one at a time. */
export interface Model extends Parser {
  readonly manifest: Manifest;
}

/**
 * Opens a bundle, checks its files and loads its networks. Throws `model_unavailable`.
 * @param check as `openBundle` takes it
 */
export async function loadModel(bundleDir: string, settings: SessionSettings, check?: BundleCheck): Promise<Model> {
  const bundle = await openBundle(bundleDir, check);
  return { ...(await loadParser(bundle, settings)), manifest: bundle.manifest };
}
