/**
 * From a mask's logits to its pixels on the photo.
 *
 * `!` only in inner loops over typed arrays, with indices from tables and bounds made for these arrays.
 */
import { AppError } from '@m2fp/contract';
import type { SpanMask } from '../../render/span-mask.ts';
import { type AxisTables, cellsReached } from './axis-tables.ts';
import { createAxes, type ResizeSteps } from './resize-steps.ts';
import { upsampleModule } from './upsample.generated.ts';
import { compileWasm, WasmMemory, type WasmModule } from './wasm-memory.ts';

export interface UpsampledMask {
  /** The pixels whose resized logit is above 0. */
  readonly mask: SpanMask;
  /** Mean of sigmoid(logit) over these pixels: sum / (count + 1e-6), 0 for an empty mask. */
  readonly meanSigmoid: number;
}

interface WasmGlobal {
  readonly value: number;
}

/** What `assembly/upsample.ts` exports. */
interface UpsampleModule {
  prepare(across: number, down: number, buffers: number): void;
  upsample(firstColumn: number, endColumn: number, firstRow: number, endRow: number): number;
  readonly top: WasmGlobal;
  readonly bottom: WasmGlobal;
  readonly left: WasmGlobal;
  readonly right: WasmGlobal;
  readonly area: WasmGlobal;
  readonly runCount: WasmGlobal;
}

/** Lines that are summed at a time. */
const mostLines = 1024;
/** Stands for an uneven cell's second moment: cells that vary at all are too steep then. Its square is a float32. */
const unevenMoment = 1e18;

/** A larger memory is not kept for the next photo. */
const mostBytesKept = 64 * 1024 * 1024;

/** The module with its memory, and whose tables are in it. */
interface Instance {
  readonly memory: WasmMemory;
  readonly module: UpsampleModule;
  owner?: MaskUpsampler;
}

let compiled: WasmModule | undefined;
/** One in the process: V8 reserves gigabytes of addresses for each memory. */
let shared: Instance | undefined;

/** Compiles the module, once. Throws `model_unavailable` where that cannot be done. */
export function loadMaskUpsampler(): WasmModule {
  try {
    return (compiled ??= compileWasm(upsampleModule));
  } catch (cause) {
    const message =
      "M2FP's masks need WebAssembly with SIMD, which this Node.js does not have: " +
      'it needs a newer processor, or was started with --jitless.';
    throw new AppError('model_unavailable', message, { cause });
  }
}

function createInstance(): Instance {
  const memory = new WasmMemory();
  return { memory, module: memory.instantiate(loadMaskUpsampler()) as UpsampleModule };
}

/**
 * Resizes masks one at a time, both steps composed, and keeps only runs: no map of the photo's size is ever made.
 *
 * Between two rows and two columns of knots (`AxisTables`) lies a cell, whose pixels are all weighted means of its four
 * corners. If all four corners are positive, so are all pixels; if none is, no pixel is. Only along the mask's edge are
 * pixels looked at, where the values in a row cross 0. A WebAssembly module does that (`assembly/upsample.ts`), in
 * memory that all of these objects share and that grows with the runs of the largest mask: who finds another's tables
 * there writes its own again.
 */
export class MaskUpsampler {
  readonly #steps: ResizeSteps;
  readonly #x: AxisTables;
  readonly #y: AxisTables;
  /** Addresses. */
  #logits = 0;
  #rowStart = 0;
  #runs = 0;

  constructor(steps: ResizeSteps) {
    const { x, y } = createAxes(steps);
    this.#steps = steps;
    this.#x = x;
    this.#y = y;
  }

