// The main job, as a user does it: up, look around with real clients, kill, start again, down.
import { setTimeout as sleep } from 'node:timers/promises'
import { request } from 'node:http'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { isAlive } from '../src/region/processes.ts'
import { hasProgram, Playground } from './support/program.ts'
import { realClient } from './support/real-clients.ts'

interface UpJson {
  readonly cluster: string
  readonly region: string
  readonly target: string
  readonly kubeconfig: string
  readonly unchanged: boolean
  readonly workloads: readonly {
    readonly namespace: string
    readonly name: string
    readonly ready: number
    readonly desired: number
    readonly compute: string
    readonly pods: readonly {
      readonly name: string
      readonly node: string
      readonly ip: string
      readonly capacity?: string
    }[]
  }[]
  readonly loadBalancers: readonly {
    readonly service: string
    readonly hostname: string
    readonly url: string
    readonly healthyTargets: number
    readonly httpStatus: number
  }[]
}

const playground = new Playground()
const workshop = 'examples/eks-workshop'
let first: UpJson

async function up(): Promise<UpJson> {
  const { status, stdout, stderr } = await playground.neargate('up', workshop, '--json')
  expect(stderr).toBe('')
  expect(status).toBe(0)
  return JSON.parse(stdout) as UpJson
}

async function kubectl(...args: string[]): Promise<string> {
  const { status, stdout, stderr } = await playground.client(realClient('kubectl'), ...args)
  expect({ status, stderr }).toMatchObject({ status: 0 })
  return stdout
}

/** One GET of a load balancer by name, wherever names under .localhost resolve to. */
function fetchText(url: string): Promise<{ status: number; body: string }> {
  const { host, port, pathname } = new URL(url)
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        host: '127.0.0.1',
        port: port === '' ? 80 : Number(port),
        path: pathname,
        headers: { host },
        agent: false,
      },
      (response) => {
        let body = ''
        response.on('data', (chunk: Buffer) => (body += chunk.toString()))
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body }))
      },
    )
    sent.once('error', reject)
    sent.end()
  })
}

async function eventually<T>(probe: () => Promise<T | undefined>, what: string): Promise<T> {
  const deadline = Date.now() + 20_000
  for (;;) {
    const value = await probe()
    if (value !== undefined) return value
    if (Date.now() > deadline) throw new Error(`not in time: ${what}`)
    await sleep(50)
  }
}

beforeAll(async () => {
  first = await up()
}, 60_000)

afterAll(() => playground.dispose())

describe('up', () => {
  it('places one application on EC2 and the other on Fargate', () => {
    expect(first).toMatchObject({ cluster: 'eksworkshop', region: 'ap-southeast-1', target: 'near' })
    const [ec2, fargate] = first.workloads
    expect(ec2).toMatchObject({ name: 'nginx-ec2nodegroup', compute: 'ec2', ready: 2, desired: 2 })
    expect(ec2?.pods.map((pod) => pod.node)).toEqual([
      expect.stringMatching(/^ip-/),
      expect.stringMatching(/^ip-/),
    ])
    expect(new Set(ec2?.pods.map((pod) => pod.node)).size).toBe(2)
    expect(fargate).toMatchObject({ name: 'nginx-fargate', compute: 'fargate', ready: 2, desired: 2 })
    for (const pod of fargate?.pods ?? []) {
      expect(pod.node).toBe(`fargate-ip-${pod.ip.replaceAll('.', '-')}.ap-southeast-1.compute.internal`)
      expect(pod.capacity).toBe('0.25vCPU 1GB')
    }
  })

  it('publishes both through load balancers that answer from both pods', async () => {
    expect(first.loadBalancers).toHaveLength(2)
    for (const { url, hostname, healthyTargets, httpStatus } of first.loadBalancers) {
      expect(hostname).toMatch(
        /^k8s-nginx(ec2|far)-servicen-[0-9a-f]{10}-[0-9a-f]{16}\.elb\.ap-southeast-1\.localhost$/,
      )
      expect({ healthyTargets, httpStatus }).toEqual({ healthyTargets: 2, httpStatus: 200 })
      const answers = new Set<string>()
      await eventually(async () => {
        const { status, body } = await fetchText(url)
        expect(status).toBe(200)
        answers.add(body)
        return answers.size === 2 ? true : undefined
      }, 'answers from both pods')
    }
  })

  it('changes nothing when it runs again', async () => {
    const again = await up()
    expect(again.unchanged).toBe(true)
    expect(again.workloads).toEqual(first.workloads)
    expect(again.loadBalancers).toEqual(first.loadBalancers)
  })
})

