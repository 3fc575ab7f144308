import { fileURLToPath } from 'node:url'

import {
  CloudFormationClient,
  CreateStackCommand,
  DescribeStacksCommand,
  ListStacksCommand,
} from '@aws-sdk/client-cloudformation'
import { CreateVpcCommand, EC2Client } from '@aws-sdk/client-ec2'
import { DescribeClusterCommand, EKSClient, ListClustersCommand } from '@aws-sdk/client-eks'
import { IAMClient, ListRolesCommand } from '@aws-sdk/client-iam'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { parse } from 'yaml'

import { startRegion, type Region } from './start-region.ts'

const workshop = fileURLToPath(new URL('../../examples/eks-workshop', import.meta.url))

const config = {
  apiVersion: 'eksctl.io/v1alpha5',
  kind: 'ClusterConfig',
  metadata: { name: 'shop', region: 'eu-west-1' },
  fargateProfiles: [{ name: 'web', selectors: [{ namespace: 'default' }] }],
}
const web = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web' },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: 'web' } },
    template: {
      metadata: { labels: { app: 'web' } },
      spec: { containers: [{ name: 'web', image: 'nginx', ports: [{ containerPort: 80 }] }] },
    },
  },
}

async function start(): Promise<Region> {
  const region = await startRegion({ region: 'eu-west-1' })
  onTestFinished(() => region.stop())
  return region
}

async function clustersOf(region: Region): Promise<readonly string[]> {
  const { clusters = [] } = await region.client(EKSClient).send(new ListClustersCommand({}))
  return clusters
}

describe('a region of a program', () => {
  it('says that a quota leaves no room for a cluster, before it makes anything', async () => {
    const region = await start()
    const ec2 = region.client(EC2Client)
    for (const block of [1, 2, 3, 4]) {
      await ec2.send(new CreateVpcCommand({ CidrBlock: `10.${block}.0.0/16` }))
    }
    await expect(region.up({ config, manifests: [web] })).rejects.toThrow(
      /nothing was made\n {2}VPCs: this takes 1, 5 there are, and the quota L-F678F1CE is 5\n/,
    )
    const { StackSummaries } = await region.client(CloudFormationClient).send(new ListStacksCommand({}))
    expect(StackSummaries).toEqual([])
  })

  it('plans paths and objects, and makes nothing', async () => {
    const region = await start()
    const { workloads, cost, problems } = await region.plan(workshop)
    expect(workloads.map(({ compute }) => compute)).toEqual(['ec2', 'fargate'])
    expect(cost.monthly).toBeGreaterThan(100)
    expect(problems).toEqual([])
    const planned = await region.plan({ config, manifests: [web] })
    expect(planned.workloads).toContainEqual(
      expect.objectContaining({ name: 'web', compute: 'fargate', replicas: 2 }),
    )
    expect(await clustersOf(region)).toEqual([])
  })

  it('builds what it is given, and gives the way to it', { timeout: 60_000 }, async () => {
    const region = await start()
    const { workloads } = await region.up({ config, manifests: [web] })
    expect(workloads).toContainEqual(
      expect.objectContaining({ name: 'web', ready: 2, desired: 2, compute: 'fargate' }),
    )
    expect(await clustersOf(region)).toEqual(['shop'])
    const { cluster } = await region.client(EKSClient).send(new DescribeClusterCommand({ name: 'shop' }))
    const kubeconfig = parse(await region.kubeconfig('shop')) as {
      clusters: [{ cluster: { server: string } }]
    }
    expect(kubeconfig.clusters[0].cluster.server).toBe(cluster?.endpoint)
    expect((await region.up({ config, manifests: [web] })).unchanged).toBe(true)

    const before = region.accountId
    await region.reset()
    expect(await clustersOf(region)).toEqual([])
    expect(region.accountId).toBe(before)
    const { Roles = [] } = await region.client(IAMClient).send(new ListRolesCommand({}))
    expect(Roles.filter(({ RoleName }) => RoleName?.startsWith('eksctl-'))).toEqual([])
    await expect(region.kubeconfig('shop')).rejects.toThrow('no cluster shop runs')
    expect((await region.up({ config })).unchanged).toBe(false)
  })

  it('refuses files with errors, all of them told, and those of another region', async () => {
    const region = await start()
    const wrong = { ...config, metadata: { name: 'shop', region: 'eu-west-1', versoin: '1.35' }, iam: 7 }
    await expect(region.up({ config: wrong })).rejects.toThrow(/config:\d+:\d+ .*versoin[\s\S]*config:\d+/)
    const elsewhere = { ...config, metadata: { name: 'shop', region: 'us-west-2' } }
    await expect(region.up({ config: elsewhere })).rejects.toMatchObject({
      message: 'the ClusterConfig is for us-west-2, this region is eu-west-1',
    })
  })

  it("passes AWS's waiting time when its clock is moved on", async () => {
    const region = await startRegion({ region: 'eu-west-1', pace: 'aws' })
    onTestFinished(() => region.stop())
    const cloudFormation = region.client(CloudFormationClient)
    const TemplateBody = JSON.stringify({
      Resources: { Group: { Type: 'AWS::Logs::LogGroup', Properties: { LogGroupName: 'a' } } },
    })
    await cloudFormation.send(new CreateStackCommand({ StackName: 'slow', TemplateBody }))
    const status = async (): Promise<string | undefined> =>
      (await cloudFormation.send(new DescribeStacksCommand({ StackName: 'slow' }))).Stacks?.[0]?.StackStatus
    expect(await status()).toBe('CREATE_IN_PROGRESS')
    await vi.waitFor(async () => {
      await region.clock.advance(60_000)
      expect(await status()).toBe('CREATE_COMPLETE')
    })
    expect(region.clock.now() - Date.now()).toBeGreaterThan(59_000)
  })
})
