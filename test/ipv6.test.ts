// A cluster of IPv6, from its config to load balancers that answer: what has which addresses, seen by the real kubectl.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { isIPv6 } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import {
  DescribeLoadBalancersCommand,
  DescribeTargetGroupsCommand,
  DescribeTargetHealthCommand,
  ElasticLoadBalancingV2Client,
} from '@aws-sdk/client-elastic-load-balancing-v2'
import { DescribeClusterCommand, EKSClient } from '@aws-sdk/client-eks'
import { expect, it, onTestFinished } from 'vitest'

import { addressRange } from '../src/base/address-range.ts'
import { startRegion } from '../src/library/start-region.ts'
import { run } from './support/program.ts'
import { realClient } from './support/real-clients.ts'

const CONTROLLER = {
  metadata: { name: 'aws-load-balancer-controller', namespace: 'kube-system' },
  wellKnownPolicies: { awsLoadBalancerController: true },
}
const config = {
  apiVersion: 'eksctl.io/v1alpha5',
  kind: 'ClusterConfig',
  metadata: { name: 'six', region: 'us-west-2' },
  kubernetesNetworkConfig: { ipFamily: 'IPv6' },
  addons: [{ name: 'vpc-cni' }, { name: 'coredns' }, { name: 'kube-proxy' }],
  iam: { withOIDC: true, serviceAccounts: [CONTROLLER] },
  managedNodeGroups: [{ name: 'nodes', desiredCapacity: 2 }],
  fargateProfiles: [{ name: 'fp', selectors: [{ namespace: 'serverless' }] }],
}
const PREFIX = 'service.beta.kubernetes.io/aws-load-balancer'

function web(namespace: string): object[] {
  const labels = { app: 'web' }
  const container = { name: 'web', image: 'nginx', ports: [{ containerPort: 80 }] }
  const readinessProbe = { httpGet: { path: '/', port: 80 } }
  return [
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web', namespace },
      spec: {
        replicas: 2,
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { containers: [{ ...container, readinessProbe }] } },
      },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: {
        name: 'web',
        namespace,
        annotations: {
          [`${PREFIX}-type`]: 'external',
          [`${PREFIX}-nlb-target-type`]: 'ip',
          [`${PREFIX}-scheme`]: 'internet-facing',
          [`${PREFIX}-ip-address-type`]: 'dualstack',
        },
      },
      spec: { type: 'LoadBalancer', selector: labels, ports: [{ port: 80 }] },
    },
  ]
}

const serverless = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'serverless' } }

interface Item {
  readonly spec: { readonly clusterIP?: string; readonly hostNetwork?: boolean }
  readonly status: {
    readonly podIP?: string
    readonly hostIP?: string
    readonly addresses?: readonly { readonly type: string; readonly address: string }[]
  }
}

it('gives IPv6 addresses to nodes, pods, Services and targets', { timeout: 180_000 }, async () => {
  await using region = await startRegion({ region: 'us-west-2' })
  const manifests = [serverless, ...web('default'), ...web('serverless')]
  const { loadBalancers } = await region.up({ config, manifests })
  const { cluster } = await region.client(EKSClient).send(new DescribeClusterCommand({ name: 'six' }))
  const { serviceIpv4Cidr, serviceIpv6Cidr = '', ipFamily } = cluster?.kubernetesNetworkConfig ?? {}
  expect({ ipFamily, serviceIpv4Cidr }).toEqual({ ipFamily: 'ipv6', serviceIpv4Cidr: undefined })

  const directory = mkdtempSync(join(tmpdir(), 'neargate-test-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  const path = join(directory, 'kubeconfig')
  writeFileSync(path, await region.kubeconfig('six'))
  const list = async (...args: string[]): Promise<readonly Item[]> => {
    const env = { ...process.env, ...region.env, KUBECONFIG: path }
    const { stdout, stderr } = await run(realClient('kubectl'), ['get', ...args, '-o', 'json'], env)
    expect(stderr).toBe('')
    // Lists of Kubernetes, by its own definition.
    return (JSON.parse(stdout) as { readonly items: readonly Item[] }).items
  }
  const nodeIps = (await list('nodes')).map(
    ({ status }) => status.addresses?.find(({ type }) => type === 'InternalIP')?.address ?? '',
  )
  expect(nodeIps).toHaveLength(4)
  const pods = await list('pods', '-A')
  const podIps = pods.map(({ status }) => status.podIP ?? '')
  expect([...nodeIps, ...podIps].filter((ip) => !isIPv6(ip))).toEqual([])
  expect(new Set(pods.map(({ status }) => status.hostIP))).toEqual(new Set(nodeIps))
  const range = addressRange(serviceIpv6Cidr)
  for (const { spec } of await list('services', '-A'))
    expect(range.indexOf(spec.clusterIP ?? '')).toBeGreaterThan(0)

  // The balancer is dual-stack, reaches pods by IPv6, and answers clients that come by IPv4.
  const elb = region.client(ElasticLoadBalancingV2Client)
  const { LoadBalancers = [] } = await elb.send(new DescribeLoadBalancersCommand({}))
  expect(LoadBalancers.map(({ IpAddressType }) => IpAddressType)).toEqual(['dualstack', 'dualstack'])
  const { TargetGroups = [] } = await elb.send(new DescribeTargetGroupsCommand({}))
  for (const { TargetGroupArn, IpAddressType } of TargetGroups) {
    expect(IpAddressType).toBe('ipv6')
    const { TargetHealthDescriptions = [] } = await elb.send(
      new DescribeTargetHealthCommand({ TargetGroupArn }),
    )
    expect(TargetHealthDescriptions).toHaveLength(2)
    for (const { Target } of TargetHealthDescriptions) expect(podIps).toContain(Target?.Id)
  }
  expect(loadBalancers).toMatchObject([1, 2].map(() => ({ healthyTargets: 2, httpStatus: 200 })))
})
