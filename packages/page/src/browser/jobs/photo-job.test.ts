import { expect, it } from 'vitest';
import { PhotoJob } from './photo-job.ts';

/** A photo that was canceled before the service had it, and what its list was told since. */
function startCanceled() {
  const told: string[] = [];
  const note = (what: string) => () => void told.push(what);
  const events = { onJob: note('job'), onEnd: note('end'), onRemove: note('remove'), onAnew: note('anew') };
  const photo = new PhotoJob({ key: 'a', name: 'a.jpg', options: {}, file: new Blob(['no photo']) }, events);
  photo.start();
  photo.cancel();
  return { photo, told };
}

const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

it('is not sent if it is canceled or removed right after it was to be tried again', async () => {
  for (const end of ['cancel', 'remove'] as const) {
    const { photo, told } = startCanceled();
    photo.retry();
    photo[end]();
    await settled();
    expect(told).not.toContain('anew');
    expect(photo.state.peek()).toMatchObject({ stage: 'failed', error: { code: 'canceled' } });
  }
});

it('is sent anew, under another key, if it is tried again after that', async () => {
  const { photo, told } = startCanceled();
  photo.retry();
  photo.cancel();
  photo.retry();
  const before = photo.requestKey;
  await settled();
  expect(told.filter((what) => what === 'anew')).toHaveLength(1);
  expect(photo.requestKey).not.toBe(before);
});
