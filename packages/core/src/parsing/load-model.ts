import { type Bundle, openBundle } from '../model/bundle.ts';
import type { Manifest } from '../model/manifest.ts';
import type { SessionSettings } from '../model/session.ts';
import type { LoadedParser, PhotoParser } from './types.ts';

/** A model bundle, ready to parse photos, one at a time. */
export interface LoadedModel {
  readonly manifest: Manifest;
  readonly parser: PhotoParser;
  close(): Promise<void>;
}

/** Opens a bundle, checks its files and loads its networks. Throws `model_unavailable`. */
export async function loadModel(bundleDir: string, settings: SessionSettings): Promise<LoadedModel> {
  const bundle = await openBundle(bundleDir);
  const parser = await createParser(bundle, settings);
  return { manifest: bundle.manifest, parser, close: () => parser.close() };
}

/** Only the code of the kind that is asked for is loaded. */
async function createParser(bundle: Bundle, settings: SessionSettings): Promise<LoadedParser> {
  const { manifest } = bundle;
  switch (manifest.kind) {
    case 'portrait': {
      const { createPortraitParser } = await import('../kinds/portrait/parser.ts');
      return createPortraitParser({ ...bundle, manifest }, settings);
    }
    case 'm2fp': {
      const { createM2fpParser } = await import('../kinds/m2fp/parser.ts');
      return createM2fpParser({ ...bundle, manifest }, settings);
    }
    case 'm2fp-single': {
      const { createM2fpSingleParser } = await import('../kinds/m2fp-single/parser.ts');
      return createM2fpSingleParser({ ...bundle, manifest }, settings);
    }
  }
}