describe('real clients', () => {
  it('kubectl shows nodes, pods and services', async () => {
    const nodes = await kubectl('get', 'nodes', '-o', 'wide')
    expect(nodes.match(/^ip-\S+\s+Ready\s+<none>/gm)).toHaveLength(2)
    expect(nodes.match(/^fargate-ip-\S+\s+Ready\s+<none>/gm)).toHaveLength(2)
    const pods = await kubectl('get', 'pods', '-A', '-o', 'wide')
    expect(pods).toMatch(/kube-system\s+coredns-\S+\s+1\/1\s+Running/)
    expect(pods).toMatch(
      /nginx-fargate\s+nginx-fargate-\S+\s+1\/1\s+Running\s+0\s+\S+\s+10\.\S+\s+fargate-ip-/,
    )
    const services = await kubectl('get', 'svc', '-A')
    expect(services).toMatch(
      /service-nginx-fargate\s+LoadBalancer\s+10\.50\.0\.\d+\s+k8s-\S+\.localhost\s+80:3\d{4}\/TCP/,
    )
    expect(await kubectl('get', 'deployment', '-n', 'kube-system', 'aws-load-balancer-controller')).toMatch(
      /2\/2/,
    )
  })

  it('kubectl applies, scales, rolls out and deletes', async () => {
    await kubectl('create', 'namespace', 'scratch')
    await kubectl(
      'create',
      'deployment',
      'web',
      '-n',
      'scratch',
      '--image=public.ecr.aws/nginx/nginx:1.27',
      '--port=80',
    )
    await kubectl('rollout', 'status', 'deployment/web', '-n', 'scratch', '--timeout=20s')
    await kubectl('scale', 'deployment/web', '-n', 'scratch', '--replicas=3')
    await kubectl('rollout', 'status', 'deployment/web', '-n', 'scratch', '--timeout=20s')
    expect(await kubectl('get', 'deployment', 'web', '-n', 'scratch')).toMatch(/web\s+3\/3/)
    await kubectl('set', 'image', 'deployment/web', '-n', 'scratch', 'nginx=public.ecr.aws/nginx/nginx:1.28')
    await kubectl('rollout', 'status', 'deployment/web', '-n', 'scratch', '--timeout=20s')
    await kubectl('rollout', 'undo', 'deployment/web', '-n', 'scratch')
    await kubectl('rollout', 'status', 'deployment/web', '-n', 'scratch', '--timeout=20s')
    expect(await kubectl('rollout', 'history', 'deployment/web', '-n', 'scratch')).toMatch(/\n3 /)
    await kubectl('delete', 'namespace', 'scratch', '--timeout=20s')
  }, 60_000)

  it('kubectl exec, logs and port-forward say that the pod is a stand-in', async () => {
    const logs = await kubectl('logs', '-n', 'nginx-fargate', 'deployment/nginx-fargate')
    expect(logs).toMatch(/stand-in/i)
  })

  it.runIf(hasProgram('aws'))(
    'aws looks around',
    async () => {
      const aws = async (...args: string[]): Promise<Record<string, unknown>> => {
        const { status, stdout, stderr } = await playground.client('aws', ...args, '--output', 'json')
        expect({ status, stderr }).toMatchObject({ status: 0 })
        return JSON.parse(stdout) as Record<string, unknown>
      }
      expect(await aws('eks', 'describe-cluster', '--name', 'eksworkshop')).toMatchObject({
        cluster: { status: 'ACTIVE', kubernetesNetworkConfig: { serviceIpv4Cidr: '10.50.0.0/24' } },
      })
      expect(await aws('eks', 'list-fargate-profiles', '--cluster-name', 'eksworkshop')).toEqual({
        fargateProfileNames: ['nginx-fargate'],
      })
      const groups = await aws('elbv2', 'describe-target-groups')
      const [group] = groups['TargetGroups'] as { TargetGroupArn: string }[]
      const health = await aws(
        'elbv2',
        'describe-target-health',
        '--target-group-arn',
        group?.TargetGroupArn ?? '',
      )
      expect(health['TargetHealthDescriptions']).toEqual([
        expect.objectContaining({ TargetHealth: { State: 'healthy' } }),
        expect.objectContaining({ TargetHealth: { State: 'healthy' } }),
      ])
      const stacks = (await aws('cloudformation', 'describe-stacks'))['Stacks'] as {
        StackName: string
        StackStatus: string
      }[]
      expect(stacks.map((stack) => stack.StackName).toSorted()).toEqual([
        'eksctl-eksworkshop-addon-iamserviceaccount-kube-system-aws-load-balancer-controller',
        'eksctl-eksworkshop-addon-vpc-cni',
        'eksctl-eksworkshop-cluster',
        'eksctl-eksworkshop-fargate',
        'eksctl-eksworkshop-nodegroup-managed-ng',
      ])
      expect(await aws('logs', 'describe-log-groups')).toMatchObject({
        logGroups: [{ logGroupName: '/aws/eks/eksworkshop/cluster', retentionInDays: 30 }],
      })
    },
    60_000,
  )
})

