import { describe, expect, it } from 'vitest'

import { StatusError } from '../../base/errors.ts'
import { applyPatch } from './apply.ts'
import { decodeObject } from './decode.ts'
import { trackUpdate } from './managed-fields.ts'
import type { Deployment, ManagedFieldsEntry } from '../../../generated/kubernetes.d.ts'

const type = 'apps/v1.Deployment'
const at = Date.UTC(2026, 0, 1)

type Json = Record<string, unknown>

function deployment(spec: Json, metadata: Json = {}): Json {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'shop', ...metadata },
    spec,
  }
}

function container(image: string, more: Json = {}): Json {
  return { name: 'nginx', image, ...more }
}

function template(...containers: Json[]): Json {
  return { template: { spec: { containers } } }
}

function apply(
  live: object | undefined,
  config: Json,
  options: { manager?: string; force?: boolean; now?: number } = {},
) {
  const { object } = applyPatch<Deployment>({
    schema: type,
    live: live as Deployment | undefined,
    config,
    manager: options.manager ?? 'alice',
    force: options.force ?? false,
    now: options.now ?? at,
  })
  return decodeObject<Deployment>(type, object, { fieldValidation: 'Strict' }).object
}

function ownersOf(object: Deployment): Record<string, unknown> {
  const entries = object.metadata.managedFields ?? []
  return Object.fromEntries(entries.map((entry) => [`${entry.manager} ${entry.operation}`, entry.fieldsV1]))
}

function update(before: object | undefined, after: Json, manager: string, subresource?: string): Deployment {
  const { object } = decodeObject<Deployment>(type, after, { fieldValidation: 'Strict' })
  const managedFields = trackUpdate({
    schema: type,
    before,
    after: object,
    manager,
    now: at,
    ...(subresource ? { subresource } : {}),
  })
  return { ...object, metadata: { ...object.metadata, managedFields } }
}

function conflictOf(run: () => unknown): StatusError {
  try {
    run()
  } catch (error) {
    if (error instanceof StatusError) return error
    throw error
  }
  throw new Error('expected a conflict')
}

