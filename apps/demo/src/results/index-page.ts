import { count, seconds } from '@m2fp/terminal';
import { spentMs } from '../client/job-schema.ts';
import type { PhotoOutcome } from '../client/parse-photos.ts';
import { escapeHtml } from './escape-html.ts';
import { pageStyle } from './page-style.ts';
import { resultFileNames, viewableName } from './result-files.ts';
import type { Palette } from './store-results.ts';

export interface PageContent {
  readonly outcomes: readonly PhotoOutcome[];
  /** By result folder. */
  readonly palettes: ReadonlyMap<string, Palette>;
}

type Parsed = Extract<PhotoOutcome, { ok: true }>;
type Failed = Extract<PhotoOutcome, { ok: false }>;

/**
 * A page that shows each photo, its overlay and its colormap side by side, with a legend. It needs nothing but the
 * result folders beside it: no script, no network.
 */
export function indexPage({ outcomes, palettes }: PageContent): string {
  const sections = outcomes.map((outcome) =>
    outcome.ok ? parsedSection(outcome, palettes.get(outcome.photo.folder) ?? []) : failedSection(outcome),
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Parsed photos</title>
<style>${pageStyle}</style>
</head>
<body>
<header>
<h1>Parsed photos</h1>
<p>${escapeHtml(summary(outcomes))}</p>
${syntheticNote(outcomes)}</header>
<main>
${sections.join('\n')}
</main>
</body>
</html>
`;
}

function summary(outcomes: readonly PhotoOutcome[]): string {
  const parsed = outcomes.filter((outcome) => outcome.ok);
  const people = parsed.reduce((sum, { result }) => sum + result.people, 0);
  const failed = outcomes.length - parsed.length;
  const models = [...new Set(parsed.map(({ result }) => result.model.name))];
  return [
    count(outcomes.length, 'photo', 'photos'),
    count(people, 'person', 'people'),
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(models.length > 0 ? [`model ${models.join(', ')}`] : []),
  ].join(' · ');
}

function syntheticNote(outcomes: readonly PhotoOutcome[]): string {
  const synthetic = outcomes.some((outcome) => outcome.ok && outcome.result.model.synthetic);
  return synthetic ? '<p class="note">This model has random weights: its results mean nothing.</p>\n' : '';
}

function parsedSection({ photo, result }: Parsed, palette: Palette): string {
  const path = (file: string): string => `${encodeURIComponent(photo.folder)}/${file}`;
  const picture = (file: string, caption: string): string => {
    const { width, height } = result.image;
    const img = `<img src="${path(file)}" width="${width}" height="${height}" loading="lazy" alt="${caption} of ${escapeHtml(photo.name)}">`;
    return `<figure><a href="${path(file)}">${img}</a><figcaption>${caption}</figcaption></figure>`;
  };
  const files = Object.values(resultFileNames).map((file) => `<a href="${path(file)}">${file}</a>`);
  return `<section>
<h2>${escapeHtml(photo.name)} <span>${count(result.people, 'person', 'people')} · ${result.image.width} × ${result.image.height} px · ${seconds(spentMs(result.timings))}</span></h2>
<div class="pictures">
${picture(viewableName, 'Photo')}
${picture(resultFileNames.overlay, 'Overlay')}
${picture(resultFileNames.colormap, 'Colormap')}
</div>
${legend(result, palette)}
<p class="files">${files.join(' ')}</p>
</section>`;
}

/** The classes of this photo, the largest first. */
function legend({ labels, image }: Parsed['result'], palette: Palette): string {
  const found = labels.filter(({ pixels }) => pixels > 0).sort((a, b) => b.pixels - a.pixels);
  if (found.length === 0) return '<p class="note">Nobody was found on this photo.</p>';
  const items = found.map(({ id, name, pixels }) => {
    const color = (palette[id] ?? [0, 0, 0]).join(' ');
    const share = shareText(pixels / (image.width * image.height));
    return `<li><i style="background: rgb(${color})"></i>${escapeHtml(name)} <small>${share}</small></li>`;
  });
  return `<ul class="legend">${items.join('')}</ul>`;
}

/** Brows and eyes are small: none of them is 0.0 % of a photo. */
function shareText(share: number): string {
  return share < 0.0005 ? '&lt; 0.1 %' : `${(100 * share).toFixed(1)} %`;
}

function failedSection({ photo, code, message }: Failed): string {
  return `<section class="failed">
<h2>${escapeHtml(photo.name)} <span>failed</span></h2>
<p><code>${escapeHtml(code)}</code> ${escapeHtml(message)}</p>
</section>`;
}
