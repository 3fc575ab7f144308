// Owns the course of the comparison: all cases are made, some are changed, all are deleted; after each the controller is
// left alone until nothing changes any more.
import { setTimeout as sleep } from 'node:timers/promises'

import { observe, observeObjects, type Observation } from './observe.ts'
import type { Setting } from './setting.ts'

/** What was seen after each step. */
export interface Course {
  /** What the API server said no to, when the cases were made and when they were changed. */
  readonly refused: readonly string[]
  readonly made: Observation
  readonly changed: Observation
  readonly deleted: Observation
}

const STEP_MS = 4000
/** What has not changed for so long is done. */
const STILL_MS = 12_000
const DEADLINE_MS = 420_000

/** What the real controller looks at again after two minutes alone. */
const PENDING = 'Waiting for load balancer to be active.'

/** Lets a controller work on all cases. */
export async function runCourse(setting: Setting): Promise<Course> {
  const { cases, resources, namespaces } = setting.suite
  const refused = await setting.apply(cases.flatMap(({ objects }) => objects))
  const made = await settled(setting)
  const refusedLater = await setting.apply(cases.flatMap(({ changed = [] }) => changed))
  const changed = await settled(setting)
  for (const resource of resources)
    for (const namespace of namespaces)
      await setting.call('kubectl', 'delete', resource, '--all', '-n', namespace, '--wait=false')
  return { refused: [...refused, ...refusedLater], made, changed, deleted: await settled(setting) }
}

async function settled(setting: Setting): Promise<Observation> {
  const deadline = Date.now() + DEADLINE_MS
  let last = ''
  let since = Date.now()
  while (Date.now() < deadline) {
    const now = JSON.stringify(await observeObjects(setting))
    if (now !== last || now.includes(PENDING)) since = Date.now()
    last = now
    if (Date.now() - since >= STILL_MS) return await observe(setting)
    await sleep(STEP_MS)
  }
  throw new Error('the controller does not come to rest')
}
