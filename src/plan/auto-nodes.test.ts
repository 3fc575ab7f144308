import { describe, expect, test } from 'vitest'

import { deployment, plan, problems, requesting } from './testing/plan-of.ts'

const AUTO = 'autoModeConfig: {enabled: true}'
const own = (name: string, requirements: string): string => `apiVersion: karpenter.sh/v1
kind: NodePool
metadata: {name: ${name}}
spec:
  template:
    spec:
      nodeClassRef: {group: eks.amazonaws.com, kind: NodeClass, name: default}
      requirements: ${requirements}
`

function lines(given: ReturnType<typeof plan>): string[] {
  return given.cost.items
    .filter(({ name }) => name.includes('Auto Mode'))
    .map(({ name, detail, quantity }) => `${quantity} ${name}: ${detail}`)
}

function nodeClass(field: string): string {
  return `apiVersion: eks.amazonaws.com/v1\nkind: NodeClass\nmetadata: {name: own}\nspec: {role: nodes, ${field}}`
}

describe('a cluster in Auto Mode', () => {
  test('gets the nodes that its pods take, with their price and the fee', () => {
    const given = plan(deployment('web', requesting('{cpu: "1", memory: 1Gi}')), {
      config: AUTO,
      nodes: '[]',
      profiles: '[]',
      region: 'us-east-1',
    })
    expect(problems(given)).toEqual([])
    expect(lines(given)).toEqual([
      expect.stringMatching(/^1 Auto Mode pool general-purpose: c\d\w*\.\w+$/),
      expect.stringMatching(/^1 Auto Mode: fee, c\d/),
      '1 Disks of Auto Mode: gp3 80 GB',
    ])
    const [machine, fee] = given.cost.items.filter(({ name }) => name.startsWith('Auto Mode'))
    expect((fee?.hourly ?? 0) / (machine?.hourly ?? 1)).toBeCloseTo(0.12, 3)
  })

  test('takes pools of the files, which need no definition there', () => {
    const pool = own('arm', '[{key: kubernetes.io/arch, operator: In, values: [arm64]}]')
    const pod = requesting('{cpu: "1"}').replace(
      'containers',
      'nodeSelector: {kubernetes.io/arch: arm64}, containers',
    )
    const given = plan(`${deployment('web', `${pod}`)}\n---\n${pool}`, {
      config: AUTO,
      nodes: '[]',
      profiles: '[]',
      region: 'us-east-1',
    })
    expect(problems(given)).toEqual([])
    expect(lines(given)[0]).toMatch(/pool arm: \w+g\w*\.\w+/)
  })

  test('says what no pool takes', () => {
    const given = plan(deployment('web', requesting('{cpu: "5000"}')), {
      config: AUTO,
      nodes: '[]',
      profiles: '[]',
      region: 'us-east-1',
    })
    expect(given.problems.map(({ message }) => message).join()).toContain(
      'no instance type satisfied resources and requirements',
    )
  })

  test.each([
    [
      'a Service',
      'apiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec: {type: LoadBalancer, loadBalancerClass: eks.amazonaws.com/nlb, ports: [{port: 80}]}',
      'auto-mode-off',
    ],
    [
      'an IngressClass',
      'apiVersion: networking.k8s.io/v1\nkind: IngressClass\nmetadata: {name: alb}\nspec: {controller: eks.amazonaws.com/alb}',
      'auto-mode-off',
    ],
    [
      'a StorageClass',
      'apiVersion: storage.k8s.io/v1\nkind: StorageClass\nmetadata: {name: auto}\nprovisioner: ebs.csi.eks.amazonaws.com',
      'auto-mode-off',
    ],
  ])('serves %s, and warns of it where Auto Mode is off', (_what, manifest, code) => {
    const codes = (config: string): string[] =>
      plan(manifest, { config, nodes: '[]', profiles: '[]', region: 'us-east-1' }).problems.map(
        (each) => each.code,
      )
    expect(codes(AUTO)).not.toContain(code)
    expect(codes('')).toContain(code)
  })

  test.each([
    [
      'a pool of a fixed size',
      own('fixed', '[]').replace('spec:\n', 'spec:\n  replicas: 2\n'),
      'not-supported',
    ],
    ['a class that closes pods off', nodeClass('networkPolicy: DefaultDeny'), 'not-supported'],
    ['a class with certificates', nodeClass('certificateBundles: [{name: a, data: b}]'), 'field-ignored'],
    ['a class with addresses of its own', nodeClass('snatPolicy: Disabled'), 'field-ignored'],
  ])('speaks of %s', (_what, manifest, code) => {
    const given = plan(manifest, { config: AUTO, nodes: '[]', profiles: '[]', region: 'us-east-1' })
    expect(given.problems.map((each) => each.code)).toContain(code)
  })
})
