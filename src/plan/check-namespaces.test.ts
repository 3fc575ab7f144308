import { describe, expect, it } from 'vitest'

import { plan } from './testing/plan-of.ts'

function missing(manifests: string, config?: string): string[] {
  const { problems } = plan(manifests, {
    hasOwnNamespaces: true,
    ...(config === undefined ? {} : { config }),
  })
  return problems.filter(({ code }) => code === 'not-in-files').map(({ message }) => message)
}

function map(name: string, namespace: string, kind = 'v1\nkind: ConfigMap'): string {
  return `---\napiVersion: ${kind}\nmetadata: {name: ${name}, namespace: ${namespace}}\n`
}

describe('namespaces that nobody makes', () => {
  it('are told once each, at the first object that is in them', () => {
    expect(missing(map('a', 'shop') + map('b', 'shop') + map('c', 'store'))).toEqual([
      'ConfigMap shop/a and 1 more would be refused: Namespace shop is not in the files',
      'ConfigMap store/c would be refused: Namespace store is not in the files',
    ])
  })

  it.each<[string, string, string?]>([
    ['in the files', `${map('a', 'shop')}---\napiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n`],
    ['in every cluster', map('a', 'kube-system')],
    ['given to no object', map('a', 'shop', 'rbac.authorization.k8s.io/v1\nkind: ClusterRole')],
    [
      'of a service account of the config',
      map('a', 'shop'),
      'iam: {withOIDC: true, serviceAccounts: [{metadata: {name: x, namespace: shop}, attachPolicyARNs: ["arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"]}]}',
    ],
    ['of an add-on', map('a', 'amazon-cloudwatch'), 'addons: [{name: amazon-cloudwatch-observability}]'],
    ['of Karpenter', map('a', 'karpenter'), 'iam: {withOIDC: true}\nkarpenter: {version: 1.8.1}'],
  ])('are none where one is %s', (_, manifests, config) => {
    expect(missing(manifests, config)).toEqual([])
  })
})
