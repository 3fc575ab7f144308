// Definitions on a real API server: from their creation to their end, and what clients see of their kinds meanwhile.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { createMemoryStore } from '../../store/memory-store.ts'
import {
  createDefinitionsFixture,
  definitionOf,
  type DefinitionsFixture,
  type Json,
} from './testing/definitions-fixture.ts'
import { widgetDefinition } from './testing/widgets.ts'

const DEFINITIONS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'
const WIDGETS = '/apis/ex.com/v1/namespaces/d/widgets'
const MERGE = 'application/merge-patch+json'
const APPLY = 'application/apply-patch+yaml'
const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io'

let fixture: DefinitionsFixture

beforeEach(async () => {
  fixture = await createDefinitionsFixture()
})

afterEach(() => fixture[Symbol.asyncDispose]())

function object(kind: string, name: string, more: Json = {}, version = 'v1'): Json {
  return { apiVersion: `ex.com/${version}`, kind, metadata: { name }, ...more }
}

async function create(path: string, body: Json): Promise<Json> {
  const answer = await fixture.send('POST', path, { body })
  expect(answer).toMatchObject({ status: 201 })
  return answer.body
}

async function conditionsOf(name: string): Promise<Record<string, string>> {
  const { body } = await fixture.send('GET', `${DEFINITIONS}/${name}`)
  const { conditions } = body['status'] as { conditions: { type: string; status: string; reason: string }[] }
  return Object.fromEntries(
    (conditions ?? []).map(({ type, status, reason }) => [type, `${status} ${reason}`]),
  )
}

