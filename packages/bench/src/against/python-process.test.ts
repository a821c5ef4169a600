import { mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { standInPython, workingAnswers } from '../../testing/stand-in-python.ts';
import { contendersOf } from './contenders.ts';
import { findPython, missingFor } from './find-python.ts';
import { PythonProcess } from './python-process.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'm2fp-python-'));
});
afterEach(() => rm(dir, { recursive: true }));

const never = new AbortController().signal;

async function start(answers: Record<string, unknown>, signal = never): Promise<PythonProcess> {
  const python = new PythonProcess(await standInPython(dir, answers), {}, signal);
  onTestFinished(() => python.close());
  return python;
}

describe('a Python process', () => {
  it('answers one request after the other', async () => {
    const python = await start(workingAnswers({ numpy: '2.4.6', torch: null }));
    const { packages } = await python.request({ type: 'probe' }, 'probed');
    expect(packages).toEqual({ numpy: '2.4.6', torch: null });
    const { timings } = await python.request({ type: 'parse', photo: 'photo.jpg' }, 'parsed');
    expect(timings).toEqual({ decode: 10, network: 40, postprocess: 30 });
  });

  it('says what went wrong inside it, and goes on', async () => {
    const python = await start(workingAnswers({}));
    const compare = { type: 'compare', input: 'i', logits: 'l', masks: 'm' } as const;
    await expect(python.request({ type: 'parse', photo: 'photo.jpg' }, 'loaded')).rejects.toThrow('answered parsed');
    await expect(python.request(compare, 'compared')).resolves.toMatchObject({ logits: 1e-6 });
  });

  it.each([
    ['what it wrote last, if it ends', { probe: 'exit ImportError: no torch' }, 'exit code 3: ImportError: no torch'],
    ['what is no answer', { probe: 'hello' }, 'something else: hello'],
    ['its own message', {}, 'no probe'],
  ])('rejects with %s', async (_what, answers, message) => {
    const python = await start(answers);
    await expect(python.request({ type: 'probe' }, 'probed')).rejects.toThrow(message);
  });

  it('rejects with the reason of the signal', async () => {
    const controller = new AbortController();
    const python = await start(workingAnswers({}), controller.signal);
    const answer = python.request({ type: 'probe' }, 'probed');
    controller.abort(new Error('interrupted'));
    await expect(answer).rejects.toThrow('interrupted');
  });
});

describe('finding Python', () => {
  it('tells the versions of what is installed, and how to install what is missing', async () => {
    const path = await standInPython(
      dir,
      workingAnswers({ numpy: '2.4.6', pillow: '13.0', openvino: '2026.4', nncf: null }),
    );
    const python = await findPython(path, {}, never);
    expect(python).toEqual({
      path,
      version: '3.11.7',
      packages: { numpy: '2.4.6', pillow: '13.0', openvino: '2026.4' },
    });
    if (typeof python === 'string') return;
    const notes = contendersOf(['pytorch', 'openvino']).map((contender) => missingFor(contender, python));
    expect(notes).toEqual([
      `pytorch was not measured: ${path} (Python 3.11.7) lacks torch. To install: ${path} -m pip install torch`,
      undefined,
      undefined,
      `openvino-int8 was not measured: ${path} (Python 3.11.7) lacks nncf. To install: ${path} -m pip install nncf`,
    ]);
  });

  it('says that there is none', async () => {
    expect(await findPython(undefined, { PATH: dir }, never)).toContain('name one by --python');
    expect(await findPython(join(dir, 'absent'), {}, never)).toContain('absent does not run');
  });

  it('says why one that is there does not run', async () => {
    await rename(await standInPython(dir, { probe: 'exit ModuleNotFoundError: encodings' }), join(dir, 'python3'));
    const note = await findPython(undefined, { PATH: dir }, never);
    expect(note).toMatch(
      /^No Python on the PATH runs .*name one by --python.* python3 .*ModuleNotFoundError: encodings$/,
    );
  });
});
