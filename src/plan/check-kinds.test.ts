import { describe, expect, it } from 'vitest'

import { plan, web } from './testing/plan-of.ts'

function found(manifest: string): string[] {
  const { problems } = plan(`${web}---\n${manifest}`)
  return problems
    .filter(({ code }) => code.startsWith('kind-'))
    .map(({ code, line, message, help }) => `${code} ${line} ${message} ${help}`)
}

const definition = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: tables.dynamodb.services.k8s.aws}
spec: {group: dynamodb.services.k8s.aws, names: {kind: Table}}
`
const table = 'apiVersion: dynamodb.services.k8s.aws/v1alpha1\nkind: Table\nmetadata: {name: carts}\n'
const KEEP_OUT =
  'Keep the object out of the files for the near cluster; docs/coverage.md lists the kinds it serves.'

describe('kinds', () => {
  it.each([
    [
      'a slip',
      'apiVersion: apps/v1\nkind: Deploymnet\nmetadata: {name: a}\n',
      'kind-unknown 11 Kubernetes has no kind Deploymnet in apps/v1; did you mean "Deployment"? Write kind: Deployment.',
    ],
    [
      'a kind of another group',
      'apiVersion: v1\nkind: Deployment\nmetadata: {name: a}\n',
      'kind-unknown 10 Kubernetes has no Deployment in v1; it is in apps/v1 Write apiVersion: apps/v1.',
    ],
    [
      'a version that is gone',
      'apiVersion: extensions/v1beta1\nkind: Ingress\nmetadata: {name: a}\n',
      'kind-unknown 10 Kubernetes has no Ingress in extensions/v1beta1; it is in networking.k8s.io/v1 Write apiVersion: networking.k8s.io/v1.',
    ],
    [
      'nothing like a kind',
      'apiVersion: v1\nkind: Zzzzzzzzzz\nmetadata: {name: a}\n',
      'kind-unknown 11 Kubernetes has no kind Zzzzzzzzzz in v1 Correct kind or apiVersion.',
    ],
    [
      'a custom resource without its definition',
      table,
      `kind-not-served 11 Table carts (dynamodb.services.k8s.aws/v1alpha1) is not emulated: its CustomResourceDefinition is not in the files, and none is served ${KEEP_OUT}`,
    ],
  ])('%s', (_, manifest, expected) => {
    expect(found(manifest)).toEqual([expected])
  })

  it('says of a definition and its objects that neither is served', () => {
    expect(found(`${definition}---\n${table}`)).toEqual([
      `kind-not-served 11 CustomResourceDefinition tables.dynamodb.services.k8s.aws (apiextensions.k8s.io/v1) is not emulated: the near cluster does not serve that kind ${KEEP_OUT}`,
      `kind-not-served 16 Table carts (dynamodb.services.k8s.aws/v1alpha1) is not emulated: nor is its CustomResourceDefinition ${KEEP_OUT}`,
    ])
  })

  it('says so without a ClusterConfig too', () => {
    const lone = plan('apiVersion: apps/v1\nkind: Deploymnet\nmetadata: {name: a}\n', { version: '[' })
    expect(lone.problems.map(({ code }) => code)).toContain('kind-unknown')
  })
})