describe('server-side apply', () => {
  it('creates an object and owns what the configuration states', () => {
    const object = apply(undefined, deployment({ replicas: 2, ...template(container('nginx:1')) }))
    expect(object.spec.replicas).toBe(2)
    expect(object.metadata.managedFields).toEqual([
      {
        manager: 'alice',
        operation: 'Apply',
        apiVersion: 'apps/v1',
        time: '2026-01-01T00:00:00Z',
        fieldsType: 'FieldsV1',
        fieldsV1: {
          'f:spec': {
            'f:replicas': {},
            'f:template': {
              'f:spec': {
                'f:containers': { 'k:{"name":"nginx"}': { '.': {}, 'f:image': {}, 'f:name': {} } },
              },
            },
          },
        },
      },
    ])
  })

  it('removes what the manager states no more and nobody else owns', () => {
    const first = apply(
      undefined,
      deployment({ replicas: 2, minReadySeconds: 5 }, { labels: { a: '1', b: '2' } }),
    )
    const second = apply(first, deployment({ replicas: 2 }, { labels: { a: '1' } }))
    expect(second.spec).toEqual({ replicas: 2 })
    expect(second.metadata.labels).toEqual({ a: '1' })
  })

  it('keeps a field that another manager states too', () => {
    const both = apply(apply(undefined, deployment({ replicas: 2 })), deployment({ replicas: 2 }), {
      manager: 'bob',
    })
    const left = apply(both, deployment({}))
    expect(left.spec.replicas).toBe(2)
    expect(ownersOf(left)).toEqual({
      'alice Apply': { 'f:spec': {} },
      'bob Apply': { 'f:spec': { 'f:replicas': {} } },
    })
  })

  it('keeps a field that an update has changed since', () => {
    const mine = apply(undefined, deployment({ replicas: 2 }))
    const scaled = update(mine, { ...mine, spec: { replicas: 5 } } as unknown as Json, 'autoscaler')
    const again = apply(scaled, deployment({ paused: true }))
    expect(again.spec).toEqual({ replicas: 5, paused: true })
  })

  it('refuses to change what others own, in kubectl’s words', () => {
    const live = update(undefined, deployment({ replicas: 2, paused: true }), 'kubectl-create')
    const one = conflictOf(() => apply(live, deployment({ replicas: 3 })))
    expect(one).toMatchObject({ code: 409, reason: 'Conflict' })
    expect(one.message).toBe(
      'Apply failed with 1 conflict: conflict with "kubectl-create" using apps/v1: .spec.replicas',
    )
    expect(one.details.causes).toEqual([
      {
        reason: 'FieldManagerConflict',
        message: 'conflict with "kubectl-create" using apps/v1',
        field: '.spec.replicas',
      },
    ])
    const two = conflictOf(() => apply(live, deployment({ replicas: 3, paused: false })))
    expect(two.message).toBe(
      'Apply failed with 2 conflicts: conflicts with "kubectl-create" using apps/v1:\n- .spec.paused\n- .spec.replicas',
    )
  })

  it('names appliers without a version and list items by their keys', () => {
    const live = apply(undefined, deployment(template(container('nginx:1'))), { manager: 'bob' })
    const error = conflictOf(() => apply(live, deployment(template(container('nginx:2')))))
    expect(error.message).toBe(
      'Apply failed with 1 conflict: conflict with "bob": .spec.template.spec.containers[name="nginx"].image',
    )
  })

  it('does not conflict over equal values, and shares them', () => {
    const live = update(undefined, deployment({ replicas: 2 }), 'kubectl-create')
    expect(Object.keys(ownersOf(apply(live, deployment({ replicas: 2 }))))).toEqual([
      'alice Apply',
      'kubectl-create Update',
    ])
  })

  it('takes fields over by force', () => {
    const live = update(undefined, deployment({ replicas: 2, paused: true }), 'kubectl-create')
    const forced = apply(live, deployment({ replicas: 3 }), { force: true })
    expect(forced.spec).toEqual({ replicas: 3, paused: true })
    expect(ownersOf(forced)).toEqual({
      'alice Apply': { 'f:spec': { 'f:replicas': {} } },
      'kubectl-create Update': { 'f:spec': { 'f:paused': {} } },
    })
  })

  it('merges keyed lists by item, fills in default keys, and removes items', () => {
    const ports = [{ containerPort: 80 }, { containerPort: 53, protocol: 'UDP' }]
    const live = apply(undefined, deployment(template(container('nginx:1', { ports }))))
    const other = apply(live, deployment(template(container('nginx:1', { ports: [{ containerPort: 9 }] }))), {
      manager: 'bob',
    })
    expect(other.spec.template.spec?.containers[0]?.ports?.map((port) => port.containerPort)).toEqual([
      80, 53, 9,
    ])
    const less = apply(other, deployment(template(container('nginx:1', { ports: [{ containerPort: 80 }] }))))
    expect(less.spec.template.spec?.containers[0]?.ports?.map((port) => port.containerPort)).toEqual([80, 9])
    expect(JSON.stringify(ownersOf(less)['bob Apply'])).toContain(
      'k:{\\"containerPort\\":9,\\"protocol\\":\\"TCP\\"}',
    )
  })

  it('replaces atomic lists and structs as a whole', () => {
    const withArgs = (args: string[]): Json => deployment(template(container('nginx:1', { args })))
    const live = apply(undefined, withArgs(['a', 'b']))
    expect(apply(live, withArgs(['c'])).spec.template.spec?.containers[0]?.args).toEqual(['c'])
    const selected = apply(undefined, deployment({ selector: { matchLabels: { a: '1', b: '2' } } }))
    expect(apply(selected, deployment({ selector: { matchLabels: { a: '1' } } })).spec.selector).toEqual({
      matchLabels: { a: '1' },
    })
  })

  it('changes nothing and keeps the time when the same configuration comes again', () => {
    const config = deployment({ replicas: 2, ...template(container('nginx:1')) }, { labels: { a: '1' } })
    const first = apply(undefined, config)
    expect(apply(first, config, { now: at + 60_000 })).toEqual(first)
  })

  it('ignores status in an applied object', () => {
    const object = apply(undefined, { ...deployment({ replicas: 1 }), status: { replicas: 7 } })
    expect(object.status).toBeUndefined()
  })

  it.each([
    [
      deployment({ foo: 1 }),
      'failed to create typed patch object (shop/web; apps/v1, Kind=Deployment): .spec.foo: field not declared in schema',
    ],
    [
      deployment(template({ image: 'nginx' })),
      'failed to create typed patch object (shop/web; apps/v1, Kind=Deployment): .spec.template.spec.containers: element 0: associative list with keys has an element that omits key field "name" (and doesn\'t have default value)',
    ],
    [
      deployment(template(container('a'), container('b'))),
      'failed to create typed patch object (shop/web; apps/v1, Kind=Deployment): .spec.template.spec.containers: duplicate entries for key [name="nginx"]',
    ],
    [deployment({}, { managedFields: [{ manager: 'x' }] }), 'metadata.managedFields must be nil'],
  ])('refuses %j', (config, message) => {
    expect(() => apply(undefined, config)).toThrow(message)
  })
})

