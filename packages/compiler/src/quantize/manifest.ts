import type { ManifestDraft, ManifestOf } from '@m2fp/core/model';
import type { QuantizationReport } from './report.ts';

/** The int8 bundle's manifest: that of the float32 one, and what was done. */
export function createDraft(source: ManifestOf, name: string, report: QuantizationReport): ManifestDraft {
  const { layers, weightBits, photos, inputs, agreement } = report;
  const int8 = layers.filter(({ result }) => result === 'int8');
  const tried = layers.filter(({ error }) => error !== undefined);
  const worst = int8.reduce<(typeof int8)[number] | undefined>(
    (most, row) => ((row.error ?? 0) > (most?.error ?? -1) ? row : most),
    undefined,
  );
  const ranges = (method: string) => int8.filter(({ range }) => range === method).length;
  return {
    ...source,
    name,
    dtype: 'int8',
    quantization: {
      from: { name: source.name, version: source.version },
      activations: 'u8, a range a tensor',
      weights: `s8 of ${weightBits} bits, a scale a channel`,
      int8Layers: int8.length,
      float32Layers: layers.length - int8.length,
      int8Weights: int8.reduce((sum, { weights }) => sum + weights, 0),
      ranges: {
        fixed: int8.filter(({ how }) => how === 'fixed range').length,
        atRunTime: int8.filter(({ how }) => how === 'range at run time').length,
        minMax: ranges('min-max'),
        percentile: ranges('percentile'),
      },
      calibration: { photos, inputs },
      largestError: worst === undefined ? null : { layer: worst.name, relative: rounded(worst.error ?? 0) },
      keptForTheirError: tried.filter(({ how }) => how === 'adds too large an error').map((row) => row.name),
      agreement: {
        pixels: rounded(agreement.pixels),
        meanIou: rounded(agreement.meanIou),
        leastPixels: rounded(agreement.leastPixels),
        leastMeanIou: rounded(agreement.leastMeanIou),
      },
    },
  };
}

function rounded(value: number): number {
  return Number(value.toFixed(6));
}
