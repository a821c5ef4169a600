import { colorAt, type ParsedPhoto } from './parsed-photo.ts';

/** A part under the pointer or highlighted by the legend; an undefined field means any. */
export interface Region {
  readonly classId?: number;
  readonly personId?: number;
}

export interface ViewState {
  mode: 'overlay' | 'compare';
  /** 0..1: the overlay's opacity, or the divider's position. */
  amount: number;
  readonly hiddenClasses: Set<number>;
  readonly hiddenPeople: Set<number>;
  highlight: Region | undefined;
}

/** Drawn no larger than this, px: more would be slower, and no screen shows it. */
const longestSidePx = 1600;

/** Draws a photo and its parsing on one canvas. */
export class Viewer {
  readonly canvas: HTMLCanvasElement;
  readonly state: ViewState = {
    mode: 'overlay',
    amount: 0.6,
    hiddenClasses: new Set(),
    hiddenPeople: new Set(),
    highlight: undefined,
  };
  readonly #photo: ImageBitmap;
  readonly #parsed: ParsedPhoto;
  readonly #layer: HTMLCanvasElement;
  readonly #pixels: ImageData;
  #frame = 0;

  constructor(canvas: HTMLCanvasElement, photo: ImageBitmap, parsed: ParsedPhoto) {
    const scale = Math.min(1, longestSidePx / Math.max(parsed.width, parsed.height));
    this.canvas = canvas;
    canvas.width = Math.max(1, Math.round(parsed.width * scale));
    canvas.height = Math.max(1, Math.round(parsed.height * scale));
    this.#photo = photo;
    this.#parsed = parsed;
    this.#layer = document.createElement('canvas');
    this.#layer.width = canvas.width;
    this.#layer.height = canvas.height;
    this.#pixels = new ImageData(canvas.width, canvas.height);
  }

  /** Draws at the next frame; several changes before it are drawn once. */
  redraw(): void {
    cancelAnimationFrame(this.#frame);
    this.#frame = requestAnimationFrame(() => this.#draw());
  }

  /** The part at a position, given as shares of the canvas's width and height; undefined on background. */
  regionAt(xShare: number, yShare: number): Required<Region> | undefined {
    const { width, height, classes, people } = this.#parsed;
    const at =
      Math.min(height - 1, Math.floor(yShare * height)) * width + Math.min(width - 1, Math.floor(xShare * width));
    const classId = classes[at] ?? 0;
    const personId = people[at] ?? 0;
    const { hiddenClasses, hiddenPeople } = this.state;
    if (classId === 0 || hiddenClasses.has(classId) || hiddenPeople.has(personId)) return undefined;
    return { classId, personId };
  }

  close(): void {
    cancelAnimationFrame(this.#frame);
    this.#photo.close();
  }

  #draw(): void {
    const context = this.canvas.getContext('2d');
    const layer = this.#layer.getContext('2d');
    if (!context || !layer) return;
    const { width, height } = this.canvas;
    const { mode, amount } = this.state;
    this.#paintLayer();
    layer.putImageData(this.#pixels, 0, 0);
    context.globalAlpha = 1;
    context.drawImage(this.#photo, 0, 0, width, height);
    if (mode === 'overlay') {
      context.globalAlpha = amount;
      context.drawImage(this.#layer, 0, 0);
      return;
    }
    const divider = Math.round(width * amount);
    if (divider < width)
      context.drawImage(this.#layer, divider, 0, width - divider, height, divider, 0, width - divider, height);
    context.fillStyle = '#fff';
    context.fillRect(divider - 1, 0, 2, height);
  }

  #paintLayer(): void {
    const { width, height, classes, people, palette } = this.#parsed;
    const { data, width: w, height: h } = this.#pixels;
    const colors = Array.from({ length: 256 }, (_, id) => colorAt(palette, id));
    for (let y = 0; y < h; y++) {
      const row = Math.floor(((y + 0.5) * height) / h) * width;
      for (let x = 0; x < w; x++) {
        const at = row + Math.floor(((x + 0.5) * width) / w);
        const classId = classes[at] ?? 0;
        const [r, g, b] = colors[classId] ?? [0, 0, 0];
        const to = (y * w + x) * 4;
        data[to] = r;
        data[to + 1] = g;
        data[to + 2] = b;
        data[to + 3] = this.#alpha(classId, people[at] ?? 0);
      }
    }
  }

  #alpha(classId: number, personId: number): number {
    const { hiddenClasses, hiddenPeople, highlight } = this.state;
    if (classId === 0 || hiddenClasses.has(classId) || hiddenPeople.has(personId)) return 0;
    if (highlight === undefined) return 255;
    const isMeant =
      (highlight.classId === undefined || highlight.classId === classId) &&
      (highlight.personId === undefined || highlight.personId === personId);
    return isMeant ? 255 : 60;
  }
}
