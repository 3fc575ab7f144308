// A Service of target type instance in front of Fargate pods: reported, refused, and when forced, what AWS makes of it.
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import {
  DescribeLoadBalancersCommand,
  DescribeTargetGroupsCommand,
  DescribeTargetHealthCommand,
  ElasticLoadBalancingV2Client,
  type TargetGroup,
  type TargetHealthDescription,
} from '@aws-sdk/client-elastic-load-balancing-v2'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { Playground, root } from './support/program.ts'
import { realClient } from './support/real-clients.ts'

interface UpJson {
  readonly workloads: readonly {
    readonly name: string
    readonly ready: number
    readonly compute: string
    readonly pods: readonly { readonly node: string; readonly capacity?: string }[]
  }[]
  readonly loadBalancers: readonly {
    readonly service: string
    readonly hostname: string
    readonly healthyTargets: number
    readonly httpStatus: number
  }[]
}

interface Problem {
  readonly severity: string
  readonly code: string
  readonly message: string
  readonly file: string
  readonly line: number
  readonly help: string
}

const ANNOTATION = 'service.beta.kubernetes.io/aws-load-balancer-nlb-target-type'

// The workshop's network, no node group, and profiles for every namespace that has pods.
const FARGATE_ONLY = `
apiVersion: eksctl.io/v1alpha5
kind: ClusterConfig
metadata: { name: fargate-only, region: ap-southeast-1, version: "1.35" }
vpc:
  subnets:
    private:
      ap-southeast-1a: { id: subnet-04a7c6e7e1589c953 }
      ap-southeast-1b: { id: subnet-031022a6aab9b9e70 }
      ap-southeast-1c: { id: subnet-0eaf9054aa6daa68e }
iam:
  withOIDC: true
  serviceAccounts:
    - metadata: { name: aws-load-balancer-controller, namespace: kube-system }
      wellKnownPolicies: { awsLoadBalancerController: true }
fargateProfiles:
  - name: system
    selectors: [{ namespace: kube-system }]
  - name: nginx-fargate
    selectors: [{ namespace: nginx-fargate }]
`

const playground = new Playground()
const directory = mkdtempSync(join(tmpdir(), 'neargate-instance-'))
const mixed = join(directory, 'mixed')
const fargateOnly = join(directory, 'fargate-only')
const manifest = join(mixed, 'nginx-fargate.yaml')

/** Line of the annotation in the manifest, counted from 1. */
function annotationLine(): number {
  const lines = readFileSync(manifest, 'utf8').split('\n')
  return lines.findIndex((line) => line.includes(ANNOTATION)) + 1
}

async function force(path: string): Promise<UpJson> {
  const { status, stdout, stderr } = await playground.neargate('up', path, '--force', '--json')
  expect({ status, stderr }).toMatchObject({ status: 0 })
  return JSON.parse(stdout) as UpJson
}

/** The target group of a load balancer, with the health of its targets. */
async function targetsOf(
  hostname: string,
): Promise<{ group: TargetGroup; targets: readonly TargetHealthDescription[] }> {
  const variables = await playground.clientEnvironment()
  const client = new ElasticLoadBalancingV2Client({
    endpoint: variables['AWS_ENDPOINT_URL']!,
    region: variables['AWS_REGION']!,
    credentials: {
      accessKeyId: variables['AWS_ACCESS_KEY_ID']!,
      secretAccessKey: variables['AWS_SECRET_ACCESS_KEY']!,
    },
  })
  const { LoadBalancers = [] } = await client.send(new DescribeLoadBalancersCommand({}))
  const balancer = LoadBalancers.find(({ DNSName }) => DNSName === hostname)
  const { TargetGroups = [] } = await client.send(
    new DescribeTargetGroupsCommand({ LoadBalancerArn: balancer?.LoadBalancerArn }),
  )
  expect(TargetGroups).toHaveLength(1)
  const group = TargetGroups[0]!
  const { TargetHealthDescriptions: targets = [] } = await client.send(
    new DescribeTargetHealthCommand({ TargetGroupArn: group.TargetGroupArn }),
  )
  client.destroy()
  return { group, targets }
}

async function kubectl(cluster: string, ...args: string[]): Promise<string> {
  const context = `iam-root-account@${cluster}.ap-southeast-1.eksctl.io`
  const { status, stdout, stderr } = await playground.client(
    realClient('kubectl'),
    '--context',
    context,
    ...args,
  )
  expect({ status, stderr }).toMatchObject({ status: 0 })
  return stdout
}

beforeAll(() => {
  cpSync(join(root, 'examples/eks-workshop'), mixed, { recursive: true })
  const text = readFileSync(manifest, 'utf8')
  writeFileSync(manifest, text.replace(`${ANNOTATION}: ip`, `${ANNOTATION}: instance`))
  cpSync(manifest, join(fargateOnly, 'nginx-fargate.yaml'))
  writeFileSync(join(fargateOnly, 'cluster.yaml'), FARGATE_ONLY)
})