describe('a definition', () => {
  it('is served when it is established: discovery, OpenAPI, table', async () => {
    expect((await fixture.send('GET', WIDGETS)).status).toBe(404)
    await fixture.define(widgetDefinition)
    expect(await conditionsOf('widgets.ex.com')).toEqual({
      NamesAccepted: 'True NoConflicts',
      Established: 'True InitialNamesAccepted',
    })
    const discovery = await fixture.send('GET', '/apis/ex.com/v1')
    expect(discovery.body['resources']).toMatchObject([
      { name: 'widgets', singularName: 'widget', kind: 'Widget', namespaced: true },
      { name: 'widgets/scale', group: 'autoscaling', version: 'v1', kind: 'Scale' },
      { name: 'widgets/status', kind: 'Widget' },
    ])
    const { body } = await fixture.send('GET', '/openapi/v3/apis/ex.com/v1')
    const { schemas } = body['components'] as { schemas: Record<string, { properties: Json }> }
    expect(schemas['com.ex.v1.Widget']?.properties['spec']).toMatchObject({ required: ['name'] })
    await create(WIDGETS, object('Widget', 'a', { spec: { name: 'abc', color: 'red' } }))
    const table = await fixture.send('GET', WIDGETS, { accept: TABLE })
    expect(table.body).toMatchObject({
      columnDefinitions: [
        { name: 'Name' },
        { name: 'Replicas' },
        { name: 'Color', priority: 1 },
        { name: 'Since' },
      ],
      rows: [{ cells: ['a', 1, 'red', expect.any(String)] }],
    })
  })

  it('waits for names that others of its group have', async () => {
    await fixture.define(definitionOf('Widget', {}))
    const other = definitionOf('Gadget', {}) as { spec: { names: Json } }
    other.spec.names['shortNames'] = ['widgets']
    await create(DEFINITIONS, other as unknown as Json)
    await expect
      .poll(() => conditionsOf('gadgets.ex.com'))
      .toEqual({ NamesAccepted: 'False ShortNamesConflict', Established: 'False NotAccepted' })
    await fixture.send('DELETE', `${DEFINITIONS}/widgets.ex.com`)
    await expect
      .poll(() => conditionsOf('gadgets.ex.com'))
      .toEqual({ NamesAccepted: 'True NoConflicts', Established: 'True InitialNamesAccepted' })
  })

  it('takes its objects with it, and lets nobody create more meanwhile', async () => {
    await fixture.define(widgetDefinition)
    const held = object('Widget', 'held', { spec: { name: 'abc' } })
    await create(WIDGETS, { ...held, metadata: { name: 'held', finalizers: ['ex.com/hold'] } })
    await create(WIDGETS, object('Widget', 'free', { spec: { name: 'abc' } }))
    const deleted = await fixture.send('DELETE', `${DEFINITIONS}/widgets.ex.com`)
    expect(deleted.body).toMatchObject({
      kind: 'CustomResourceDefinition',
      metadata: { finalizers: ['customresourcecleanup.apiextensions.k8s.io'] },
    })
    await expect
      .poll(async () => ((await fixture.send('GET', WIDGETS)).body['items'] as Json[] | undefined)?.length)
      .toBe(1)
    const late = await fixture.send('POST', WIDGETS, {
      body: object('Widget', 'w9', { spec: { name: 'abc' } }),
    })
    expect(late).toMatchObject({
      status: 403,
      body: {
        message:
          'widgets.ex.com "w9" is forbidden: create not allowed while custom resource definition is terminating',
      },
    })
    await fixture.send('PATCH', `${WIDGETS}/held`, { type: MERGE, body: { metadata: { finalizers: null } } })
    await expect
      .poll(async () => (await fixture.send('GET', `${DEFINITIONS}/widgets.ex.com`)).status)
      .toBe(404)
    expect((await fixture.send('GET', WIDGETS)).status).toBe(404)
  })

  it('may share its names with a kind of Kubernetes, and none of its rules', async () => {
    await fixture.define(definitionOf('Namespace', {}))
    const path = '/apis/ex.com/v1/namespaces/d/namespaces'
    await create(path, object('Namespace', 'a', { spec: { finalizers: ['kubernetes'] } }))
    const uid = '00000000-0000-0000-0000-000000000000'
    const put = object('Namespace', 'a', { metadata: { name: 'a', uid } })
    expect((await fixture.send('PUT', `${path}/a`, { body: put })).body).toMatchObject({
      message: expect.stringContaining('Key: /registry/ex.com/namespaces/d/a, '),
    })
    expect((await fixture.send('DELETE', `${path}/a`)).body).toMatchObject({ status: 'Success' })
    expect((await fixture.send('GET', `${path}/a`)).status).toBe(404)
  })

  it('of a protected group says whether it was approved', async () => {
    const definition = definitionOf('Widget', {}) as { metadata: Json; spec: Json }
    definition.metadata = {
      name: 'widgets.x.k8s.io',
      annotations: { 'api-approved.kubernetes.io': 'https://github.com/kubernetes/enhancements/pull/1111' },
    }
    definition.spec['group'] = 'x.k8s.io'
    await fixture.define(definition as unknown as Json)
    expect(await conditionsOf('widgets.x.k8s.io')).toMatchObject({
      KubernetesAPIApprovalPolicyConformant: 'True ApprovedAnnotation',
    })
  })

  it('is served again by a server that starts on the same store', async () => {
    const store = createMemoryStore()
    const first = await createDefinitionsFixture({ store })
    await first.define(widgetDefinition)
    await first.send('POST', WIDGETS, { body: object('Widget', 'a', { spec: { name: 'abc' } }) })
    await first[Symbol.asyncDispose]()
    await using second = await createDefinitionsFixture({ store })
    expect(await second.send('GET', `${WIDGETS}/a`)).toMatchObject({
      status: 200,
      body: { spec: { name: 'abc', replicas: 1 } },
    })
  })

  it.each(['Table', 'Status', 'List', 'Pod', 'Event'])('may call its kind %s', async (kind) => {
    await fixture.define(definitionOf(kind, {}))
    const path = `/apis/ex.com/v1/namespaces/d/${kind.toLowerCase()}s`
    await create(path, object(kind, 'a', { rows: [1], spec: { any: { thing: true } } }))
    expect((await fixture.send('GET', `${path}/a`)).body).toMatchObject({
      apiVersion: 'ex.com/v1',
      kind,
      rows: [1],
      spec: { any: { thing: true } },
    })
    expect((await fixture.send('GET', path)).body).toMatchObject({
      kind: `${kind}List`,
      items: [{ rows: [1] }],
    })
  })
})