  #writeTables({ memory, module }: Instance): void {
    const { logits, photo } = this.#steps;
    memory.reset();
    const across = writeAxis(memory, this.#x);
    const down = writeAxis(memory, this.#y);
    this.#logits = memory.allocate(logits.width * logits.height);
    this.#rowStart = memory.allocate(photo.height);
    const lines = [memory.allocate(mostLines), memory.allocate(mostLines), memory.allocate(mostLines), mostLines];
    const work = [...knotBuffers(memory, logits.width, this.#x.knots.low.length), ...lines, this.#rowStart];
    const buffers = memory.allocate(2 + work.length);
    // Last, since there may be any number of them.
    this.#runs = memory.allocate(2);
    memory.ints(buffers, 2 + work.length).set([this.#logits, ...work, this.#runs]);
    module.prepare(across, down, buffers);
  }

  /** `logits`: one mask, rows of `steps.logits.width`. */
  upsample(logits: Float32Array): UpsampledMask {
    const { width, height } = this.#steps.logits;
    const bounds = positiveBounds(logits, width, height);
    if (bounds === undefined) return { mask: this.#emptyMask(), meanSigmoid: 0 };
    const columns = cellsReached(this.#x, bounds.left, bounds.right);
    const rows = cellsReached(this.#y, bounds.top, bounds.bottom);
    const instance = shared ?? createInstance();
    // Kept only if all goes well: what fails halfway leaves sums behind.
    shared = undefined;
    if (instance.owner !== this) this.#writeTables(instance);
    instance.memory.floats(this.#logits, width * height).set(logits);
    const sum = instance.module.upsample(columns.from, columns.to, rows.from, rows.to);
    const mask = instance.module.area.value === 0 ? this.#emptyMask() : this.#takeMask(instance);
    instance.owner = this;
    shared = instance;
    return { mask, meanSigmoid: sum / (mask.area + 1e-6) };
  }

  /** Call this after the last mask: lets go of a memory that has become very large. */
  release(): void {
    if (shared?.owner !== this) return;
    if (shared.memory.bytes > mostBytesKept) shared = undefined;
    else delete shared.owner;
  }

  #takeMask({ memory, module }: Instance): SpanMask {
    const { top, bottom, left, right, area, runCount } = module;
    const height = bottom.value - top.value;
    const rowStart = new Uint32Array(height + 1).fill(runCount.value);
    rowStart.set(memory.ints(this.#rowStart + 4 * top.value, height));
    return {
      ...this.#steps.photo,
      bbox: [left.value, top.value, right.value - left.value, height],
      area: area.value,
      runs: new Uint32Array(memory.ints(this.#runs, 2 * runCount.value).slice().buffer),
      rowStart,
    };
  }

  #emptyMask(): SpanMask {
    const { photo } = this.#steps;
    return { ...photo, bbox: [0, 0, 0, 0], area: 0, runs: new Uint32Array(0), rowStart: new Uint32Array(1) };
  }
}

/** In the order of `Axis` in `assembly/tables.ts`; returns its address. */
function writeAxis(memory: WasmMemory, axis: AxisTables): number {
  const { knots, pixels, cellStart, mean, moment2, moment4, isUneven } = axis;
  const counts = Array.from(mean.keys(), (cell) => cellStart[cell + 1]! - cellStart[cell]!);
  const density = counts.map((count, cell) => {
    const first = pixels.weight[cellStart[cell]!]!;
    const last = pixels.weight[cellStart[cell + 1]! - 1]!;
    return last > first ? (count - 1) / (last - first) : 0;
  });
  return memory.writeInts([
    knots.low.length,
    memory.writeInts(knots.low),
    memory.writeInts(knots.high),
    memory.writeFloats(knots.weight),
    memory.writeFloats(pixels.weight),
    memory.writeInts(cellStart),
    memory.writeFloats(counts),
    memory.writeFloats(mean),
    memory.writeFloats(moment2.map((moment, cell) => (isUneven[cell] === 1 ? unevenMoment : moment))),
    memory.writeFloats(moment4),
    memory.writeInts(isUneven),
    memory.writeFloats(density),
  ]);
}

/** In the order of `Buffers` in `assembly/tables.ts`, from `logitsWidth` to `edges`. */
function knotBuffers(memory: WasmMemory, logitsWidth: number, cells: number): number[] {
  const blended = memory.allocate(logitsWidth);
  const upper = memory.allocate(cells + 1);
  const lower = memory.allocate(cells + 1);
  return [logitsWidth, blended, upper, lower, memory.allocate(cells)];
}

interface Bounds {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** The box, all ends inclusive, around the values of a map that are above 0; undefined if there are none. */
function positiveBounds(map: Float32Array, width: number, height: number): Bounds | undefined {
  let left = width;
  let right = -1;
  let top = -1;
  let bottom = -1;
  for (let y = 0; y < height; y++) {
    const row = y * width;
    let first = 0;
    while (first < width && !(map[row + first]! > 0)) first++;
    if (first === width) continue;
    let last = width - 1;
    while (!(map[row + last]! > 0)) last--;
    if (top < 0) top = y;
    bottom = y;
    if (first < left) left = first;
    if (last > right) right = last;
  }
  return top < 0 ? undefined : { left, right, top, bottom };
}
