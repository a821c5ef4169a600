import { bounds, isNonCommercial, labelTitle, type ModelCard } from '@m2fp/contract';
import { readManifest } from '../model/bundle.ts';
import type { Rgb } from '../model/manifest.ts';
import { type ManifestOf, summaryOf } from './kinds.ts';

/** The card of a bundle's model; its networks are neither checked nor loaded. Throws `model_unavailable`. */
export async function readModelCard(dir: string): Promise<ModelCard> {
  return modelCard(await readManifest(dir));
}

export function modelCard(manifest: ManifestOf): ModelCard {
  return {
    v: 1,
    kind: manifest.kind,
    version: cut(manifest.version),
    summary: cut(summaryOf(manifest)),
    labels: manifest.labels.map(({ id, name, role, color }) => {
      return { id, name: cut(name), title: cut(labelTitle(name)), role, color: hex(color) };
    }),
    license: cut(manifest.licence),
    synthetic: manifest.synthetic,
    non_commercial: isNonCommercial(manifest.licence),
  };
}

function cut(text: string): string {
  const { max } = bounds.cardText;
  return text.length <= max ? text : `${text.slice(0, max - 1)}…`;
}

function hex(color: Rgb): string {
  return `#${color.map((channel) => channel.toString(16).padStart(2, '0')).join('')}`;
}