describe('an object', () => {
  beforeEach(() => fixture.define(widgetDefinition))

  it('has a generation, a status of its own, a scale, and rules about its changes', async () => {
    const made = await create(
      WIDGETS,
      object('Widget', 'a', { spec: { name: 'abc', imm: 'a' }, status: { replicas: 9 } }),
    )
    expect(made).toMatchObject({ metadata: { generation: 1 }, spec: { replicas: 1 } })
    expect(made['status']).toBeUndefined()
    const status = { status: { replicas: 2, selector: 'a=b' }, spec: { name: 'zzz' } }
    expect(
      (await fixture.send('PATCH', `${WIDGETS}/a/status`, { type: MERGE, body: status })).body,
    ).toMatchObject({
      metadata: { generation: 1 },
      spec: { name: 'abc' },
      status: { replicas: 2 },
    })
    const scaled = await fixture.send('PATCH', `${WIDGETS}/a/scale`, {
      type: MERGE,
      body: { spec: { replicas: 3 } },
    })
    expect(scaled.body).toMatchObject({
      kind: 'Scale',
      spec: { replicas: 3 },
      status: { replicas: 2, selector: 'a=b' },
    })
    const changed = await fixture.send('PATCH', `${WIDGETS}/a`, { type: MERGE, body: { spec: { imm: 'b' } } })
    expect(changed.body['message']).toBe(
      'Widget.ex.com "a" is invalid: spec.imm: Invalid value: "b": imm is immutable',
    )
    const tooFar = await fixture.send('PATCH', `${WIDGETS}/a/scale`, {
      type: MERGE,
      body: { spec: { replicas: 30 } },
    })
    expect(tooFar.status).toBe(422)
    expect((await fixture.send('GET', `${WIDGETS}/a`)).body).toMatchObject({ metadata: { generation: 2 } })
  })

  it('is applied with owners of the items of its lists', async () => {
    const apply = (manager: string, spec: Json): ReturnType<typeof fixture.send> =>
      fixture.send('PATCH', `${WIDGETS}/a?fieldManager=${manager}`, {
        type: APPLY,
        body: object('Widget', 'a', { spec }),
      })
    expect((await apply('one', { name: 'abc', items: [{ k: 'x', v: '1' }] })).status).toBe(201)
    const both = await apply('two', { name: 'abc', items: [{ k: 'y', v: '2' }] })
    expect(both.body['spec']).toMatchObject({
      items: [
        { k: 'x', v: '1' },
        { k: 'y', v: '2' },
      ],
    })
    const taken = await apply('two', { name: 'abc', items: [{ k: 'x', v: '9' }] })
    expect(taken).toMatchObject({ status: 409, body: { reason: 'Conflict' } })
    expect((await apply('one', { name: 'abc' })).body['spec']).toMatchObject({ items: [{ k: 'y', v: '2' }] })
    const wrong = await apply('one', { name: 'abc', zzz: 1 })
    expect(wrong.body['message']).toContain('.spec.zzz: field not declared in schema')
  })

  it('is selected by the fields that its definition names', async () => {
    await create(WIDGETS, object('Widget', 'a', { spec: { name: 'abc', color: 'red' } }))
    await create(WIDGETS, object('Widget', 'b', { spec: { name: 'abc' } }))
    const red = await fixture.send('GET', `${WIDGETS}?fieldSelector=spec.color=red`)
    expect((red.body['items'] as Json[]).map((item) => (item['metadata'] as Json)['name'])).toEqual(['a'])
    expect((await fixture.send('GET', `${WIDGETS}?fieldSelector=spec.name=abc`)).status).toBe(400)
  })

  it('takes no strategic merge patch', async () => {
    await create(WIDGETS, object('Widget', 'a', { spec: { name: 'abc' } }))
    const type = 'application/strategic-merge-patch+json'
    expect(await fixture.send('PATCH', `${WIDGETS}/a`, { type, body: { spec: {} } })).toMatchObject({
      status: 415,
      body: {
        reason: 'UnsupportedMediaType',
        message:
          'the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml',
      },
    })
  })

  it('may keep what was wrong before', async () => {
    await fixture.define(
      definitionOf('Loose', {
        schema: {
          openAPIV3Schema: { type: 'object', properties: { a: { type: 'string' }, b: { type: 'string' } } },
        },
      } as never),
    )
    const path = '/apis/ex.com/v1/namespaces/d/looses'
    await create(path, object('Loose', 'x', { a: 'long' }))
    const stricter = {
      openAPIV3Schema: {
        type: 'object',
        properties: { a: { type: 'string', maxLength: 1 }, b: { type: 'string', maxLength: 1 } },
      },
    }
    const versions = [{ name: 'v1', served: true, storage: true, schema: stricter }]
    await fixture.send('PATCH', `${DEFINITIONS}/looses.ex.com`, { type: MERGE, body: { spec: { versions } } })
    const patch = (body: Json): ReturnType<typeof fixture.send> =>
      fixture.send('PATCH', `${path}/x`, { type: MERGE, body })
    expect((await patch({ b: 'y' })).status).toBe(200)
    expect((await patch({ b: 'yyy' })).status).toBe(422)
    expect((await patch({ a: 'longer' })).status).toBe(422)
  })
})

describe('versions', () => {
  it('show the same objects, each in its own name', async () => {
    await fixture.define(definitionOf('Gizmo', {}, { deprecated: true }))
    const at = (version: string): string => `/apis/ex.com/${version}/namespaces/d/gizmos`
    await create(at('v2'), object('Gizmo', 'a', { spec: { x: 1 } }, 'v2'))
    expect((await fixture.send('GET', `${at('v1')}/a`)).body).toMatchObject({
      apiVersion: 'ex.com/v1',
      spec: { x: 1 },
    })
    const second = await fixture.send('GET', `${at('v2')}/a`)
    expect(second.body).toMatchObject({ apiVersion: 'ex.com/v2', spec: { x: 1 } })
    expect(second.warnings).toContain('ex.com/v2 Gizmo is deprecated')
    expect((await fixture.send('GET', at('v2'))).body).toMatchObject({
      kind: 'GizmoList',
      apiVersion: 'ex.com/v2',
    })
    expect((await fixture.send('GET', '/apis/ex.com')).body).toMatchObject({
      preferredVersion: { version: 'v2' },
      versions: [{ version: 'v2' }, { version: 'v1' }],
    })
  })
})
