/** The tab's title and icon say how far the photos are, for those who look at another tab meanwhile. */
import { computed, effect } from '@preact/signals';
import { t } from '../i18n/language.ts';
import { openedPhoto, photos } from '../jobs/photo-list.ts';
import type { PhotoState } from '../jobs/job-state.ts';
import { baseUrl } from '../service.ts';

/** 0..1 of a photo: half of a percent never shows. */
function shareOf(state: PhotoState): number {
  switch (state.stage) {
    case 'waiting':
    case 'needs-key':
    case 'queued':
      return 0;
    case 'sending':
      return state.sentShare * 0.2;
    case 'parsing':
      return 0.2 + state.percent * 0.008;
    case 'done':
    case 'failed':
      return 1;
  }
}

interface Round {
  readonly total: number;
  readonly ended: number;
  /** In steps of 5 %, so that the icon is not drawn for each byte. */
  readonly percent: number;
}

/** The photos since the last time that nothing was under way; undefined while nothing is. */
let known = new Set<string>();
const round = computed((): Round | undefined => {
  const states = photos.value.map(({ key, state }) => ({ key, state: state.value }));
  const working = states.filter(({ state }) => shareOf(state) < 1);
  if (working.length === 0) {
    known = new Set();
    return undefined;
  }
  for (const { key } of working) known.add(key);
  const all = states.filter(({ key }) => known.has(key));
  const share = all.reduce((sum, { state }) => sum + shareOf(state), 0) / all.length;
  return { total: all.length, ended: all.length - working.length, percent: Math.round(share * 20) * 5 };
});
const title = computed(() => {
  const opened = openedPhoto.value?.name;
  const page = opened === undefined || opened === '' ? t('title.page') : `${opened} · ${t('title.page')}`;
  if (round.value === undefined) return page;
  const { total, ended, percent } = round.value;
  return `${total === 1 ? `${percent}%` : `${ended}/${total}`} · ${page}`;
});
/** Of the icon's ring; undefined for the plain icon. */
const ring = computed(() => round.value?.percent);

export function showProgressInTab(): void {
  effect(() => {
    document.title = title.value;
  });
  const plain = new Image();
  plain.src = `${baseUrl}page/icon.svg`;
  let drawn: string | undefined;
  effect(() => {
    const percent = ring.value;
    void (percent === undefined ? Promise.resolve(undefined) : drawIcon(plain, percent)).then((blob) => {
      // A later one may be done already.
      if (percent !== ring.peek()) return;
      if (drawn !== undefined) URL.revokeObjectURL(drawn);
      drawn = blob && URL.createObjectURL(blob);
      showIcon(drawn ?? plain.src);
    });
  });
}

function showIcon(href: string): void {
  const link = document.querySelector<HTMLLinkElement>('link[rel="icon"]');
  // A browser that is told the type of the old icon might not show the new one.
  link?.removeAttribute('type');
  if (link !== null && link.href !== href) link.href = href;
}

const sidePx = 64;

/** The page's icon in a ring that closes as the photos get done. */
async function drawIcon(plain: HTMLImageElement, percent: number): Promise<Blob | undefined> {
  try {
    await plain.decode();
    const canvas = new OffscreenCanvas(sidePx, sidePx);
    const context = canvas.getContext('2d');
    if (context === null) return undefined;
    context.drawImage(plain, 12, 12, sidePx - 24, sidePx - 24);
    context.lineWidth = 8;
    for (const [color, share] of [
      ['#9aa6ba', 1],
      ['#1d5fd6', percent / 100],
    ] as const) {
      context.strokeStyle = color;
      context.beginPath();
      context.arc(sidePx / 2, sidePx / 2, sidePx / 2 - 5, -Math.PI / 2, (share * 2 - 0.5) * Math.PI);
      context.stroke();
    }
    return await canvas.convertToBlob();
  } catch {
    return undefined;
  }
}
