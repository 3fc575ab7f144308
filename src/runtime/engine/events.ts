// Owns hearing from an engine which containers have ended, over its restarts.
import type { Clock } from '../../base/clock.ts'
import { messageOf } from '../../base/errors.ts'
import type { Log } from '../../base/log.ts'
import type { EngineApi } from './api.ts'
import { ownFilter } from './labels.ts'

export interface EventOptions {
  readonly api: EngineApi
  readonly owner: string
  readonly clock: Clock
  readonly log: Log
  /** A container has ended. */
  readonly onEnd: (containerId: string) => void
  /** The engine is there (again): what has happened unheard has to be looked up. */
  readonly onConnect: () => Promise<void>
  /** The engine has gone. */
  readonly onLoss: () => void
}

interface EngineEvent {
  readonly Action?: string
  readonly status?: string
  readonly id?: string
  readonly Actor?: { readonly ID?: string }
}

const RETRY_MS = 500

/** Listens until the signal aborts; never rejects. */
export async function hearEvents(options: EventOptions, signal: AbortSignal): Promise<void> {
  let isLost = false
  const onConnect = async (): Promise<void> => {
    await options.onConnect()
    isLost = false
  }
  while (!signal.aborted) {
    try {
      await listen({ ...options, onConnect }, signal)
    } catch (error) {
      if (!isLost && !signal.aborted)
        options.log.warn('the container engine does not answer', { error: messageOf(error) })
      isLost = true
    }
    if (signal.aborted) return
    options.onLoss()
    await options.clock.sleep(RETRY_MS, signal).catch(() => undefined)
  }
}

async function listen({ api, owner, onConnect, onEnd }: EventOptions, signal: AbortSignal): Promise<void> {
  const { label } = JSON.parse(ownFilter(owner)) as { label: string[] }
  const filters = JSON.stringify({ type: ['container'], label })
  // An engine that has nothing to tell may not even begin its answer: the question after it is asked meanwhile.
  const opening = api.stream('GET', '/events', { query: { filters }, signal })
  opening.catch(() => undefined)
  await onConnect()
  const stream = await opening
  let rest = ''
  for await (const chunk of stream) {
    const lines = (rest + String(chunk)).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      if (line.trim() === '') continue
      const event = JSON.parse(line) as EngineEvent
      const action = event.Action ?? event.status
      const id = event.Actor?.ID ?? event.id
      if (id !== undefined && (action === 'die' || action === 'died')) onEnd(id)
    }
  }
}
