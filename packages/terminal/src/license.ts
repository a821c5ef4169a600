/** Agreement to a license before anything under it is fetched. */
import type { Readable } from 'node:stream';
import { createInterface } from 'node:readline/promises';
import { AppError } from '@m2fp/contract';
import type { Output } from './download-progress.ts';

export interface LicenseQuestion {
  /** What it is, where it is from, and what may be done with it. */
  readonly notice: string;
  /** True if the user has agreed on the command line. */
  readonly accepted: boolean;
  readonly input: Readable & { isTTY?: boolean };
  readonly output: Output;
  readonly signal: AbortSignal;
}

/**
 * Shows the notice, and asks for a yes unless the user has agreed already. Rejects with `invalid_request` for any other
 * answer, and where nobody can be asked; with the signal's reason once it is aborted.
 */
export async function acceptLicense({ notice, accepted, input, output, signal }: LicenseQuestion): Promise<void> {
  output.write(`${notice}\n\n`);
  if (accepted) return;
  if (input.isTTY !== true || output.isTTY !== true) {
    throw new AppError(
      'invalid_request',
      'Nobody can be asked for agreement here: add --accept-license to agree to it.',
    );
  }
  const answer = await ask('Do you accept this license? [y/N] ', { input, output, signal });
  if (!/^y(es)?$/i.test(answer.trim())) throw new AppError('invalid_request', 'Not accepted: nothing was fetched.');
}

/** The empty text if the input ends without a line. */
async function ask(
  question: string,
  { input, output, signal }: Omit<LicenseQuestion, 'notice' | 'accepted'>,
): Promise<string> {
  // Not as a terminal: that would take Ctrl-C away from the process.
  const lines = createInterface({ input, output, terminal: false });
  try {
    const ended = new Promise<string>((resolve) => lines.once('close', () => resolve('')));
    return await Promise.race([lines.question(question, { signal }), ended]);
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    lines.close();
  }
}
