// Tests ValidatingAdmissionPolicy: what kube-apiserver v1.35.4 answered to the same policies, and what they can see.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'

import type {
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicyBinding,
} from '../../../../generated/kubernetes.d.ts'
import {
  clusterRoleBindings,
  clusterRoles,
  configMaps,
  namespaces,
  validatingAdmissionPolicies,
  validatingAdmissionPolicyBindings,
} from '../../client/resources.ts'
import type { ApiResponse } from '../http.ts'
import { createApiFixture, type ApiFixture } from '../testing/api-fixture.ts'
import { sendTo } from '../testing/send.ts'

type Spec = Partial<ValidatingAdmissionPolicy['spec']>
type BindingSpec = Partial<ValidatingAdmissionPolicyBinding['spec']>

let api: ApiFixture

beforeAll(async () => {
  api = await createApiFixture()
  await api.client.create(namespaces, { metadata: { name: 'p', labels: { env: 'prod' } }, spec: {} })
})

afterAll(() => api.server.close())

afterEach(async () => {
  await api.client.delete(validatingAdmissionPolicies, { name: 'p1' })
  await api.client.delete(validatingAdmissionPolicyBindings, { name: 'b1' })
})

const rules = [{ operations: ['*'], apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'] }]

async function policy(spec: Spec, binding: BindingSpec = {}): Promise<void> {
  await api.client.create(validatingAdmissionPolicies, {
    metadata: { name: 'p1' },
    spec: {
      matchConstraints: {
        resourceRules: rules as NonNullable<typeof spec.matchConstraints>['resourceRules'] & object,
      },
      ...spec,
    },
  })
  await api.client.create(validatingAdmissionPolicyBindings, {
    metadata: { name: 'b1' },
    spec: { policyName: 'p1', validationActions: ['Deny'], ...binding },
  })
}

function create(object: object = {}, headers: Record<string, string> = {}): Promise<ApiResponse> {
  const body = { metadata: { name: 'x' }, data: { k: 'v' }, ...object }
  return sendTo(api.server, 'POST', '/api/v1/namespaces/p/configmaps?dryRun=All', { body, headers })
}

const messageOf = (response: ApiResponse): unknown =>
  (JSON.parse(response.body as string) as { message?: string }).message
const denied = (why: string): string =>
  `configmaps "x" is forbidden: ValidatingAdmissionPolicy 'p1' with binding 'b1' denied request: ${why}`

/** An expression that compares each of so many items with each. */
const dear = (count: number): string =>
  `"${'a'.repeat(count)}".split("").all(x, "${'a'.repeat(count)}".split("").all(y, x == y))`

describe('a policy', () => {
  it.each<[string, Spec, string]>([
    ['false, no message', { validations: [{ expression: 'false' }] }, 'failed expression: false'],
    ['false, message', { validations: [{ expression: 'false', message: 'hey' }] }, 'hey'],
    [
      'messageExpression',
      { validations: [{ expression: 'false', messageExpression: '"got " + object.metadata.name' }] },
      'got x',
    ],
    [
      'messageExpression that fails',
      { validations: [{ expression: 'false', message: 'm', messageExpression: 'object.zzz' + ' + ""' }] },
      'm',
    ],
    [
      'runtime error',
      { validations: [{ expression: 'object.data.zzz == "1"' }] },
      'expression \'object.data.zzz == "1"\' resulted in error: no such key: zzz',
    ],
    [
      'an expression that takes too long',
      { validations: [{ expression: `${dear(1_200)} || true` }] },
      `expression '${dear(1_200)} || true' resulted in error: operation cancelled: actual cost limit exceeded`,
    ],
    [
      'expressions that take too long together',
      {
        validations: Array.from({ length: 30 }, (_, i) => ({ expression: `${dear(250)} && ${i} >= 0` })),
      },
      'validation failed due to running out of cost budget, no further validation rules will be run',
    ],
    [
      'an annotation that cannot be told',
      { auditAnnotations: [{ key: 'a', valueExpression: 'object.data.zzz' + ' + ""' }] },
      'expression \'object.data.zzz + ""\' resulted in error: no such key: zzz',
    ],
    [
      'type warning',
      { validations: [{ expression: 'object.zzz == 1' }] },
      "expression 'object.zzz == 1' resulted in error: no such key: zzz",
    ],
  ])('refuses: %s', async (_case, spec, why) => {
    await policy(spec)
    const response = await create()
    expect(response.status).toBe(422)
    expect(JSON.parse(response.body as string)).toMatchObject({
      reason: 'Invalid',
      message: denied(why),
      details: { name: 'x', kind: 'configmaps', causes: [{}] },
    })
  })

  it('that ignores failures ignores those of annotations, and of cost', async () => {
    const auditAnnotations = [{ key: 'a', valueExpression: 'object.data.zzz' + ' + ""' }]
    await policy({ auditAnnotations, validations: [{ expression: dear(1_200) }], failurePolicy: 'Ignore' })
    expect((await create()).status).toBe(201)
  })

  it('gives its own reason', async () => {
    await policy({ validations: [{ expression: 'false', reason: 'Forbidden' }] })
    expect((await create()).status).toBe(403)
  })

  it('only warns when its binding says so', async () => {
    await policy({ validations: [{ expression: 'false', message: 'hey' }] }, { validationActions: ['Warn'] })
    const response = await create()
    expect(response.status).toBe(201)
    expect(response.headers['warning']).toEqual([
      "299 - \"Validation failed for ValidatingAdmissionPolicy 'p1' with binding 'b1': hey\"",
    ])
  })

  it.each<[string, Spec, BindingSpec]>([
    ['what holds', { validations: [{ expression: 'object.data.k == "v"' }] }, {}],
    [
      'errors, when they are ignored',
      { failurePolicy: 'Ignore', validations: [{ expression: 'object.z == 1' }] },
      {},
    ],
    ['audits', { validations: [{ expression: 'false' }] }, { validationActions: ['Audit'] }],
    [
      'what a condition leaves out',
      {
        matchConditions: [{ name: 'c', expression: 'object.metadata.name != "x"' }],
        validations: [{ expression: 'false' }],
      },
      {},
    ],
    [
      'other namespaces than its binding is for',
      { validations: [{ expression: 'false' }] },
      { matchResources: { namespaceSelector: { matchLabels: { env: 'test' } } } },
    ],
    [
      'excluded resources',
      {
        matchConstraints: {
          resourceRules: rules as never,
          excludeResourceRules: [{ ...rules[0], resourceNames: ['x'] }] as never,
        },
        validations: [{ expression: 'false' }],
      },
      {},
    ],
  ])('lets pass %s', async (_case, spec, binding) => {
    await policy(spec, binding)
    expect((await create()).status).toBe(201)
  })

  it('has variables that are worked out when they are used, each with those before it', async () => {
    await policy({
      variables: [
        { name: 'bad', expression: 'object.zzz.b' },
        { name: 'size', expression: 'object.data.size()' },
        { name: 'isSmall', expression: 'variables.size < 2' },
      ],
      validations: [{ expression: 'variables.isSmall' }],
    })
    expect((await create()).status).toBe(201)
    expect(messageOf(await create({ data: { a: '1', b: '2' } }))).toBe(
      denied('failed expression: variables.isSmall'),
    )
  })

  it('sees the request, its namespace and who asks', async () => {
    await policy({
      validations: [
        { expression: 'request.namespace == "p" && request.operation == "CREATE"', message: 'request' },
        {
          expression: 'request.kind.kind == "ConfigMap" && request.userInfo.groups.size() > 0',
          message: 'who',
        },
        { expression: 'namespaceObject.metadata.labels.env == "prod"', message: 'namespace' },
        { expression: 'oldObject == null && object != null', message: 'objects' },
        { expression: 'request.options.kind == "CreateOptions"', message: 'options' },
      ],
    })
    expect(messageOf(await create())).toBeUndefined()
  })

  it('can ask what the requester and others may do', async () => {
    await api.client.create(clusterRoles, {
      metadata: { name: 'maker' },
      rules: [{ apiGroups: [''], resources: ['configmaps'], verbs: ['create'] }],
    })
    await api.client.create(clusterRoleBindings, {
      metadata: { name: 'maker' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'maker' },
      subjects: [{ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: 'maker' }],
    })
    await policy({
      validations: [
        {
          expression: 'authorizer.group("").resource("secrets").namespace("p").check("get").allowed()',
          message: 'secrets',
        },
        {
          expression:
            '!authorizer.serviceAccount("p", "default").group("").resource("configmaps").check("create").allowed()',
        },
        { expression: 'authorizer.path("/healthz").check("get").allowed()' },
      ],
    })
    expect(messageOf(await create())).toBeUndefined()
    expect(messageOf(await create({}, { authorization: 'Bearer user:maker' }))).toBe(denied('secrets'))
  })
})

describe('parameters', () => {
  const paramKind = { apiVersion: 'v1', kind: 'ConfigMap' }
  const validations = [
    {
      expression: 'object.data.size() <= int(params.data.max)',
      messageExpression: '"max " + params.data.max',
    },
  ]

  beforeAll(async () => {
    for (const [name, max] of [
      ['one', '1'],
      ['none', '0'],
    ] as const) {
      const metadata = { name, namespace: 'p', labels: { limit: 'y' } }
      await api.client.create(configMaps, { metadata, data: { max } })
    }
  })

  it('are found by name', async () => {
    const paramRef = { name: 'one', parameterNotFoundAction: 'Deny' }
    await policy({ paramKind, validations }, { paramRef })
    expect((await create()).status).toBe(201)
    expect(messageOf(await create({ data: { a: '', b: '' } }))).toBe(denied('max 1'))
  })

  it('are found by labels, and all of them count', async () => {
    const paramRef = { selector: { matchLabels: { limit: 'y' } }, parameterNotFoundAction: 'Deny' }
    await policy({ paramKind, validations }, { paramRef })
    expect(messageOf(await create())).toBe(denied('max 0'))
  })

  it.each([
    ['Deny', 'no params found for policy binding with `Deny` parameterNotFoundAction'],
    ['Allow', undefined],
  ])('that are not there: %s', async (parameterNotFoundAction, why) => {
    await policy({ paramKind, validations }, { paramRef: { name: 'zzz', parameterNotFoundAction } })
    expect(messageOf(await create())).toBe(
      why === undefined ? undefined : denied(`failed to configure binding: ${why}`),
    )
  })

  it('of a kind that is not served are a mistake', async () => {
    const unknown = { apiVersion: 'rules.example.com/v1', kind: 'Limit' }
    await policy(
      { paramKind: unknown, validations },
      { paramRef: { name: 'a', parameterNotFoundAction: 'Allow' } },
    )
    expect(messageOf(await create())).toMatch(/failed to configure binding: paramKind kind `rules/)
  })
})
