/** As much of it as is used here; TypeScript only knows it where it knows browsers. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => WasmModule;
  readonly Instance: new (module: WasmModule, imports: object) => { readonly exports: unknown };
  readonly Memory: new (size: { initial: number }) => { readonly buffer: ArrayBuffer; grow(pages: number): number };
};

/** Compiled code. */
export type WasmModule = object & { readonly [compiled]: true };
declare const compiled: unique symbol;

const pageBytes = 65_536;
/** No table is at address 0. */
const firstAddress = 16;

export function compileWasm(base64: string): WasmModule {
  return new WebAssembly.Module(Buffer.from(base64, 'base64'));
}

/** The memory of a WebAssembly module, in which tables of int32 and float32 are laid out one after the other. */
export class WasmMemory {
  readonly #memory = new WebAssembly.Memory({ initial: 1 });
  #end = firstAddress;

  /** Never gets smaller. */
  get bytes(): number {
    return this.#memory.buffer.byteLength;
  }

  /** Makes room for other tables, in place of those that are there. */
  reset(): void {
    this.#end = firstAddress;
  }

  /** What the module exports, which has to import its memory. */
  instantiate(module: WasmModule): unknown {
    return new WebAssembly.Instance(module, { env: { memory: this.#memory } }).exports;
  }

  /** An address at a multiple of 16, with room for four more values: loops may read and write four at a time. */
  allocate(length: number): number {
    const address = this.#end;
    this.#end += 16 * (Math.ceil(length / 4) + 1);
    const missing = this.#end - this.#memory.buffer.byteLength;
    if (missing > 0) this.#memory.grow(Math.ceil(missing / pageBytes));
    return address;
  }

  /** A view, until the memory grows. */
  ints(address: number, length: number): Int32Array {
    return new Int32Array(this.#memory.buffer, address, length);
  }

  /** A view, until the memory grows. */
  floats(address: number, length: number): Float32Array {
    return new Float32Array(this.#memory.buffer, address, length);
  }

  /** Returns their address. */
  writeInts(values: ArrayLike<number>): number {
    const address = this.allocate(values.length);
    this.ints(address, values.length).set(values);
    return address;
  }

  /** Returns their address. */
  writeFloats(values: ArrayLike<number>): number {
    const address = this.allocate(values.length);
    this.floats(address, values.length).set(values);
    return address;
  }
}
