import { describe, expect, it } from 'vitest';
import { listingUrl, mirrorFileUrl, publishedFileUrl } from './published-files.ts';
import { namedModels } from '@m2fp/core/bundles';

describe('publishedFileUrl', () => {
  it("is ModelScope's URL", () => {
    expect(publishedFileUrl(namedModels.people, 'pytorch_model.pt')).toBe(
      'https://modelscope.cn/api/v1/models/iic/cv_resnet101_image-multiple-human-parsing/repo' +
        '?Revision=v1.0.1&FilePath=pytorch_model.pt',
    );
    expect(publishedFileUrl(namedModels.single, 'configuration.json')).toMatch(
      'iic/cv_resnet101_image-single-human-parsing/repo?Revision=master&FilePath=configuration.json',
    );
  });
});

describe('mirrorFileUrl', () => {
  it.each([
    ['http://host/models', 'http://host/models/pytorch_model.pt', 'http://host/models/configuration.json'],
    ['http://host/models/', 'http://host/models/pytorch_model.pt', 'http://host/models/configuration.json'],
    ['http://host', 'http://host/pytorch_model.pt', 'http://host/configuration.json'],
    ['http://host/m/best.pt?t=1', 'http://host/m/best.pt?t=1', 'http://host/m/configuration.json?t=1'],
    ['http://host/m/config.json', 'http://host/m/pytorch_model.pt', 'http://host/m/config.json'],
    ['http://host/get?name={file}', 'http://host/get?name=pytorch_model.pt', 'http://host/get?name=configuration.json'],
    [
      'http://host/repo?FilePath=x&r=1',
      'http://host/repo?FilePath=pytorch_model.pt&r=1',
      'http://host/repo?FilePath=configuration.json&r=1',
    ],
  ])('under %s', (base, weights, configuration) => {
    expect(mirrorFileUrl(base, 'pytorch_model.pt')).toBe(weights);
    expect(mirrorFileUrl(base, 'configuration.json')).toBe(configuration);
  });
});

describe('listingUrl', () => {
  it('is next to the files of a repository', () => {
    expect(listingUrl('https://modelscope.cn/api/v1/models/iic/m2fp/repo?Revision=v1.0.1&FilePath=x.pt')).toBe(
      'https://modelscope.cn/api/v1/models/iic/m2fp/repo/files?Revision=v1.0.1&Recursive=true',
    );
  });

  it('does not exist elsewhere', () => {
    expect(listingUrl('http://host/models/pytorch_model.pt')).toBeUndefined();
  });
});
