import yoctoSpinner, { type Spinner } from 'yocto-spinner';
import truncatedWidth from 'fast-string-truncated-width';
import { printable } from './words.ts';

/** How often what it says is looked at again: it may tell the time. */
const refreshMs = 250;
/** Of the turning sign and the space after it; the last column stays free, or some terminals wrap. */
const signColumns = 3;

/**
 * One line at the end of a terminal that says what is being done. What is printed meanwhile scrolls by above it. For
 * terminals only: where it cannot be drawn (a file, a pipe, CI), it is silent.
 */
export class StatusLine {
  readonly #stream: NodeJS.WriteStream;
  readonly #isLive: boolean;
  #spinner: Spinner | undefined;
  #timer: NodeJS.Timeout | undefined;
  #words: () => string = () => '';
  readonly #hide = (): void => this.hide();

  /** @param isLive whether the stream is a terminal in which lines can be drawn again */
  constructor(stream: NodeJS.WriteStream, isLive: boolean) {
    this.#stream = stream;
    this.#isLive = isLive;
  }

  /** @param words one line, cut to the terminal's width; asked again as long as it is shown */
  show(words: () => string): void {
    if (!this.#isLive) return;
    this.#words = words;
    const spinner = (this.#spinner ??= this.#start());
    spinner.text = this.#text();
  }

  /** Gives the line back, and the cursor. Safe to repeat. */
  hide(): void {
    clearInterval(this.#timer);
    this.#spinner?.stop();
    this.#spinner = undefined;
    process.off('exit', this.#hide);
  }

  #start(): Spinner {
    const spinner = yoctoSpinner({ stream: this.#stream, text: this.#text(), handleSignals: false }).start();
    this.#timer = setInterval(() => (spinner.text = this.#text()), refreshMs).unref();
    // A process that ends at once must not leave the terminal without its cursor.
    process.on('exit', this.#hide);
    return spinner;
  }

  #text(): string {
    const text = printable(this.#words());
    const limit = Math.max(1, (this.#stream.columns || 80) - signColumns);
    const { index, truncated } = truncatedWidth(text, { limit, ellipsis: '…' });
    return truncated ? `${text.slice(0, index)}…` : text;
  }
}
