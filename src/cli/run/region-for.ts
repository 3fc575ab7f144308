// Owns the first step of the commands that need a near region: the one of the file, started if none runs.
import { ensureNear, type App, type Near } from '../app.ts'
import type { RuntimeWish } from '../../region/runtime-choice.ts'
import type { ProgressView } from '../../terminal/progress-view.ts'

export interface RegionFlags {
  /** Port of the AWS endpoint of a region that has to be started. */
  readonly port?: number
  /** It keeps nothing. */
  readonly ephemeral?: true
  readonly runtime?: RuntimeWish
}

export interface RegionWanted {
  readonly region: string
  readonly flags: RegionFlags
  readonly view: ProgressView
}

/** The region, and a line about it when it has been started now. */
export async function regionFor(
  app: App,
  { region, flags: { port, ephemeral, runtime }, view }: RegionWanted,
): Promise<Near> {
  const startedMs = app.clock.now()
  const title = `near region ${region}`
  const near = await ensureNear(app, region, {
    ...(port === undefined ? {} : { port }),
    ...(runtime === undefined ? {} : { runtime }),
    ephemeral: ephemeral === true,
    onStart: () => view.started(title),
  })
  const seconds = (app.clock.now() - startedMs) / 1000
  if (near.started) {
    const { endpoint, runtime } = near.running
    view.ended({ title, seconds, outcome: 'done', detail: `started at ${endpoint}` })
    if (runtime !== undefined)
      view.ended({ title: 'what runs pods', seconds: 0, outcome: 'done', detail: runtime })
  }
  return near
}
