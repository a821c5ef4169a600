import { fileName } from '@m2fp/client';
import type { Palette } from '@m2fp/core/render';
import { count, seconds, viewableName } from '@m2fp/terminal';
import { type PhotoOutcome, spentMs } from './parse-photos.ts';

export interface PageContent {
  readonly outcomes: readonly PhotoOutcome[];
  /** By result folder. */
  readonly palettes: ReadonlyMap<string, Palette>;
}

type Parsed = Extract<PhotoOutcome, { ok: true }>;
type Failed = Extract<PhotoOutcome, { ok: false }>;

/**
 * A page that shows each photo, its overlay and its colormap side by side, with a legend. It needs only the result
 * folders next to it: no script, no network.
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
  return synthetic ? '<p class="note">This model has random weights: its results are meaningless.</p>\n' : '';
}

function parsedSection({ photo, result }: Parsed, palette: Palette): string {
  const { width, height } = result.image;
  const name = escapeHtml(photo.name);
  const folder = photo.folder.split('/').map(encodeURIComponent).join('/');
  const path = (file: string): string => `${folder}/${file}`;
  const pictures = [
    { caption: 'Photo', file: viewableName },
    ...pictureOutputs.flatMap(({ output, caption }) => {
      const file = result.files.find((made) => made.output === output);
      return file === undefined ? [] : [{ caption, file: fileName(file) }];
    }),
  ].map(({ caption, file }) => {
    const size = `width="${width}" height="${height}"`;
    const img = `<img src="${path(file)}" ${size} loading="lazy" alt="${caption} of ${name}">`;
    return `<figure><a href="${path(file)}">${img}</a><figcaption>${caption}</figcaption></figure>`;
  });
  const facts = [count(result.people, 'person', 'people'), `${width} × ${height} px`, seconds(spentMs(result.timings))];
  const files = result.files.map((file) => `<a href="${path(fileName(file))}">${fileName(file)}</a>`);
  return `<section>
<h2>${name} <span>${facts.join(' · ')}</span></h2>
<div class="pictures">
${pictures.join('\n')}
</div>
${legend(result, palette)}
<p class="files">${files.join(' ')}</p>
</section>`;
}

/** Shown next to the photo. */
const pictureOutputs = [
  { output: 'overlay', caption: 'Overlay' },
  { output: 'colormap', caption: 'Colormap' },
] as const;

/** The classes in this photo, the largest first. */
function legend({ labels, image }: Parsed['result'], palette: Palette): string {
  const found = labels.filter(({ pixels }) => pixels > 0).sort((a, b) => b.pixels - a.pixels);
  if (found.length === 0) return '<p class="note">Nobody was found in this photo.</p>';
  const items = found.map(({ id, name, pixels }) => {
    const color = (palette[id] ?? [0, 0, 0]).join(' ');
    const share = shareText(pixels / (image.width * image.height));
    return `<li><i style="background: rgb(${color})"></i>${escapeHtml(name)} <small>${share}</small></li>`;
  });
  return `<ul class="legend">${items.join('')}</ul>`;
}

/** Brows and eyes are small, but never 0.0% of a photo. */
function shareText(share: number): string {
  return share < 0.0005 ? '&lt;0.1%' : `${(100 * share).toFixed(1)}%`;
}

function failedSection({ photo, code, message }: Failed): string {
  return `<section class="failed">
<h2>${escapeHtml(photo.name)} <span>failed</span></h2>
<p><code>${escapeHtml(code)}</code> ${escapeHtml(message)}</p>
</section>`;
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text that is safe in HTML, also inside quoted attributes. */
function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character);
}

/** Light or dark by the system's setting; three pictures in a row if there is room. */
const pageStyle = `
:root { --ground: #f6f6f4; --card: #fff; --ink: #1c1c1e; --quiet: #6a6a70; --line: #e2e2de; --bad: #b3261e; }
@media (prefers-color-scheme: dark) {
  :root { --ground: #141416; --card: #1e1e21; --ink: #ececee; --quiet: #9b9ba3; --line: #323238; --bad: #ff8a80; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
header, main { max-width: 1500px; margin: 0 auto; padding: 0 clamp(12px, 3vw, 40px); }
header { padding-top: 32px; padding-bottom: 12px; }
h1 { margin: 0; font-size: 1.7rem; letter-spacing: -0.01em; }
header p { margin: 2px 0 0; color: var(--quiet); }
section { background: var(--card); border: 1px solid var(--line); border-radius: 14px; padding: 18px; }
section + section { margin-top: 20px; }
main { padding-bottom: 20px; }
h2 { margin: 0 0 12px; font-size: 1.05rem; overflow-wrap: anywhere; }
h2 span { margin-left: 8px; font-weight: 400; font-size: 0.9rem; color: var(--quiet); }
.pictures { display: grid; grid-template-columns: repeat(3, minmax(0, 1fr)); gap: 12px; }
figure { margin: 0; }
figure a { display: block; }
img { display: block; width: 100%; height: auto; border-radius: 8px; background: var(--line); }
figcaption { margin-top: 4px; font-size: 0.8rem; color: var(--quiet); }
.legend { display: flex; flex-wrap: wrap; gap: 6px; list-style: none; margin: 14px 0 0; padding: 0; }
.legend { font-size: 0.88rem; }
.legend li { display: flex; align-items: center; gap: 7px; padding: 2px 11px 2px 8px; }
.legend li { border: 1px solid var(--line); border-radius: 99px; }
.legend i { width: 13px; height: 13px; border-radius: 4px; border: 1px solid rgb(128 128 128 / 45%); }
small { color: var(--quiet); }
.files { margin: 12px 0 0; font-size: 0.85rem; }
.files a { color: var(--quiet); margin-right: 12px; }
.note { color: var(--quiet); margin: 14px 0 0; }
header .note { color: var(--bad); margin: 6px 0 0; }
.failed { border-color: var(--bad); }
.failed p { margin: 0; overflow-wrap: anywhere; }
.failed code { color: var(--bad); margin-right: 8px; }
@media (max-width: 760px) { .pictures { grid-template-columns: minmax(0, 1fr); } }
`;
