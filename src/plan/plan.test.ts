import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { disk, memoryFiles } from '../config/file-system.ts'
import { render } from '../config/render.ts'
import { readProject } from '../config/project.ts'
import type { Plan } from './plan.ts'
import { makePlan } from './plan.ts'
import {
  CONTAINERS,
  deployment,
  INSTANCE,
  IP,
  plan,
  problems,
  requesting,
  service,
  today,
  web,
} from './testing/plan-of.ts'

describe('the workshop', () => {
  const root = fileURLToPath(new URL('../..', import.meta.url))
  const relative = {
    kindOf: (path: string) => disk.kindOf(root + path),
    list: (path: string) => disk.list(root + path),
    read: (path: string) => disk.read(root + path),
    render: (...how: Parameters<typeof render>) => render(...how),
  }

  it('is planned as in the golden file', async () => {
    const workshop = makePlan(readProject(['examples/eks-workshop'], relative), { today })
    const text = `${JSON.stringify(workshop, null, 2)}\n`
    await expect(text).toMatchFileSnapshot('../../test/fixtures/plan/eks-workshop.json')
  })

  it('warns of the version of the original walkthrough, and of nothing else', () => {
    const original = makePlan(readProject(['test/fixtures/walkthrough'], relative), { today })
    expect(original.problems).toMatchObject([
      {
        severity: 'warning',
        code: 'version-retired',
        file: 'test/fixtures/walkthrough/eks-private-subnet.yaml',
        line: 7,
      },
    ])
    expect(original.workloads).toMatchObject([{ name: 'nginx-ec2nodegroup', compute: 'ec2', replicas: 2 }])
  })
})

/** So many profiles that select the workload of the tests. */
function profilesOf(count: number): string {
  const names = Array.from({ length: count }, (_, index) => `fp${index}`)
  return `[${names.map((name) => `{name: ${name}, selectors: [{namespace: shop}]}`).join(', ')}]`
}

describe('workloads', () => {
  it.each([
    ['Deployment', web, { replicas: 1, compute: 'fargate', profile: 'fp', capacity: '0.25vCPU 1GB' }],
    ['StatefulSet', deployment('shop', `{${CONTAINERS}}`, { kind: 'StatefulSet' }), { compute: 'fargate' }],
    [
      'ReplicaSet elsewhere',
      deployment('store', `{${CONTAINERS}}`, { kind: 'ReplicaSet' }),
      { compute: 'ec2' },
    ],
    [
      'DaemonSet',
      deployment('store', `{${CONTAINERS}}`, { kind: 'DaemonSet' }),
      { replicas: 2, compute: 'ec2' },
    ],
    [
      'Pod',
      `apiVersion: v1\nkind: Pod\nmetadata: {name: web, namespace: shop}\nspec: {${CONTAINERS}}\n`,
      { kind: 'Pod', replicas: 1, compute: 'fargate' },
    ],
    [
      'Job',
      `apiVersion: batch/v1\nkind: Job\nmetadata: {name: web, namespace: shop}\nspec: {parallelism: 5, completions: 3, template: {spec: {restartPolicy: Never, ${CONTAINERS}}}}\n`,
      { kind: 'Job', replicas: 3, compute: 'fargate' },
    ],
    [
      'CronJob',
      `apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: web, namespace: shop}\nspec: {schedule: "* * * * *", jobTemplate: {spec: {template: {spec: {restartPolicy: Never, ${CONTAINERS}}}}}}\n`,
      { kind: 'CronJob', replicas: 1, compute: 'fargate' },
    ],
    [
      'limits only',
      deployment(
        'shop',
        '{containers: [{name: web, image: nginx, resources: {limits: {cpu: 2, memory: 2Gi}}}]}',
      ),
      { capacity: '2vCPU 4GB' },
    ],
  ])('%s', (_, manifest, expected) => {
    const planned = plan(manifest)
    expect(planned.workloads).toMatchObject([expected])
    // Some kinds are planned and priced although the near cluster does not serve them.
    const errors = planned.problems.filter((p) => p.severity === 'error' && p.code !== 'kind-not-served')
    expect(errors).toEqual([])
  })

  it('prices a Job only while it exists', () => {
    const job = `apiVersion: batch/v1\nkind: Job\nmetadata: {name: web, namespace: shop}\nspec: {template: {spec: {${CONTAINERS}}}}\n`
    const item = plan(job).cost.items.find((each) => each.name.startsWith('Fargate'))
    expect(item).toEqual({
      name: 'Fargate shop/web',
      detail: '0.25vCPU 1GB',
      quantity: 1,
      note: '$0.0182 a pod and hour while it exists',
    })
  })
})

