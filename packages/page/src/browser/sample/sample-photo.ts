/** The parsed photo that the page shows before there is any other: made by `npm run page:sample`, without a job. */
import { decodeIndexedPng } from '@m2fp/client/jobs';
import { createViewedPhoto, type Found, type Label, type ViewedPhoto } from '../viewer/viewed-photo.ts';

interface Sample {
  readonly model: string;
  readonly labels: readonly (Label & { readonly title: string })[];
  readonly found: readonly Found[];
}

let loaded: Promise<ViewedPhoto> | undefined;

/** Read once. Throws TypeError if the page's server does not answer. */
export function loadSample(): Promise<ViewedPhoto> {
  return (loaded ??= readSample());
}

async function readSample(): Promise<ViewedPhoto> {
  const [photo, classes, people, sample] = await Promise.all([
    read('sample3.jpg'),
    read('sample3-colormap.png').then(decodeIndexedPng),
    read('sample3-instances.png').then(decodeIndexedPng),
    read('sample3.json').then(async (file) => JSON.parse(await file.text()) as Sample),
  ]);
  const titles = new Map(sample.labels.map(({ name, title }) => [name, title]));
  return createViewedPhoto({
    ...sample,
    sought: () => sample.labels,
    name: 'sample3.jpg',
    picture: photo,
    isOriginal: true,
    isSynthetic: false,
    width: classes.width,
    height: classes.height,
    classes: classes.indices,
    people: people.indices,
    palette: classes.palette,
    cardTitle: (name) => titles.get(name) ?? name,
  });
}

async function read(file: string): Promise<Blob> {
  const response = await fetch(new URL(`../samples/${file}`, import.meta.url));
  if (!response.ok) throw new TypeError(`${file}: HTTP ${response.status}`);
  return response.blob();
}
