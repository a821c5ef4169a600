import { type ComponentChildren, h } from 'preact';

/** Paths on a grid of 24, drawn as lines. */
const paths: Readonly<Record<string, string>> = {
  close: 'M6 6l12 12M18 6L6 18',
  copy: 'M9 9h11v11H9zM5 15H4V4h11v1',
  save: 'M12 4v11m-5-5l5 5 5-5M5 20h14',
  only: 'M12 8a4 4 0 100 8 4 4 0 000-8zM12 2v3m0 14v3M2 12h3m14 0h3',
  shown: 'M2 12s4-7 10-7 10 7 10 7-4 7-10 7S2 12 2 12zm10-3a3 3 0 100 6 3 3 0 000-6z',
  hidden: [
    'M3 3l18 18M10 5.3A9.6 9.6 0 0112 5c6 0 10 7 10 7a17 17 0 01-3.2 3.9',
    'M6.5 6.8A17 17 0 002 12s4 7 10 7a9.5 9.5 0 004.6-1.2',
  ].join(''),
  'zoom-in': 'M11 4a7 7 0 100 14 7 7 0 000-14zm5 12l5 5M8 11h6m-3-3v6',
  'zoom-out': 'M11 4a7 7 0 100 14 7 7 0 000-14zm5 12l5 5M8 11h6',
  fit: 'M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5M9 9h6v6H9z',
  fullscreen: 'M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5',
  compare: 'M12 3v18M8 8l-4 4 4 4M16 8l4 4-4 4',
};

export function Icon({ name }: { name: string }): ComponentChildren {
  return h(
    'svg',
    { viewBox: '0 0 24 24', width: 18, height: 18, class: 'line-icon', 'aria-hidden': true },
    h('path', { d: paths[name] ?? '' }),
  );
}