describe('problems', () => {
  it('are none for a good project', () => {
    expect(plan(web + service(IP)).problems).toEqual([])
  })

  it.each<[string, Plan, string[]]>([
    ['retired version', plan(web, { version: '1.28' }), ['version-retired cluster.yaml:3:54']],
    ['extended support', plan(web, { version: '1.33' }), ['version-extended cluster.yaml:3:54']],
    ['unknown version', plan(web, { version: '1.99' }), ['version-unknown cluster.yaml:3:54']],
    ['unset target type', plan(web + service('{}')), ['fargate-target-instance app.yaml:15:16']],
    ['target type instance', plan(web + service(INSTANCE)), ['fargate-target-instance app.yaml:15:79']],
    [
      'the older annotation',
      plan(web + service('{service.beta.kubernetes.io/aws-load-balancer-type: nlb-ip}')),
      [],
    ],
    ['another class', plan(web + service('{}', ', loadBalancerClass: example.com/own')), []],
    ['instance in front of EC2', plan(web + service(INSTANCE), { profiles: '[]' }), []],
    [
      'hostNetwork',
      plan(deployment('shop', `{hostNetwork: true, ${CONTAINERS}}`)),
      ['fargate-unsupported app.yaml:8:5'],
    ],
    ['too large', plan(deployment('shop', requesting('{cpu: 17}'))), ['fargate-no-size app.yaml:8:5']],
    [
      'rounded up',
      plan(deployment('shop', requesting('{cpu: 100m, memory: 512Mi}'))),
      ['fargate-rounds-up app.yaml:8:62'],
    ],
    ['no quantity', plan(deployment('shop', requesting('{cpu: lots}'))), ['invalid-value app.yaml:8:5']],
    [
      'unused selector',
      plan(deployment('store', `{${CONTAINERS}}`)),
      ['selector-matches-nothing cluster.yaml:5:42'],
    ],
    [
      'labels that nothing has',
      plan(web, {
        profiles:
          '[{name: a, selectors: [{namespace: shop, labels: {tier: x}}]}, {name: b, selectors: [{namespace: shop}]}]',
      }),
      ['selector-matches-nothing cluster.yaml:5:41'],
    ],
    [
      'selector of kube-system',
      plan(web, { profiles: '[{name: a, selectors: [{namespace: kube-*}, {namespace: shop}]}]' }),
      [],
    ],
    [
      'a slip in the namespace',
      plan(deployment('shpo', `{${CONTAINERS}}`)),
      ['namespace-like-selector app.yaml:3:34', 'selector-matches-nothing cluster.yaml:5:42'],
    ],
    [
      'a namespace named like the profile',
      plan(`${web}---\n${deployment('fp', `{${CONTAINERS}}`)}`),
      ['namespace-like-selector app.yaml:12:34'],
    ],
    [
      'the label of another profile',
      plan(
        deployment('store', `{${CONTAINERS}}`, {
          labels: '{app: web, eks.amazonaws.com/fargate-profile: fp}',
        }),
      ),
      ['profile-label-mismatch app.yaml:7:24', 'selector-matches-nothing cluster.yaml:5:42'],
    ],
    [
      'a DaemonSet for Fargate',
      plan(`${web}---\n${deployment('shop', `{${CONTAINERS}}`, { kind: 'DaemonSet' })}`),
      ['daemonset-on-fargate app.yaml:11:7'],
    ],
    [
      'no controller',
      plan(web + service(IP), { config: '' }),
      ['no-load-balancer-controller app.yaml:16:14'],
    ],
    [
      'no controller, and nodes for a Classic Load Balancer',
      plan(web + service('{}'), { config: '', region: 'us-east-1' }),
      ['classic-load-balancer app.yaml:16:14'],
    ],
    [
      'no controller, and Fargate alone',
      plan(web + service('{}'), { config: '', nodes: '[]', region: 'us-east-1' }),
      ['no-load-balancer-controller app.yaml:16:14'],
    ],
    [
      'a controller by the nodes',
      plan(web + service(IP), {
        config: '',
        nodes: '[{name: a, instanceType: t3.large, iam: {withAddonPolicies: {albIngress: true}}}]',
      }),
      [],
    ],
    [
      'too large for a node',
      plan(`${web}---\n${deployment('store', requesting('{cpu: 4}'))}`),
      ['pod-exceeds-nodes app.yaml:17:5'],
    ],
    [
      'an unknown type',
      plan(web, { nodes: '[{name: ng, instanceTypes: [t3.large, t3.extra]}]' }),
      ['instance-type-unknown cluster.yaml:4:58'],
    ],
    [
      'no nodes',
      plan(`${web}---\n${deployment('store', `{${CONTAINERS}}`)}`, { nodes: '[]' }),
      ['no-nodes app.yaml:17:5'],
    ],
    [
      'a taint on every node',
      plan(`${web}---\n${deployment('store', `{${CONTAINERS}}`)}`, {
        nodes: '[{name: ng, instanceType: t3.large, taints: [{key: gpu, effect: NoSchedule}]}]',
      }),
      ['no-nodes app.yaml:17:5'],
    ],
    [
      'a tolerated taint',
      plan(
        `${web}---\n${deployment('store', `{tolerations: [{key: gpu, operator: Exists}], ${CONTAINERS}}`)}`,
        {
          nodes: '[{name: ng, instanceType: t3.large, taints: [{key: gpu, effect: NoSchedule}]}]',
        },
      ),
      [],
    ],
    [
      'nodes of another architecture',
      plan(`${web}---\n${deployment('store', `{nodeSelector: {kubernetes.io/arch: arm64}, ${CONTAINERS}}`)}`),
      ['no-nodes app.yaml:17:5'],
    ],
    [
      'more than the nodes hold',
      plan(
        `${web}---\n${deployment('store', requesting('{memory: 12Gi}')).replace('spec:', 'spec:\n  replicas: 3')}`,
      ),
      ['nodes-too-full cluster.yaml:4:1'],
    ],
    [
      'reserved name',
      plan(web, { profiles: '[{name: eks-x, selectors: [{namespace: shop}]}]' }),
      ['profile-invalid cluster.yaml:5:26'],
    ],
    [
      'a name that is no label value',
      plan(web, { profiles: '[{name: 前端, selectors: [{namespace: shop}]}]' }),
      ['profile-invalid cluster.yaml:5:26'],
    ],
    ['no selector', plan('', { profiles: '[{name: x}]' }), ['profile-invalid cluster.yaml:5:26']],
    [
      'public subnets only',
      plan(web, { config: 'vpc: {subnets: {public: {a: {id: subnet-0a}, b: {id: subnet-0b}}}}' }),
      ['profile-public-subnet cluster.yaml:5:26'],
    ],
    ['as many profiles as a cluster can have', plan(web, { profiles: profilesOf(10) }), []],
    ['one profile more', plan(web, { profiles: profilesOf(11) }), ['profile-invalid cluster.yaml:5:1']],
    [
      'public subnet',
      plan(web, {
        profiles: '[{name: x, selectors: [{namespace: shop}], subnets: [subnet-0b, subnet-0a]}]',
        config:
          'vpc: {subnets: {private: {a: {id: subnet-0b}, c: {id: subnet-0c}}, public: {b: {id: subnet-0a}, d: {id: subnet-0d}}}}',
      }),
      ['profile-public-subnet cluster.yaml:5:82'],
    ],
    ['no price', plan(web, { region: 'ap-east-2' }), ['price-unknown cluster.yaml:3:29']],
    [
      'unknown field',
      plan(web.replace('selector:', 'replica: 2\n  selector:')),
      ['unknown-field app.yaml:5:3'],
    ],
    [
      'wrong type',
      plan(web.replace('selector:', 'replicas: "2"\n  selector:')),
      ['wrong-type app.yaml:5:3', 'selector-matches-nothing cluster.yaml:5:42'],
    ],
    [
      'containers that are no list',
      plan(deployment('shop', '{containers: {name: x}, initContainers: {}}')),
      ['wrong-type app.yaml:8:12', 'wrong-type app.yaml:8:35', 'selector-matches-nothing cluster.yaml:5:42'],
    ],
    [
      'a custom resource',
      plan(`${web}---\napiVersion: example.com/v1\nkind: Thing\nmetadata: {name: x}\nwhatever: 1\n`),
      ['kind-not-defined app.yaml:11:7'],
    ],
  ])('%s', (_, given, expected) => {
    expect(problems(given)).toEqual(expected)
  })

  it.each<[string, Plan, string]>([
    [
      'target type',
      plan(web + service('{}')),
      'Service shop/web has no target type, so instance, and selects Deployment shop/web on Fargate: it would have no targets',
    ],
    [
      'size',
      plan(deployment('shop', requesting('{cpu: 100m, memory: 512Mi}'))),
      'Deployment shop/web gets 0.25vCPU 1GB, 2.5 times the CPU it requests',
    ],
    [
      'slip',
      plan(deployment('shpo', `{${CONTAINERS}}`)),
      'Deployment shpo/web stays on EC2: no profile selects namespace shpo, but profile fp selects shop',
    ],
    [
      'field',
      plan(web.replace('selector:', 'replica: 2\n  selector:')),
      'unknown field "spec.replica" in Deployment web; did you mean "replicas"?',
    ],
    [
      'nodes',
      plan(`${web}---\n${deployment('store', requesting('{cpu: 4}'))}`),
      'Deployment store/web requests cpu 4 and memory 0 a pod; the largest node has cpu 3920m and memory 15391Mi for pods',
    ],
    [
      'price',
      plan(web, { region: 'ap-east-2' }),
      'no price known in ap-east-2 for Node group ng (t3.xlarge), Disks of ng (gp3 80 GB), Fargate shop/web (0.25vCPU 1GB), NAT gateway (Single)',
    ],
  ])('say it plainly: %s', (_, given, message) => {
    expect(given.problems.map((each) => each.message)).toContain(message)
  })

  it('leaves neighbouring names alone where the selector has its workloads', () => {
    const profiles = '[{name: a, selectors: [{namespace: team-a}]}]'
    const both = `${deployment('team-a', `{${CONTAINERS}}`)}---\n${deployment('team-b', `{${CONTAINERS}}`)}`
    expect(problems(plan(both, { profiles }))).toEqual([])
  })

  it('plans nothing without a config, and says why', () => {
    const given = makePlan(readProject(['a.yaml'], memoryFiles({ 'a.yaml': web })), { today })
    expect(given.workloads).toEqual([])
    expect(given.cost).toEqual({ currency: 'USD', hourly: 0, monthly: 0, items: [] })
    expect(problems(given)).toEqual(['no-cluster-config a.yaml:1:1'])
  })
})

