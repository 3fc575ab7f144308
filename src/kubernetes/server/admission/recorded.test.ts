// What kube-apiserver v1.35.4 answered to requests that admission and authorization judge (testing/recorded.jsonl).
import { afterEach, expect, it } from 'vitest'

import { InternalError } from '../../../base/errors.ts'
import { recordedRows } from '../../../base/testing/recorded-rows.ts'
import { createApiFixture, type ApiFixture } from '../testing/api-fixture.ts'
import { sendTo, wholeText } from '../testing/send.ts'

interface Row {
  /** What is there when the request is sent. */
  readonly scene: string
  readonly case: string
  readonly method: string
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  readonly sent?: unknown
  readonly status: number
  readonly message?: string
  readonly reason?: string
  readonly causes?: readonly { readonly reason: string; readonly message?: string }[]
  readonly warnings?: readonly string[]
  /** A policy in force: its one validation, and what its binding does. */
  readonly validation?: object
  readonly failurePolicy?: string
  readonly actions?: readonly string[]
  readonly param?: string
}

type Json = Record<string, unknown>

const rows = recordedRows<Row>(new URL('testing/recorded.jsonl', import.meta.url))
const CORE = '/api/v1'
const D = `${CORE}/namespaces/d`
const RBAC = '/apis/rbac.authorization.k8s.io/v1'
const POLICIES = '/apis/admissionregistration.k8s.io/v1'
const containers = [{ name: 'c', image: 'n' }]

