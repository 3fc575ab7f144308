import { describe, expect, it } from 'vitest'

import { FakeClock } from '../base/testing/fake-clock.ts'
import type { ClusterConfig, FargateProfileConfig } from '../config/cluster-config.ts'
import { FakeClient } from '../kubernetes/client/testing/fake-client.ts'
import { deployments, pods } from '../kubernetes/client/resources.ts'
import { moveDnsToFargate, restartDns, wantsFargateDns } from './coredns.ts'

type ProfileSelector = NonNullable<FargateProfileConfig['selectors']>[number]

function withSelectors(...selectors: ProfileSelector[]): ClusterConfig {
  return {
    apiVersion: 'eksctl.io/v1alpha5',
    kind: 'ClusterConfig',
    metadata: { name: 'c', region: 'eu-west-1' },
    fargateProfiles: [{ name: 'fp', selectors }],
  }
}

describe('which profiles ask for CoreDNS', () => {
  it.each<[ProfileSelector, boolean]>([
    [{ namespace: 'kube-system' }, true],
    [{ namespace: 'kube-system', labels: { 'eks.amazonaws.com/component': 'coredns' } }, true],
    [{ namespace: 'kube-system', labels: { app: 'other' } }, false],
    // eksctl compares names: a pattern does not trigger it.
    [{ namespace: 'kube-*' }, false],
    [{ namespace: 'web' }, false],
  ])('%j: %s', (selector, expected) => {
    expect(wantsFargateDns(withSelectors({ namespace: 'default' }, selector))).toBe(expected)
  })
})

describe('moving CoreDNS', () => {
  it('changes the annotation of its pods once', async () => {
    const client = new FakeClient({ clock: new FakeClock() })
    await client.create(deployments, {
      metadata: { name: 'coredns', namespace: 'kube-system' },
      spec: {
        selector: { matchLabels: { app: 'dns' } },
        template: {
          metadata: { labels: { app: 'dns' }, annotations: { 'eks.amazonaws.com/compute-type': 'ec2' } },
          spec: { containers: [{ name: 'coredns' }] },
        },
      },
    })
    expect(await moveDnsToFargate(client)).toEqual({ outcome: 'updated' })
    const { spec } = await client.get(deployments, { namespace: 'kube-system', name: 'coredns' })
    expect(spec.template.metadata).toEqual({
      labels: { app: 'dns' },
      annotations: { 'eks.amazonaws.com/compute-type': 'fargate' },
    })
    expect(await moveDnsToFargate(client)).toEqual({ outcome: 'unchanged' })
  })
})

describe('CoreDNS whose add-on has been told', () => {
  const dns = { name: 'coredns', namespace: 'kube-system' }
  const started = async (schedulerName: string): Promise<FakeClient> => {
    const client = new FakeClient({ clock: new FakeClock() })
    await client.create(deployments, {
      metadata: dns,
      spec: {
        selector: { matchLabels: { 'k8s-app': 'kube-dns' } },
        template: {
          metadata: { labels: { 'k8s-app': 'kube-dns' } },
          spec: { containers: [{ name: 'coredns' }] },
        },
      },
    })
    client.seed(pods, {
      metadata: { name: 'coredns-1', namespace: 'kube-system', labels: { 'k8s-app': 'kube-dns' } },
      spec: { schedulerName, containers: [{ name: 'coredns' }] },
    } as never)
    return client
  }

  it('is restarted when its pods are older than the profile', async () => {
    const client = await started('default-scheduler')
    expect(await restartDns(client, '2026-01-01T00:00:00Z')).toMatchObject({ outcome: 'updated' })
    const { spec } = await client.get(deployments, dns)
    expect(spec.template.metadata?.annotations).toEqual({
      'kubectl.kubernetes.io/restartedAt': '2026-01-01T00:00:00Z',
    })
  })

  it('is left alone when they are on Fargate', async () => {
    const client = await started('fargate-scheduler')
    expect(await restartDns(client, '2026-01-01T00:00:00Z')).toMatchObject({ outcome: 'unchanged' })
  })
})
