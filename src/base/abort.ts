// Owns listening to abort signals. Nothing else does: a bare listener misses an abort that came before it.

/**
 * The reason to abort by where nobody asks for one. Without a reason each abort makes an error with a stack of its own, which
 * for the watches of thousands of pods is a fiftieth of all their work.
 */
export const ABORTED = new DOMException('This operation was aborted', 'AbortError')

/**
 * Runs `action` once when the signal aborts. When it has aborted already, that is as soon as the caller has what this
 * returns, so that `action` may use it.
 * @returns a function that takes the listener back.
 */
export function onAbort(signal: AbortSignal, action: () => void): () => void {
  let isTakenBack = false
  const run = (): void => {
    if (!isTakenBack) action()
  }
  if (signal.aborted) queueMicrotask(run)
  else signal.addEventListener('abort', run, { once: true })
  return () => {
    isTakenBack = true
    signal.removeEventListener('abort', run)
  }
}

/** Resolves when the signal aborts, at once when it has aborted already; never rejects. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => void onAbort(signal, resolve))
}
