/** What else lies where a model's file should be, by its first bytes as Latin-1. */

/** Enough for a tar's mark, and for an HTML page's beginning after a comment or a few empty lines. */
export const headBytes = 1024;

export type OtherFileKind =
  | 'git-lfs'
  | 'web-page'
  | 'xml'
  | 'safetensors'
  | 'json'
  | 'archive'
  | 'keras'
  | 'numpy'
  | 'gguf'
  | 'tensorflow-lite'
  | 'picture';

export interface OtherFile {
  readonly kind: OtherFileKind;
  /** As in "it is a web page". */
  readonly what: string;
  /** What to do about it; undefined if that depends on what was expected. */
  readonly remedy?: string;
}

const unpack = 'unpack it first';

const otherFiles: readonly (readonly [test: (head: string) => boolean, file: OtherFile])[] = [
  [
    // What Git leaves in a file's place where Git LFS is not installed.
    isGitLfsPointer,
    {
      kind: 'git-lfs',
      what: 'a Git LFS pointer and not the file itself',
      remedy: 'run "git lfs pull", or download the file it stands for',
    },
  ],
  [
    (head) => /^\s*(<!--[^]*?-->\s*)?<(!doctype html|html|head|body)\b/i.test(head),
    {
      kind: 'web-page',
      what: 'a web page',
      remedy:
        'the download led to a page that asks for a login or a click. Download the file in a browser, and give its ' +
        'path',
    },
  ],
  [
    (head) => /^\s*<(\?xml|Error)/i.test(head),
    { kind: 'xml', what: 'an XML document', remedy: 'most likely it is a server’s error' },
  ],
  [isSafetensors, { kind: 'safetensors', what: 'a safetensors file' }],
  [(head) => /^\s*[{[]/.test(head), { kind: 'json', what: 'JSON text' }],
  [starts('\x1f\x8b'), { kind: 'archive', what: 'compressed by gzip', remedy: unpack }],
  [starts('BZh'), { kind: 'archive', what: 'compressed by bzip2', remedy: unpack }],
  [starts('\xfd7zXZ\0'), { kind: 'archive', what: 'compressed by xz', remedy: unpack }],
  [starts('\x28\xb5\x2f\xfd'), { kind: 'archive', what: 'compressed by zstd', remedy: unpack }],
  [starts('7z\xbc\xaf\x27\x1c'), { kind: 'archive', what: 'a 7z archive', remedy: unpack }],
  [starts('Rar!'), { kind: 'archive', what: 'a RAR archive', remedy: unpack }],
  [(head) => head.slice(257, 262) === 'ustar', { kind: 'archive', what: 'a tar archive', remedy: unpack }],
  [starts('\x89HDF\r\n'), { kind: 'keras', what: 'an HDF5 file (Keras)' }],
  [starts('\x93NUMPY'), { kind: 'numpy', what: 'one NumPy array' }],
  [starts('GGUF'), { kind: 'gguf', what: 'a GGUF file (a language model)' }],
  [(head) => head.slice(4, 8) === 'TFL3', { kind: 'tensorflow-lite', what: 'a TensorFlow Lite model' }],
  [(head) => /^(\x89PNG|\xff\xd8\xff|RIFF|GIF8)/.test(head), { kind: 'picture', what: 'a picture' }],
];

/** Undefined for what is none of these: it may be a model. */
export function otherFileOf(head: string): OtherFile | undefined {
  return otherFiles.find(([test]) => test(head))?.[1];
}

export function isGitLfsPointer(head: string): boolean {
  return head.startsWith('version https://git-lfs');
}

function starts(mark: string): (head: string) => boolean {
  return (head) => head.startsWith(mark);
}

/** The length of a JSON object as 64 bits, and then that object. */
function isSafetensors(head: string): boolean {
  return head.slice(4, 8) === '\0\0\0\0' && /^\{\s*"/.test(head.slice(8, 64));
}
