// A CommonJS module whose exports Node cannot detect: only its default can be imported.
import cliProgress from 'cli-progress';

/** How many photos of how many are done. */
export interface EvalProgress {
  readonly onPhoto: (done: number, total: number) => void;
  /** May be called more than once. */
  readonly end: () => void;
}

/** A bar on a terminal, a line per tenth in a log. */
export function createEvalProgress(output: NodeJS.WriteStream): EvalProgress {
  return output.isTTY ? drawBar(output) : printLines(output);
}

function drawBar(stream: NodeJS.WriteStream): EvalProgress {
  const format = '{bar} {value} of {total} photos, {eta_formatted} left';
  const bar = new cliProgress.SingleBar({ stream, format, hideCursor: true }, cliProgress.Presets.shades_classic);
  let isStarted = false;
  return {
    onPhoto: (done, total) => {
      if (!isStarted) bar.start(total, done);
      isStarted = true;
      bar.update(done);
    },
    end: () => bar.stop(),
  };
}

function printLines(output: NodeJS.WriteStream): EvalProgress {
  let last = -1;
  return {
    onPhoto: (done, total) => {
      const tenth = Math.floor((10 * done) / Math.max(total, 1));
      if (tenth !== last) output.write(`${done} of ${total} photos\n`);
      last = tenth;
    },
    end: () => undefined,
  };
}
