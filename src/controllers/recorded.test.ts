// What the controllers and the scheduler of v1.35.4 told and wrote (testing/events.jsonl, testing/objects.jsonl), against
// what ours tell and write in the same scenes.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { InternalError } from '../base/errors.ts'
import { recordedRows } from '../base/testing/recorded-rows.ts'
import type { KubernetesObject, Resource } from '../kubernetes/client/client.ts'
import * as resources from '../kubernetes/client/resources.ts'
import { scenes } from './testing/scenes.ts'
import { Stage } from './testing/stage.ts'

interface EventRow {
  readonly scene: string
  readonly kind: string
  readonly type: string
  readonly reason: string
  readonly from: string
  /** `<…>` stands for what is new each time. */
  readonly message: string
}

interface ObjectRow {
  readonly scene: string
  readonly resource: string
  readonly name: string
  readonly labels?: object
  readonly annotations?: object
  readonly finalizers?: readonly string[]
  readonly owner?: string
  readonly status?: object
}

const eventRows = recordedRows<EventRow>(new URL('testing/events.jsonl', import.meta.url))
const objectRows = recordedRows<ObjectRow>(new URL('testing/objects.jsonl', import.meta.url))

const SUFFIX = '[bcdfghjklmnpqrstvwxz2456789]{5}(?![a-z0-9])'

const SOFT: readonly (readonly [RegExp, string])[] = [
  [/[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/g, '<uid>'],
  [/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<time>'],
  [/\b(cj|forbid)-\d+/g, '$1-<minutes>'],
  [/((?:pod-template|revision)-hash|kubernetes.io\/hash)":"[a-z0-9]+"/g, '$1":"<hash>"'],
  [/\b(dep|ds|web)-(?:[bcdf0-9]|[ghj-np-tv-xz])[a-z0-9]{5,9}(?![a-z0-9])/g, '$1-<hash>'],
  [
    new RegExp(`\\b(dep-<hash>|cj-<minutes>|ds|rc|rsq|ads|pfp|idx-\\d|dep|lb|nosel|web)-${SUFFIX}`, 'g'),
    '$1-<random>',
  ],
  [/"resourceVersion":"\d+"/g, '"resourceVersion":"<rv>"'],
]

function resourceNamed(name: string): Resource {
  const found = Object.entries<Resource>(resources).find(([own]) => own === name)
  if (!found) throw new InternalError(`no resource ${name}`)
  return found[1]
}

/** What stays the same between two runs; what Go writes as null is as good as absent. */
function steady(value: unknown): unknown {
  const whole = JSON.stringify(value, (_key, each: unknown) => (each === null ? undefined : each))
  const text = SOFT.reduce((done, [pattern, word]) => done.replace(pattern, word), whole)
  return JSON.parse(text) as unknown
}

function shown({ metadata, ...rest }: KubernetesObject): object {
  const { name, labels, annotations, finalizers, ownerReferences } = metadata
  const owner = ownerReferences?.find(({ controller }) => controller)
  return {
    name,
    ...(labels ? { labels } : {}),
    ...(annotations ? { annotations } : {}),
    ...(finalizers ? { finalizers } : {}),
    ...(owner ? { owner: `${owner.kind}/${owner.name}` } : {}),
    ...('status' in rest ? { status: rest.status } : {}),
  }
}

it('plays every scene that was recorded, and none besides', () => {
  const recorded = new Set([...eventRows, ...objectRows].map(({ scene }) => scene))
  expect([...recorded].toSorted()).toEqual(Object.keys(scenes).toSorted())
})

describe.each(Object.keys(scenes))('%s', (scene) => {
  let stage: Stage
  let told: readonly unknown[]

  beforeAll(async () => {
    stage = await Stage.open()
    const play = scenes[scene]
    if (!play) throw new InternalError(`no scene ${scene}`)
    await play(stage)
    const { items } = await stage.client.list(resources.events)
    told = items.map(({ involvedObject, type, reason, source, reportingComponent, message }) =>
      steady([involvedObject.kind, type, reason, source?.component ?? reportingComponent, message]),
    )
  }, 60_000)

  afterAll(() => stage[Symbol.asyncDispose]())

  const events = eventRows.filter((row) => row.scene === scene)
  if (events.length > 0) {
    it.each(events)('tells of a $kind: $reason, $message', ({ kind, type, reason, from, message }) => {
      const row = steady([kind, type, reason, from, message])
      expect(told.filter((event) => (event as unknown[])[2] === reason)).toContainEqual(row)
    })
  }

  const objects = objectRows.filter((row) => row.scene === scene)
  if (objects.length > 0) {
    it.each(objects)('$resource $name is as recorded', async ({ scene: _scene, resource, ...row }) => {
      const items = await stage.read(resourceNamed(resource))
      const found = items.map((object) => steady(shown(object)) as { readonly name: string })
      const wanted = steady(row) as { readonly name: string }
      expect(found.filter(({ name }) => name === wanted.name)).toContainEqual(wanted)
    })
  }
})
