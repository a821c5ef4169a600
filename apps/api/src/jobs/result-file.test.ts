import { getEventListeners } from 'node:events';
import { describe, expect, it, vi } from 'vitest';
import { sending } from './result-file.ts';

async function* chunks(): AsyncGenerator<Uint8Array> {
  yield Uint8Array.of(1, 2);
  yield Uint8Array.of(3);
}

async function* broken(): AsyncGenerator<Uint8Array> {
  yield Uint8Array.of(1);
  throw new Error('S3 is gone');
}

describe('a file that is sent', () => {
  const controller = (): { ended: AbortController; giveBack: () => void } => ({
    ended: new AbortController(),
    giveBack: vi.fn(),
  });

  it('gives its place back when all was sent, and listens no longer', async () => {
    const { ended, giveBack } = controller();
    const bytes = await new Response(sending(chunks(), ended.signal, giveBack)).arrayBuffer();
    expect([...new Uint8Array(bytes)]).toEqual([1, 2, 3]);
    expect(giveBack).toHaveBeenCalled();
    expect(getEventListeners(ended.signal, 'abort')).toEqual([]);
  });

  it('does so too when reading fails, and when the client turns away', async () => {
    const failed = controller();
    await expect(new Response(sending(broken(), failed.ended.signal, failed.giveBack)).text()).rejects.toThrow();
    const left = controller();
    await sending(chunks(), left.ended.signal, left.giveBack).cancel();
    for (const { ended, giveBack } of [failed, left]) {
      expect(giveBack).toHaveBeenCalled();
      expect(getEventListeners(ended.signal, 'abort')).toEqual([]);
    }
  });

  it('gives its place back when the client hangs up before anything was read', () => {
    const { ended, giveBack } = controller();
    sending(chunks(), ended.signal, giveBack);
    ended.abort();
    expect(giveBack).toHaveBeenCalledTimes(1);
  });
});
