import { loadParser } from '../kinds/kinds.ts';
import { openBundle } from '../model/bundle.ts';
import type { Manifest } from '../model/manifest.ts';
import type { SessionSettings } from '../model/session.ts';
import type { Parser } from './types.ts';

/** A model bundle, ready to parse photos, one at a time. */
export interface Model extends Parser {
  readonly manifest: Manifest;
}

/** Opens a bundle, checks its files and loads its networks. Throws `model_unavailable`. */
export async function loadModel(bundleDir: string, settings: SessionSettings): Promise<Model> {
  const bundle = await openBundle(bundleDir);
  return { ...(await loadParser(bundle, settings)), manifest: bundle.manifest };
}
