// Warnings of policies, as kube-controller-manager v1.35.4 wrote them for each (testing/warnings.jsonl).

import { describe, expect, it } from 'vitest'

import { recordedRows } from '../../../base/testing/recorded-rows.ts'
import type { CustomResourceDefinition } from '../../../../generated/kubernetes.d.ts'
import { customKinds } from '../../resources/custom/custom-kind.ts'
import type { Definition } from '../../resources/custom/json-schema.ts'
import { builtinKinds } from '../../resources/index.ts'
import { expressionWarnings } from './expression-warnings.ts'

interface Row {
  readonly group: string
  readonly version: string
  readonly resource: string
  readonly expression: string
  /** Absent where there is none. */
  readonly warning?: string
}

const rows = recordedRows<Row>(new URL('testing/warnings.jsonl', import.meta.url))

const open = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true }
const spec = {
  type: 'object',
  properties: {
    replicas: { type: 'integer' },
    free: open,
    m: { type: 'object', additionalProperties: { type: 'string' } },
    when: { type: 'string', format: 'date-time' },
    ios: { 'x-kubernetes-int-or-string': true },
    list: { type: 'array', items: { type: 'object', properties: { a: { type: 'string' } } } },
    pct: { type: 'number' },
    emb: { ...open, 'x-kubernetes-embedded-resource': true },
  },
}
const widgets: CustomResourceDefinition['spec'] = {
  group: 'ex.com',
  scope: 'Namespaced',
  names: { plural: 'widgets', kind: 'Widget' },
  versions: [
    {
      name: 'v1',
      served: true,
      storage: true,
      schema: { openAPIV3Schema: { type: 'object', properties: { spec } } },
    },
  ],
}
const definition = { metadata: { name: 'widgets.ex.com' }, spec: widgets }
const kinds = [
  ...builtinKinds,
  // None is converted: there is one version.
  ...customKinds(definition as unknown as Definition, (_definition, objects) => Promise.resolve(objects)),
]

function specOf(
  { group, version, resource }: Omit<Row, 'expression'>,
  validations: object[],
): Parameters<typeof expressionWarnings>[0] {
  const resources = resource.split(' ')
  const rule = {
    apiGroups: group.split(' '),
    apiVersions: [version],
    resources,
    operations: ['CREATE' as const],
  }
  return {
    matchConstraints: { resourceRules: [rule] },
    validations: validations as { expression: string }[],
    ...(JSON.stringify(validations).includes('variables.v')
      ? { variables: [{ name: 'v', expression: 'object.spec.nope' }] }
      : {}),
  }
}

describe('an expression', () => {
  it.each(rows)('$expression, of $resource', ({ expression, warning, ...of }) => {
    const found = expressionWarnings(specOf(of, [{ expression }]), kinds, '#')
    expect(found).toEqual(
      warning === undefined ? [] : [{ fieldRef: 'spec.validations[0].expression', warning }],
    )
  })

  it('is told of for each kind, and so is what a message is made of', () => {
    const of = { group: ' apps ex.com', version: 'v1', resource: 'pods deployments widgets' }
    const validations = [
      { expression: 'object.spec.replicas > 1', messageExpression: 'object.spec.nodeName' },
    ]
    const dots = '.'.repeat(11)
    const nodeName = `undefined field 'nodeName'\n | object.spec.nodeName\n | ${dots}^\n`
    expect(expressionWarnings(specOf(of, validations), kinds, '')).toEqual([
      {
        fieldRef: 'spec.validations[0].expression',
        warning: `/v1, Kind=Pod: ERROR: <input>:1:12: undefined field 'replicas'\n | object.spec.replicas > 1\n | ${dots}^\n`,
      },
      {
        fieldRef: 'spec.validations[0].messageExpression',
        warning: ['apps/v1, Kind=Deployment', 'ex.com/v1, Kind=Widget']
          .map((kind) => `${kind}: ERROR: <input>:1:12: ${nodeName}`)
          .join('\n'),
      },
    ])
  })

  it('sees parameters of their kind, and variables of their type', () => {
    const policy = {
      ...specOf({ group: 'apps', version: 'v1', resource: 'deployments' }, [
        { expression: 'params.data.x == 1' },
        { expression: 'variables.w == "a"' },
      ]),
      paramKind: { apiVersion: 'v1', kind: 'ConfigMap' },
      variables: [{ name: 'w', expression: 'object.spec.replicas' }],
    }
    const warnings = expressionWarnings(policy, kinds, '').map(({ warning }) => warning.split('\n')[0])
    expect(warnings).toEqual([
      "apps/v1, Kind=Deployment: ERROR: <input>:1:15: found no matching overload for '_==_' applied to '(string, int)'",
      "apps/v1, Kind=Deployment: ERROR: <input>:1:13: found no matching overload for '_==_' applied to '(int, string)'",
    ])
  })
})
