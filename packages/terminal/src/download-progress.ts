import type { Writable } from 'node:stream';
// A CommonJS module whose exports Node cannot detect: only its default can be imported.
import cliProgress from 'cli-progress';

/** A terminal, or anything else that text is written to. */
export type Output = Writable & { isTTY?: boolean };

/** What a download reports while it works. */
export interface DownloadProgress {
  onProgress(file: string, doneBytes: number, totalBytes: number | undefined): void;
  onNote(note: string): void;
  /** May be called more than once. */
  end(): void;
}

type FormatBytes = (bytes: number) => string;

/** A bar on a terminal, lines in a log. */
export function createDownloadProgress(output: Output, formatBytes: FormatBytes): DownloadProgress {
  return output.isTTY === true ? drawBar(output, formatBytes) : printLines(output, formatBytes);
}

function drawBar(output: Writable, formatBytes: FormatBytes): DownloadProgress {
  const bar = new cliProgress.SingleBar(
    {
      stream: output,
      format: '{file} {bar} {done} of {size}, {eta_formatted} left',
      hideCursor: true,
      etaBuffer: 200,
    },
    cliProgress.Presets.shades_classic,
  );
  let current = '';
  return {
    onProgress: (file, done, total) => {
      // Not named `total` and `value`: the bar uses these names itself.
      const payload = { file, done: formatBytes(done), size: total === undefined ? '?' : formatBytes(total) };
      if (file === current) return bar.update(done, payload);
      bar.stop();
      current = file;
      bar.start(total ?? done, done, payload);
    },
    onNote: (note) => {
      bar.stop();
      current = '';
      output.write(`${note}\n`);
    },
    end: () => bar.stop(),
  };
}

/** For logs: one line per tenth, or per 100 MB if the size is not known. */
function printLines(output: Writable, formatBytes: FormatBytes): DownloadProgress {
  const say = (text: string): void => void output.write(`${text}\n`);
  let last = '';
  return {
    onProgress: (file, done, total) => {
      const share = total === undefined ? undefined : Math.floor((done / Math.max(total, 1)) * 10) * 10;
      const line =
        share === undefined ? `${file}: ${formatBytes(Math.floor(done / 1e8) * 1e8)}` : `${file}: ${share} %`;
      if (line === last) return;
      last = line;
      say(total === undefined ? line : `${line} of ${formatBytes(total)}`);
    },
    onNote: say,
    end: () => undefined,
  };
}
