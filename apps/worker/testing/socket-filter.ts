/**
 * The programs that tell Linux's seccomp which system calls a parser process may not make, as `setpriv
 * --seccomp-filter` takes them: instructions of classic BPF, `struct sock_filter` of linux/filter.h. The files are in
 * `src/sandbox/filters`; a test holds them to this, and `node apps/worker/testing/socket-filter.ts` writes them.
 *
 * A parser has no reason to open a socket of any kind (its channel to the worker is open already), to look into other
 * processes, to change namespaces or mounts, or to use the kernel's interfaces with the longest records of holes. These
 * calls fail with EPERM, and everything else is allowed.
 */
import { writeFileSync } from 'node:fs';

const denied = {
  // Numbers of the system calls: asm/unistd_64.h, and asm-generic/unistd.h for arm64.
  socket: { x64: 41, arm64: 198 },
  // It can do what `socket` and `connect` do.
  io_uring_setup: { x64: 425, arm64: 425 },
  ptrace: { x64: 101, arm64: 117 },
  process_vm_readv: { x64: 310, arm64: 270 },
  process_vm_writev: { x64: 311, arm64: 271 },
  pidfd_getfd: { x64: 438, arm64: 438 },
  unshare: { x64: 272, arm64: 97 },
  setns: { x64: 308, arm64: 268 },
  mount: { x64: 165, arm64: 40 },
  bpf: { x64: 321, arm64: 280 },
  userfaultfd: { x64: 323, arm64: 282 },
  perf_event_open: { x64: 298, arm64: 241 },
  add_key: { x64: 248, arm64: 217 },
  request_key: { x64: 249, arm64: 218 },
  keyctl: { x64: 250, arm64: 219 },
} as const;

/** AUDIT_ARCH_X86_64 and AUDIT_ARCH_AARCH64 of linux/audit.h. */
const architectures = { x64: 0xc000003e, arm64: 0xc00000b7 } as const;
export type FilterArchitecture = keyof typeof architectures;
export const filterArchitectures = Object.keys(architectures) as FilterArchitecture[];

/** Of linux/bpf_common.h: load a word, jump if equal, jump if greater or equal, return. */
const codes = { load: 0x20, jumpIfEqual: 0x15, jumpIfAtLeast: 0x35, return: 0x06 };
/** Of linux/seccomp.h: where `struct seccomp_data` has the call's number and the architecture, and what to return. */
const offsets = { number: 0, architecture: 4 };
const results = { allow: 0x7fff0000, refuse: 0x00050001, killProcess: 0x80000000 };
/** Calls of the 32-bit ABI of x86-64 have this bit in their number. */
const x32Bit = 0x40000000;

export function socketFilter(architecture: FilterArchitecture): Uint8Array {
  const numbers = Object.values(denied).map((call) => call[architecture]);
  const program = [
    instruction(codes.load, offsets.architecture),
    instruction(codes.jumpIfEqual, architectures[architecture], 1, 0),
    instruction(codes.return, results.killProcess),
    instruction(codes.load, offsets.number),
    // Jumps are counted from the next instruction; the refusal is the last one.
    instruction(codes.jumpIfAtLeast, x32Bit, numbers.length + 1, 0),
    ...numbers.map((number, place) => instruction(codes.jumpIfEqual, number, numbers.length - place, 0)),
    instruction(codes.return, results.allow),
    instruction(codes.return, results.refuse),
  ];
  return Buffer.concat(program);
}

/** All known machines of these architectures are little-endian. */
function instruction(code: number, operand: number, ifTrue = 0, ifFalse = 0): Uint8Array {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt16LE(code, 0);
  bytes.writeUInt8(ifTrue, 2);
  bytes.writeUInt8(ifFalse, 3);
  bytes.writeUInt32LE(operand, 4);
  return bytes;
}

export function filterUrl(architecture: FilterArchitecture): URL {
  return new URL(`../src/sandbox/filters/${architecture}.bpf`, import.meta.url);
}

if (import.meta.main) {
  for (const architecture of filterArchitectures) writeFileSync(filterUrl(architecture), socketFilter(architecture));
}