describe('kill -9 while traffic flows', () => {
  it('comes back with the same cluster, pods and URLs', async () => {
    const before = await kubectl(
      'get',
      'pods',
      '-A',
      '-o',
      'jsonpath={range .items[*]}{.metadata.uid} {.status.podIP} {.status.containerStatuses[0].restartCount}{"\\n"}{end}',
    )
    const { pid } = playground
    const url = first.loadBalancers[0]?.url ?? ''
    const traffic = Array.from({ length: 20 }, () => fetchText(url).catch(() => undefined))
    process.kill(pid!, 'SIGKILL')
    await Promise.all(traffic)
    expect((await playground.neargate('status')).status).toBe(1)
    expect((await playground.neargate('start', '--port', '0')).status).toBe(0)
    expect(playground.pid).not.toBe(pid)
    const again = await up()
    expect(again.loadBalancers.map((entry) => entry.hostname)).toEqual(
      first.loadBalancers.map((entry) => entry.hostname),
    )
    expect(again.workloads).toEqual(first.workloads)
    const after = await kubectl(
      'get',
      'pods',
      '-A',
      '-o',
      'jsonpath={range .items[*]}{.metadata.uid} {.status.podIP} {.status.containerStatuses[0].restartCount}{"\\n"}{end}',
    )
    expect(after).toBe(before)
    expect((await fetchText(again.loadBalancers[0]?.url ?? '')).status).toBe(200)
  }, 60_000)
})

describe('down', () => {
  it('leaves no stack, no cluster, no load balancer and no process', async () => {
    const { pid } = playground
    const { status, stdout, stderr } = await playground.neargate('down', workshop)
    expect({ status, stderr }).toMatchObject({ status: 0 })
    expect(stdout).toContain('cluster eksworkshop in ap-southeast-1 is gone')
    // Started by `start` after the kill, so it stays: empty.
    const state = await playground.neargate('status', '--json')
    expect(JSON.parse(state.stdout)).toMatchObject({ running: true, clusters: [], loadBalancers: [] })
    await playground.neargate('stop')
    expect(isAlive(pid!)).toBe(false)
  }, 60_000)
})