const scenes: Readonly<Record<string, (row: Row) => Promise<void>>> = {
  async eviction() {
    for (const [name, labels] of [
      ['held', { app: 'a' }],
      ['twice', { app: 'b' }],
      ['free', { app: 'c' }],
    ] as const) {
      await post(`${D}/pods`, { metadata: { name, labels }, spec: { nodeName: 'n', containers } })
      const conditions = [{ type: 'Ready', status: 'True' }]
      await patch(`${D}/pods/${name}/status`, { status: { phase: 'Running', conditions } })
    }
    for (const [name, app] of Object.entries({ pdb: 'a', one: 'b', two: 'b' })) {
      const spec = { minAvailable: 2, selector: { matchLabels: { app } } }
      await post('/apis/policy/v1/namespaces/d/poddisruptionbudgets', { metadata: { name }, spec })
      const counts = { disruptionsAllowed: 0, currentHealthy: 2, desiredHealthy: 2, expectedPods: 2 }
      const at = `/apis/policy/v1/namespaces/d/poddisruptionbudgets/${name}/status`
      await patch(at, { status: { observedGeneration: 1, ...counts } })
    }
  },
  async limits() {
    const limits = [
      { type: 'Container', max: { cpu: '2' }, min: { cpu: '100m' }, maxLimitRequestRatio: { cpu: '4' } },
      { type: 'Pod', max: { cpu: '3' } },
      { type: 'PersistentVolumeClaim', max: { storage: '5Gi' }, min: { storage: '1Gi' } },
    ]
    await post(`${D}/limitranges`, { metadata: { name: 'l' }, spec: { limits } })
  },
  async quota() {
    const none = { 'count/deployments.apps': '0', 'services.loadbalancers': '0' }
    const room = { pods: '1', 'requests.cpu': '1', 'limits.memory': '1Gi', 'requests.storage': '1Gi' }
    const hard = { ...none, ...room, configmaps: '2' }
    await post(`${D}/resourcequotas`, { metadata: { name: 'q' }, spec: { hard } })
    const counted = { pods: '1', 'requests.cpu': '500m', 'limits.memory': '1Mi', 'requests.storage': '0' }
    const used = { ...none, ...counted, configmaps: '2' }
    await patch(`${D}/resourcequotas/q/status`, { status: { hard, used } })
  },
  async security() {
    for (const [name, label] of Object.entries({
      ps: { enforce: 'restricted' },
      psw: { warn: 'restricted' },
      psl: { enforce: 'baseline' },
      psb: { enforce: 'privileged' },
    })) {
      const [[mode, level] = []] = Object.entries(label)
      const labels = { [`pod-security.kubernetes.io/${mode}`]: level }
      await post(`${CORE}/namespaces`, { metadata: { name, labels } })
      await post(`${CORE}/namespaces/${name}/serviceaccounts`, { metadata: { name: 'default' } })
    }
    await post(`${CORE}/namespaces/psb/pods`, { metadata: { name: 'old' }, spec: { containers } })
  },
  async plain() {
    // Nothing but the namespace.
  },
  async rights() {
    // bob may write roles, and give nothing that he does not have.
    const apiGroups = ['rbac.authorization.k8s.io']
    const resources = ['roles', 'rolebindings', 'clusterrolebindings']
    await post(`${RBAC}/clusterroles`, {
      metadata: { name: 'writer' },
      rules: [{ apiGroups, resources, verbs: ['create'] }],
    })
    await post(`${RBAC}/clusterrolebindings`, {
      metadata: { name: 'writer' },
      roleRef: { kind: 'ClusterRole', name: 'writer', apiGroup: apiGroups[0] },
      subjects: [{ kind: 'User', name: 'bob' }],
    })
  },
  async nodes() {
    await post(`${CORE}/nodes`, { metadata: { name: 'n1' } })
    await post(`${D}/secrets`, { metadata: { name: 'sec1' } })
  },
  async policy({ validation, failurePolicy, actions = ['Deny'], param }) {
    const resourceRules = [
      { operations: ['*'], apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'] },
    ]
    const paramKind = { apiVersion: 'v1', kind: 'ConfigMap' }
    await post(`${POLICIES}/validatingadmissionpolicies`, {
      metadata: { name: 'p1' },
      spec: {
        matchConstraints: { resourceRules },
        validations: [validation],
        ...(failurePolicy ? { failurePolicy } : {}),
        ...(param ? { paramKind } : {}),
      },
    })
    const paramRef = { name: param, namespace: 'd', parameterNotFoundAction: 'Deny' }
    await post(`${POLICIES}/validatingadmissionpolicybindings`, {
      metadata: { name: 'b1' },
      spec: { policyName: 'p1', validationActions: actions, ...(param ? { paramRef } : {}) },
    })
  },
}

let fixture: ApiFixture

async function expectDone(answer: ReturnType<typeof sendTo>): Promise<void> {
  const done = await answer
  expect(done.status, wholeText(done)).toBeLessThan(300)
}

function post(url: string, body: Json): Promise<void> {
  return expectDone(sendTo(fixture.server, 'POST', url, { body }))
}

function patch(url: string, body: Json): Promise<void> {
  return expectDone(sendTo(fixture.server, 'PATCH', url, { body, headers: MERGE }))
}

const MERGE = { 'content-type': 'application/merge-patch+json' }

afterEach(() => fixture.server.close())

/** A server with what the row's scene has. */
async function begin(row: Row): Promise<void> {
  fixture = await createApiFixture({ version: '1.35' })
  await post(`${CORE}/namespaces`, { metadata: { name: 'd' } })
  await post(`${D}/serviceaccounts`, { metadata: { name: 'default' } })
  const scene = scenes[row.scene]
  if (!scene) throw new InternalError(`no scene ${row.scene}`)
  await scene(row)
}

it.each(rows)('$scene: $case', async (row) => {
  await begin(row)
  const { method, url, sent, headers = {} } = row
  const answer = await sendTo(fixture.server, method, url, {
    headers: { ...(method === 'PATCH' ? MERGE : {}), ...headers },
    ...(sent === undefined ? {} : { body: sent }),
  })
  const text = wholeText(answer)
  expect({ status: answer.status, warnings: answer.headers['warning'] }, text).toEqual({
    status: row.status,
    warnings: row.warnings,
  })
  if (row.status < 400) return
  const status = JSON.parse(text) as Json & {
    readonly details?: { readonly causes?: readonly Record<string, string>[] }
  }
  expect(status['message']).toBe(row.message)
  if (row.reason) expect(status['reason']).toBe(row.reason)
  if (row.causes) expect(status.details?.causes).toMatchObject(row.causes)
})
