import { type Spread, spreadOf } from '@m2fp/bench';
import { samplePhotos } from '@m2fp/dev-services';
import type { Browser, Page } from 'playwright-core';
import sharp from 'sharp';

/** 12 megapixels, as phones take them. */
const photoSize = { width: 4_000, height: 3_000 };
const viewport = { width: 1_280, height: 900 };

export interface LoadFigure {
  readonly what: string;
  readonly ms: Spread;
}

export interface MoveFigure {
  readonly what: string;
  /** That the compositor drew; while one only points, many frames need no drawing. */
  readonly framesPerSecond: number;
  readonly dropped: number;
  /** From the start of a frame on the main thread to its commit: scripts, style, layout, paint. */
  readonly mainMs: Spread;
}

/** Until the page shows something, and until its sample is drawn and answers the pointer. */
export async function measureLoads(browser: Browser, url: string, count: number): Promise<LoadFigure[]> {
  const painted: number[] = [];
  const alive: number[] = [];
  for (let load = 0; load < count; load++) {
    const context = await browser.newContext({ viewport });
    const page = await context.newPage();
    await page.addInitScript(noteWhenAlive);
    await page.goto(url);
    alive.push(await page.evaluate<number>('aliveMs'));
    painted.push(await page.evaluate<number>("performance.getEntriesByName('first-contentful-paint')[0].startTime"));
    await context.close();
  }
  return [
    { what: 'first contentful paint', ms: spreadOf(painted) },
    { what: 'the sample answers the pointer', ms: spreadOf(alive) },
  ];
}

/** The stage has been drawn once its canvas has its size; it answers once pointing at a part shows its name. */
const noteWhenAlive = `
  globalThis.aliveMs = new Promise((done) => {
    let i = 0;
    const look = () => {
      const stage = document.querySelector('.sample .canvas-stage');
      if (stage?.querySelector('.tip')) return done(performance.now());
      const { left = 0, top = 0, width = 0, height = 0 } = stage?.getBoundingClientRect() ?? {};
      const place = { clientX: left + width * (0.2 + (i++ % 8) * 0.1), clientY: top + height * 0.3 };
      stage?.dispatchEvent(new PointerEvent('pointermove', { ...place, bubbles: true }));
      requestAnimationFrame(look);
    };
    look();
  });
`;

/** What happens in each frame, `i` from 0 on; `send` moves the mouse to shares of the stage, `turn` turns its wheel. */
const movements = [
  {
    what: 'pointing, from part to part',
    isPressed: false,
    zooms: 0,
    script: 'send((i * 0.011) % 1, 0.1 + (i % 9) * 0.1)',
  },
  {
    what: 'panning, at 2x',
    isPressed: true,
    zooms: 2,
    script: 'send(0.5 + 0.3 * Math.cos(i / 25), 0.5 + 0.3 * Math.sin(i / 35))',
  },
  {
    what: 'panning, at 6x',
    isPressed: true,
    zooms: 5,
    script: 'send(0.5 + 0.3 * Math.cos(i / 25), 0.5 + 0.3 * Math.sin(i / 35))',
  },
  { what: 'zooming in and out', isPressed: false, zooms: 0, script: 'turn(i % 100 < 50 ? -40 : 40)' },
] as const;

/** Parses a photo of 12 megapixels and moves about in its result. */
export async function measureMoves(browser: Browser, url: string, frames: number): Promise<MoveFigure[]> {
  const context = await browser.newContext({ viewport });
  const page = await context.newPage();
  page.setDefaultTimeout(120_000);
  await page.goto(url);
  await page.setInputFiles('input[type=file]', {
    name: 'large.jpg',
    mimeType: 'image/jpeg',
    buffer: await largePhoto(),
  });
  const stage = page.locator('article .canvas-stage:has(canvas)');
  await stage.waitFor();
  await stage.scrollIntoViewIfNeeded();
  const figures: MoveFigure[] = [];
  for (const movement of movements) {
    await stage.focus();
    await page.keyboard.press('0');
    for (let step = 0; step < movement.zooms; step++) await page.getByRole('button', { name: 'Zoom in' }).click();
    figures.push(await measureMovement(browser, page, movement, frames));
  }
  await context.close();
  return figures;
}

async function measureMovement(
  browser: Browser,
  page: Page,
  { what, isPressed, script }: (typeof movements)[number],
  frames: number,
): Promise<MoveFigure> {
  const box = await page.locator('article .canvas-stage').boundingBox();
  if (box === null) throw new Error('The stage is not visible.');
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  if (isPressed) await page.mouse.down();
  await browser.startTracing(page, { categories: ['cc', 'disabled-by-default-devtools.timeline.frame'] });
  // In the page, once a frame: mouse events from outside would come as often as this process gets its turn.
  await page.evaluate(`new Promise((done) => {
    const stage = document.querySelector('article .canvas-stage');
    const { left, top, width, height } = stage.getBoundingClientRect();
    const place = (x, y) => ({ clientX: left + width * x, clientY: top + height * y, bubbles: true, cancelable: true });
    const send = (x, y) =>
      stage.dispatchEvent(new PointerEvent('pointermove', { ...place(x, y), pointerId: 1, pointerType: 'mouse' }));
    const turn = (deltaY) => stage.dispatchEvent(new WheelEvent('wheel', { ...place(0.5, 0.5), deltaY }));
    let i = 0;
    const next = () => {
      ${script};
      if (++i < ${frames}) requestAnimationFrame(next);
      else done();
    };
    requestAnimationFrame(next);
  })`);
  const trace = await browser.stopTracing();
  if (isPressed) await page.mouse.up();
  return { what, ...readTrace(trace) };
}

interface TraceEvent {
  readonly name: string;
  readonly pid: number;
  /** µs */
  readonly ts: number;
  readonly dur?: number;
}

/** The events of Chromium's compositor (`cc`) in the process of the page. */
function readTrace(trace: Buffer): Omit<MoveFigure, 'what'> {
  const { traceEvents } = JSON.parse(trace.toString()) as { traceEvents: TraceEvent[] };
  const main = traceEvents.filter(({ name, dur }) => name === 'ProxyMain::BeginMainFrame' && dur !== undefined);
  const pid = main[0]?.pid;
  const drawn = traceEvents.filter((event) => event.name === 'DrawFrame' && event.pid === pid).map(({ ts }) => ts);
  const [first = 0, last = 0] = [Math.min(...drawn), Math.max(...drawn)];
  const dropped = traceEvents.filter(
    ({ name, pid: other, ts }) => name === 'DroppedFrame' && other === pid && ts > first && ts < last,
  );
  return {
    framesPerSecond: ((drawn.length - 1) / (last - first)) * 1e6,
    dropped: dropped.length,
    mainMs: spreadOf(main.filter((event) => event.pid === pid).map(({ dur = 0 }) => dur / 1_000)),
  };
}

/** A group of people at phones' size. */
async function largePhoto(): Promise<Buffer> {
  const [sample] = samplePhotos();
  if (sample === undefined) throw new Error('There are no sample photos.');
  return sharp(sample.path)
    .resize({ ...photoSize, fit: 'cover' })
    .jpeg({ quality: 90 })
    .toBuffer();
}
