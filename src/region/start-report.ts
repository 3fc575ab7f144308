// Owns what a region in a process of its own tells the process that started it: how far it is, and why it failed.
import { isObject } from '../base/json.ts'

/** Sent over the channel that Node opens between a process and its child. */
export type StartReport =
  | { readonly kind: 'progress'; readonly phase: string }
  | { readonly kind: 'running' }
  | {
      readonly kind: 'failed'
      readonly message: string
      readonly help?: string
      /** Another process has the data directory. */
      readonly isTaken: boolean
    }

/** Reports to the process that started this one, if one listens. @returns when it is on its way; never rejects. */
export function sendReport(report: StartReport): Promise<void> {
  return new Promise((resolve) => {
    if (!process.connected || !process.send) return resolve()
    process.send(report, undefined, {}, () => {
      // The last word has been said; an open channel would bind the two processes together.
      if (report.kind !== 'progress' && process.connected) process.disconnect()
      // An error is no failure of ours: whoever started this process has ended meanwhile.
      resolve()
    })
  })
}

/** What a message of a child is; undefined when it is no report. */
export function readReport(message: unknown): StartReport | undefined {
  if (!isObject(message)) return undefined
  const { kind, phase, message: text, help } = message
  if (kind === 'running') return { kind }
  if (kind === 'progress' && typeof phase === 'string') return { kind, phase }
  if (kind !== 'failed' || typeof text !== 'string') return undefined
  const isTaken = message['isTaken'] === true
  return { kind, message: text, isTaken, ...(typeof help === 'string' ? { help } : {}) }
}
