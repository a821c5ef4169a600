import { expect, it } from 'vitest';
import { surveyTensors } from './tensor-survey.ts';
import { smallModel } from './testing/small-model.ts';

const { source, configuration } = smallModel();

it('names every tensor that is missing, of another shape, or not needed', () => {
  const [first = '', second = ''] = source.names();
  const survey = surveyTensors(
    {
      ...source,
      names: () => [...source.names(), 'criterion.empty_weight', 'backbone.stem.conv1.norm.num_batches_tracked'],
      shape: (name) => (name === first ? undefined : name === second ? [3, 2] : source.shape(name)),
    },
    configuration.architecture,
  );
  expect(survey).toEqual({
    missing: [{ name: 'backbone.stem.conv1.weight', required: [4, 3, 3, 3] }],
    misshapen: [{ name: 'backbone.stem.conv1.norm.weight', required: [4], found: [3, 2] }],
    ignored: ['criterion.empty_weight'],
  });
});

it('finds nothing to say about tensors that fit', () => {
  expect(surveyTensors(source, configuration.architecture)).toEqual({ missing: [], misshapen: [], ignored: [] });
});
