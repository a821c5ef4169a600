/** What the bench can be run against, and what a Python needs for it. Loads nothing that computes. */

/** Packages of Python, by the names that pip knows. */
export type PythonPackage = 'numpy' | 'pillow' | 'torch' | 'openvino' | 'nncf';

export interface Contender {
  readonly name: string;
  readonly engine: 'pytorch' | 'openvino';
  readonly dtype: 'float32' | 'bf16' | 'int8';
  readonly title: string;
  readonly packages: readonly PythonPackage[];
}

const shared = ['numpy', 'pillow'] as const;

const contenders: readonly Contender[] = [
  {
    name: 'pytorch',
    engine: 'pytorch',
    dtype: 'float32',
    title: 'the reference in PyTorch',
    packages: [...shared, 'torch'],
  },
  {
    name: 'pytorch-bf16',
    engine: 'pytorch',
    dtype: 'bf16',
    title: 'the reference in PyTorch, autocast',
    packages: [...shared, 'torch'],
  },
  {
    name: 'openvino-float32',
    engine: 'openvino',
    dtype: 'float32',
    title: 'our graph in OpenVINO',
    packages: [...shared, 'openvino'],
  },
  {
    name: 'openvino-bf16',
    engine: 'openvino',
    dtype: 'bf16',
    title: 'our graph in OpenVINO',
    packages: [...shared, 'openvino'],
  },
  {
    name: 'openvino-int8',
    engine: 'openvino',
    dtype: 'int8',
    title: 'our graph in OpenVINO, by NNCF',
    packages: [...shared, 'openvino', 'nncf'],
  },
];

/** What can be named; `openvino` is all of its three. */
export const contenderNames: readonly string[] = ['openvino', ...contenders.map(({ name }) => name)];

/** The contenders of these names, each once, in the order of the list above. */
export function contendersOf(names: readonly string[]): readonly Contender[] {
  return contenders.filter(
    ({ name, engine }) => names.includes(name) || (engine !== 'pytorch' && names.includes(engine)),
  );
}
