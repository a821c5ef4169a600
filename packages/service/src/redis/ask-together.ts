/**
 * Requests that come in together ask Redis together. Whoever asks before the event loop goes on to read from the network
 * again gets one answer: its command is sent after all of them have asked, so that none is told of an earlier state.
 */
export function askTogether<T>(ask: () => Promise<T>): () => Promise<T> {
  let asked: Promise<T> | undefined;
  return () => {
    if (asked === undefined) {
      asked = ask();
      setImmediate(() => {
        asked = undefined;
      });
    }
    return asked;
  };
}
