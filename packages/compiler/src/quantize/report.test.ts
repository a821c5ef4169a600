import type { ManifestOf } from '@m2fp/core/model';
import { describe, expect, it } from 'vitest';
import { draftManifest, formatReport, type LayerRow, type QuantizationReport, signalToNoise } from './report.ts';

const row: LayerRow = {
  name: 'a',
  op: 'Conv + Relu',
  result: 'int8',
  how: 'fixed range',
  range: 'percentile',
  weights: 900,
  error: 0.01,
  outputError: undefined,
};

const report: QuantizationReport = {
  bundle: 'small',
  weightBits: 7,
  photos: 3,
  inputs: 5,
  agreement: { pixels: 0.99125, meanIou: 0.9712345678, leastPixels: 0.98, leastMeanIou: 0.9 },
  goal: { pixels: 0.99, meanIou: 0.97 },
  isGoalReached: true,
  layers: [
    row,
    { ...row, name: 'b', op: 'Gemm', how: 'range at run time', range: undefined, weights: 100, error: 0.02 },
    { ...row, name: 'c', result: 'float32', how: 'adds too large an error', range: undefined, error: 0.2 },
    { ...row, name: 'd', result: 'float32', how: 'reads the image', range: undefined, weights: 0, error: undefined },
    { ...row, name: 'e', range: 'min-max', outputError: 0.00123 },
  ],
};

describe('the report', () => {
  it('says how well it agrees, and has one row per layer', () => {
    const lines = formatReport(report).split('\n');
    expect(lines[0]).toBe('# small in 8 bits');
    expect(lines.join(' ')).toContain('Weights of 7 bits; ranges and errors from 5 network inputs of 3 photos. 3 of 5');
    expect(lines.join(' ')).toContain(
      '99.13 % of the pixels have the same class (worst photo 98.00 %), mean IoU 0.9712',
    );
    expect(lines.join(' ')).toContain('The goal of 99.00 % and 0.97 is reached.');
    expect(lines).toContain('| a | Conv + Relu | int8 | fixed range | percentile | 900 | 1.0e-2 | 40.0 |  |');
    expect(lines).toContain('| d | Conv + Relu | float32 | reads the image |  |  |  |  |  |');
    expect(lines).toContain('| e | Conv + Relu | int8 | fixed range | min-max | 900 | 1.0e-2 | 40.0 | 1.2e-3 |');
  });

  it('says so if the goal was missed', () => {
    expect(formatReport({ ...report, isGoalReached: false })).toContain('is NOT reached.');
  });

  it('gives errors in dB below the result', () => {
    expect(signalToNoise(0.1)).toBeCloseTo(20, 10);
  });
});

describe("the int8 bundle's manifest", () => {
  const source: ManifestOf<'portrait'> = {
    v: 1,
    kind: 'portrait',
    name: 'small',
    version: '3',
    labels: [{ id: 0, name: 'Background', color: [0, 0, 0], role: 'background' }],
    licence: 'MIT',
    source: 'test',
    synthetic: false,
    graph: 'model.onnx',
    dtype: 'float32',
    parameters: 0,
    architecture: {},
    files: [],
    detector: { graph: 'detector.onnx', size: 256, scoreThreshold: 0.5, iouThreshold: 0.3 },
    segmenter: { size: 448, step: 1, cropScale: 2.4, widestCropScale: 4 },
  };

  it('says what it is, what it was made from, and how well it agrees', () => {
    expect(draftManifest(source, 'small-int8', report)).toMatchObject({
      kind: 'portrait',
      name: 'small-int8',
      dtype: 'int8',
      quantization: {
        from: { name: 'small', version: '3' },
        weights: 's8 of 7 bits, a scale a channel',
        int8Layers: 3,
        float32Layers: 2,
        int8Weights: 1900,
        ranges: { fixed: 2, atRunTime: 1, minMax: 1, percentile: 1 },
        calibration: { photos: 3, inputs: 5 },
        largestError: { layer: 'b', relative: 0.02 },
        keptForTheirError: ['c'],
        agreement: { pixels: 0.99125, meanIou: 0.971235, leastPixels: 0.98, leastMeanIou: 0.9 },
      },
    });
  });

  it('names no layer if none is int8', () => {
    const layers = report.layers.filter(({ result }) => result === 'float32');
    expect(draftManifest(source, 'x', { ...report, layers })).toMatchObject({
      quantization: { int8Layers: 0, largestError: null },
    });
  });
});
