import { spawnSync } from 'node:child_process'

import { describe, expect, it } from 'vitest'

import type { ClusterConfig } from '../config/cluster-config.ts'
import { exportFiles } from './export.ts'

const config: ClusterConfig = {
  apiVersion: 'eksctl.io/v1alpha5',
  kind: 'ClusterConfig',
  metadata: { name: 'shop', region: 'eu-west-1', version: '1.35' },
  managedNodeGroups: [{ name: 'ng' }],
  fargateProfiles: [{ name: 'fp', selectors: [{ namespace: "o'neill" }] }],
}
const namespace = {
  object: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'web' } },
  source: 'x.yaml:1',
}

describe('exportFiles', () => {
  it('are the templates with their tags, the manifests, and the calls', () => {
    const files = exportFiles(config, [namespace])
    expect(Object.keys(files).toSorted()).toEqual([
      'cloudformation/eksctl-shop-cluster.json',
      'cloudformation/eksctl-shop-cluster.tags.json',
      'cloudformation/eksctl-shop-fargate.json',
      'cloudformation/eksctl-shop-fargate.tags.json',
      'cloudformation/eksctl-shop-nodegroup-ng.json',
      'cloudformation/eksctl-shop-nodegroup-ng.tags.json',
      'kubernetes/manifests.yaml',
      'steps.sh',
    ])
    expect(files['cloudformation/eksctl-shop-cluster.tags.json']).toContain('neargate.dev/project')
    expect(files['kubernetes/manifests.yaml']).toContain('kind: Namespace')
  })

  it('make the cluster before what imports from it, and profiles before applications', () => {
    const steps = exportFiles(config, [namespace])['steps.sh'] ?? ''
    const order = [
      'eksctl-shop-cluster.json',
      'vpc-cni',
      'nodegroup-ng.json',
      'create-fargate-profile',
      'kubectl apply',
    ]
    const places = order.map((text) => steps.indexOf(text))
    expect(places).not.toContain(-1)
    expect(places).toEqual(places.toSorted((a, b) => a - b))
  })

  it('turn the addresses of Windows pods on before their nodes come', () => {
    const windows = { ...config, nodeGroups: [{ name: 'win', amiFamily: 'WindowsServer2022FullContainer' }] }
    const steps = exportFiles(windows, [])['steps.sh'] ?? ''
    const order = [
      '--addon-name vpc-cni',
      'aws eks update-kubeconfig --name shop',
      `kubectl patch configmap amazon-vpc-cni --namespace kube-system --type merge --patch '{"data":{"enable-windows-ipam":"true"}}'`,
      'nodegroup-win.json',
    ]
    const places = order.map((text) => steps.indexOf(text))
    expect(places).not.toContain(-1)
    expect(places).toEqual(places.toSorted((a, b) => a - b))
  })

  it('are calls that a shell can read, whatever names hold', () => {
    const steps = exportFiles(config, [])['steps.sh'] ?? ''
    expect(spawnSync('bash', ['-n'], { input: steps, encoding: 'utf8' })).toMatchObject({
      status: 0,
      stderr: '',
    })
    expect(steps).not.toContain('kubectl')
  })

  it('say what has to be looked up first', () => {
    const vpc = {
      subnets: { private: { 'eu-west-1a': { id: 'subnet-1' }, 'eu-west-1b': { id: 'subnet-2' } } },
    }
    expect(exportFiles({ ...config, vpc }, [])['steps.sh']).toContain(
      '#   vpc-00000000000000000: the VPC of the subnets in vpc.subnets',
    )
  })
})