describe('the price', () => {
  it('adds up to the total', () => {
    const { cost } = plan(web + service(IP))
    const sum = cost.items.reduce((total, item) => total + (item.hourly ?? 0), 0)
    expect(cost.hourly).toBeCloseTo(sum, 6)
    expect(cost.monthly).toBeCloseTo(sum * 730, 2)
    expect(cost.items.map((item) => `${item.quantity} ${item.name}: ${item.hourly}`)).toEqual([
      '1 EKS control plane: 0.1',
      '2 Node group ng: 0.4224',
      '2 Disks of ng: 0.021041',
      '1 Fargate shop/web: 0.01817',
      '1 NLB shop/web: 0.0252',
      '1 NAT gateway: 0.059',
    ])
  })

  it.each([
    ['extended support', { version: '1.33' }, 'EKS control plane', 0.6],
    ['spot', { nodes: '[{name: ng, instanceType: t3.xlarge, spot: true}]' }, 'Node group ng', undefined],
    ['NAT in each zone', { config: 'vpc: {nat: {gateway: HighlyAvailable}}' }, 'NAT gateway', 0.177],
  ])('%s', (_, given, name, hourly) => {
    expect(plan(web, given).cost.items.find((item) => item.name === name)?.hourly).toBe(hourly)
  })

  it('has no NAT where the config wants none', () => {
    const names = plan(web, { config: 'vpc: {nat: {gateway: Disable}}' }).cost.items.map((item) => item.name)
    expect(names).not.toContain('NAT gateway')
  })
})