afterAll(async () => {
  await playground.dispose()
  rmSync(directory, { recursive: true, force: true })
})

describe('without --force', () => {
  it('plan exits with 1 and names file and line', async () => {
    const { status, stdout } = await playground.neargate('plan', mixed, '--json')
    expect(status).toBe(1)
    const { problems } = JSON.parse(stdout) as { problems: Problem[] }
    expect(problems).toEqual([
      {
        severity: 'error',
        code: 'fargate-target-instance',
        message:
          'Service nginx-fargate/service-nginx-fargate has target type instance, and selects Deployment nginx-fargate/nginx-fargate on Fargate: it would have no targets',
        file: manifest,
        line: annotationLine(),
        column: expect.any(Number),
        help: `Set the annotation ${ANNOTATION}: ip on the Service.`,
      },
    ])
    const text = await playground.neargate('plan', mixed)
    expect(text.status).toBe(1)
    expect(text.stdout).toContain(`fargate-target-instance  ${manifest}:${annotationLine()}:`)
  })

  it('up refuses before it makes anything', async () => {
    const { status, stdout, stderr } = await playground.neargate('up', mixed, '--json')
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' })
    expect(stderr).toContain(`${manifest}:${annotationLine()}:`)
    expect(stderr).toContain('the plan has 1 error: nothing was made')
    expect(playground.pid).toBeUndefined()
  })
})

describe('with --force, Fargate only', () => {
  let result: UpJson

  beforeAll(async () => {
    result = await force(fargateOnly)
  }, 60_000)

  it('gives the load balancer a hostname and no targets', async () => {
    expect(result.workloads).toMatchObject([{ name: 'nginx-fargate', ready: 2, compute: 'fargate' }])
    expect(result.loadBalancers).toMatchObject([{ healthyTargets: 0, httpStatus: 0 }])
    const hostname = result.loadBalancers[0]!.hostname
    expect(hostname).toMatch(/^k8s-nginxfar-servicen-\w+-\w+\.elb\.ap-southeast-1\.localhost$/)
    const { group, targets } = await targetsOf(hostname)
    expect(group).toMatchObject({ TargetType: 'instance', Protocol: 'TCP' })
    expect(targets).toEqual([])
  })

  // The real controller leaves Fargate nodes out of instance targets without an error or a warning (its issue #2133).
  it('says nothing about it in events', async () => {
    const events = await kubectl(
      'fargate-only',
      'get',
      'events',
      '-n',
      'nginx-fargate',
      '--field-selector',
      'involvedObject.kind=Service',
      '-o',
      'jsonpath={range .items[*]}{.type} {.reason}{"\\n"}{end}',
    )
    expect(events).toBe('Normal SuccessfullyReconciled\n')
    const service = await kubectl('fargate-only', 'get', 'svc', '-n', 'nginx-fargate')
    expect(service).toContain(result.loadBalancers[0]!.hostname)
  })

  it('runs every pod on a node of its own, marked as Fargate', async () => {
    const nodes = await kubectl('fargate-only', 'get', 'nodes', '-L', 'eks.amazonaws.com/compute-type')
    const rows = nodes.trim().split('\n').slice(1)
    expect(rows.length).toBeGreaterThanOrEqual(4)
    for (const row of rows) expect(row).toMatch(/^fargate-ip-\S+\s.*\sfargate$/)
  })
})

describe('with --force, beside an EC2 node group', () => {
  // As on AWS: the node port of any EC2 node leads to the pods, wherever they run; Fargate nodes stay left out.
  it('registers the EC2 nodes by their node port, and the URL answers', async () => {
    const result = await force(mixed)
    const balancer = result.loadBalancers.find(({ service }) => service === 'service-nginx-fargate')!
    expect(balancer).toMatchObject({ healthyTargets: 2, httpStatus: 200 })
    const { group, targets } = await targetsOf(balancer.hostname)
    expect(group.TargetType).toBe('instance')
    const nodePort = Number(
      await kubectl(
        'eksworkshop',
        'get',
        'svc',
        '-n',
        'nginx-fargate',
        'service-nginx-fargate',
        '-o',
        'jsonpath={.spec.ports[0].nodePort}',
      ),
    )
    const providers = await kubectl(
      'eksworkshop',
      'get',
      'nodes',
      '-l',
      'eks.amazonaws.com/compute-type!=fargate',
      '-o',
      'jsonpath={range .items[*]}{.spec.providerID}{"\\n"}{end}',
    )
    const instances = providers
      .trim()
      .split('\n')
      .map((id) => id.split('/').at(-1))
    expect(instances).toHaveLength(2)
    expect(new Set(targets.map(({ Target }) => Target?.Id))).toEqual(new Set(instances))
    for (const { Target, TargetHealth } of targets) {
      expect(Target?.Port).toBe(nodePort)
      expect(TargetHealth).toMatchObject({ State: 'healthy' })
    }
  }, 60_000)
})
