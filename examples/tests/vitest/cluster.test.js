// A region of its own for these tests: in this process, in memory, gone with them.
import { DescribeFargateProfileCommand, EKSClient, ListClustersCommand } from '@aws-sdk/client-eks'
import { startRegion } from 'neargate'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'

const config = {
  apiVersion: 'eksctl.io/v1alpha5',
  kind: 'ClusterConfig',
  metadata: { name: 'shop', region: 'eu-west-1' },
  fargateProfiles: [{ name: 'web', selectors: [{ namespace: 'web' }] }],
}
const web = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'web' },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: 'web' } },
    template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'web', image: 'nginx' }] } },
  },
}
const files = { config, manifests: [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'web' } }, web] }

let region
beforeAll(async () => {
  region = await startRegion({ region: 'eu-west-1' })
})
afterAll(() => region.stop())
// Milliseconds: the next test begins with an empty region, at the same endpoint.
afterEach(() => region.reset())

test('plans where pods will land, before anything is made', async () => {
  const { workloads } = await region.plan(files)
  expect(workloads.map(({ compute }) => compute)).toEqual(['fargate'])
})

test('builds the cluster with its pods', async () => {
  const { workloads } = await region.up(files)
  expect(workloads).toMatchObject([{ name: 'web', ready: 2, compute: 'fargate' }])
  const { clusters } = await region.client(EKSClient).send(new ListClustersCommand({}))
  expect(clusters).toEqual(['shop'])
})

test('fails as AWS fails, on demand', async () => {
  await region.up(files)
  region.faults.set([{ operation: 'eks:DescribeFargateProfile', error: 'access-denied', times: 1 }])
  const profile = { clusterName: 'shop', fargateProfileName: 'web' }
  const ask = () => region.client(EKSClient).send(new DescribeFargateProfileCommand(profile))
  await expect(ask()).rejects.toMatchObject({ name: 'AccessDeniedException' })
  await expect(ask()).resolves.toMatchObject({ fargateProfile: { status: 'ACTIVE' } })
})