describe('tracking of updates', () => {
  const shapes = (entries: readonly ManagedFieldsEntry[] | undefined): unknown =>
    (entries ?? []).map(({ manager, operation, subresource, fieldsV1 }) => ({
      manager,
      operation,
      subresource,
      fieldsV1,
    }))

  it('gives what a create sets the shape that the API server gives it', () => {
    const spec = {
      replicas: 1,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1 } },
      ...template(container('nginx', { ports: [{ containerPort: 80, protocol: 'TCP' }] })),
    }
    const object = update(undefined, deployment(spec, { labels: { app: 'web' } }), 'kubectl-create')
    expect(shapes(object.metadata.managedFields)).toEqual([
      {
        manager: 'kubectl-create',
        operation: 'Update',
        subresource: undefined,
        fieldsV1: {
          'f:metadata': { 'f:labels': { '.': {}, 'f:app': {} } },
          'f:spec': {
            'f:replicas': {},
            'f:strategy': { 'f:rollingUpdate': { '.': {}, 'f:maxSurge': {} }, 'f:type': {} },
            'f:template': {
              'f:spec': {
                'f:containers': {
                  'k:{"name":"nginx"}': {
                    '.': {},
                    'f:image': {},
                    'f:name': {},
                    'f:ports': {
                      '.': {},
                      'k:{"containerPort":80,"protocol":"TCP"}': {
                        '.': {},
                        'f:containerPort': {},
                        'f:protocol': {},
                      },
                    },
                  },
                },
              },
            },
          },
        },
      },
    ])
  })

  it('moves a changed field to who changed it and forgets a removed one', () => {
    const first = update(undefined, deployment({ replicas: 1, paused: true, minReadySeconds: 3 }), 'alice')
    const second = update(first, deployment({ replicas: 2, minReadySeconds: 3 }), 'bob')
    expect(ownersOf(second)).toEqual({
      'alice Update': { 'f:spec': { 'f:minReadySeconds': {} } },
      'bob Update': { 'f:spec': { 'f:replicas': {} } },
    })
  })

  it('keeps status apart, in an entry of its subresource', () => {
    const first = update(undefined, deployment({ replicas: 1 }), 'alice')
    const second = update(
      first,
      { ...deployment({ replicas: 1 }), status: { replicas: 1 } },
      'controller',
      'status',
    )
    expect(shapes(second.metadata.managedFields)).toEqual([
      {
        manager: 'alice',
        operation: 'Update',
        subresource: undefined,
        fieldsV1: { 'f:spec': { 'f:replicas': {} } },
      },
      {
        manager: 'controller',
        operation: 'Update',
        subresource: 'status',
        fieldsV1: { 'f:status': { 'f:replicas': {} } },
      },
    ])
  })

  it('leaves entries alone when nothing changed', () => {
    const first = update(undefined, deployment({ replicas: 1 }), 'alice')
    expect(update(first, deployment({ replicas: 1 }), 'bob').metadata.managedFields).toEqual(
      first.metadata.managedFields,
    )
  })

  it('clears the entries for a client that sends [{}], and takes over edited ones', () => {
    const first = update(undefined, deployment({ replicas: 1 }), 'alice')
    expect(
      update(first, deployment({ replicas: 1 }, { managedFields: [{}] }), 'bob').metadata.managedFields,
    ).toEqual([])
  })

  it('puts the oldest of more than ten updaters together', () => {
    let object: Deployment | undefined
    for (let turn = 0; turn < 13; turn++) {
      const labels = { ...object?.metadata.labels, [`l${turn}`]: 'x' }
      object = update(object, deployment({}, { labels }), `m${String(turn).padStart(2, '0')}`)
    }
    const managers = object?.metadata.managedFields?.map((entry) => entry.manager)
    expect(managers).toHaveLength(10)
    expect(managers).toContain('ancient-changes')
    expect(managers).toContain('m12')
  })
})
