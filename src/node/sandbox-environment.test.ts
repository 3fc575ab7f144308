import { describe, expect, it } from 'vitest'

import type { PodSpec } from '../../generated/kubernetes.d.ts'
import type { Machine } from './ports.ts'
import { NODE_HOSTS, sandboxEnvironment } from './sandbox-environment.ts'

const names = { cluster: '10.100.0.10', node: '10.0.0.2' }
// Of a machine nothing else is asked.
const machine = { hostname: 'ip-10-0-0-9', region: 'eu-west-1' } as Machine

function environment(spec: Partial<PodSpec> = {}): ReturnType<typeof sandboxEnvironment> {
  const metadata = { name: 'web-1', namespace: 'shop', uid: 'u', resourceVersion: '1', creationTimestamp: '' }
  const pod = { apiVersion: 'v1' as const, kind: 'Pod' as const, metadata, spec: { containers: [], ...spec } }
  return sandboxEnvironment(pod, '10.0.0.5', { machine, names })
}

const CLUSTER = `search shop.svc.cluster.local svc.cluster.local cluster.local eu-west-1.compute.internal
nameserver 10.100.0.10
options ndots:5
`
const NODE = `search eu-west-1.compute.internal
nameserver 10.0.0.2
`

describe('resolv.conf', () => {
  it.each<[string, Partial<PodSpec>, string]>([
    ['of a pod', {}, CLUSTER],
    ['on the network of a node', { hostNetwork: true }, NODE],
    [
      'that asks the cluster all the same',
      { hostNetwork: true, dnsPolicy: 'ClusterFirstWithHostNet' },
      CLUSTER,
    ],
    ['of the node', { dnsPolicy: 'Default' }, NODE],
    [
      'of its own',
      {
        dnsPolicy: 'None',
        dnsConfig: { nameservers: ['1.1.1.1'], searches: ['a.b'], options: [{ name: 'debug' }] },
      },
      'search a.b\nnameserver 1.1.1.1\noptions debug\n',
    ],
    [
      'with an option that replaces one',
      { dnsConfig: { options: [{ name: 'ndots', value: '2' }] } },
      CLUSTER.replace('ndots:5', 'ndots:2'),
    ],
  ])('%s', (_, spec, expected) => {
    expect(environment(spec).resolvConf).toBe(expected)
  })
})

describe('the name of a pod', () => {
  it('is in its hosts file, with its subdomain where it has one', () => {
    expect(environment().hosts).toContain('10.0.0.5\tweb-1\n')
    expect(environment({ hostname: 'db', subdomain: 'dbs' }).hosts).toContain(
      '10.0.0.5\tdb.dbs.shop.svc.cluster.local\tdb\n',
    )
  })

  it('is whole where it asks for that, and what it says where it says one itself', () => {
    const whole = { hostname: 'db', subdomain: 'dbs', setHostnameAsFQDN: true }
    expect(environment(whole).hostname).toBe('db.dbs.shop.svc.cluster.local')
    expect(environment({ setHostnameAsFQDN: true }).hostname).toBe('web-1')
    const own = environment({ ...whole, setHostnameAsFQDN: false, hostnameOverride: 'my.name' })
    expect(own.hostname).toBe('my.name')
    expect(own.hosts).toContain('10.0.0.5\tmy.name\n')
    const long = 'd'.repeat(63)
    expect(() => environment({ ...whole, hostname: long })).toThrow(
      `FQDN ${long}.dbs.shop.svc.cluster.local is too long (64 characters is the max, 90 characters requested)`,
    )
  })

  it('is that of its node on the network of its node', () => {
    expect(environment({ hostNetwork: true }).hostname).toBe('ip-10-0-0-9')
  })

  it('is the one of the node on its network', () => {
    expect(environment({ hostNetwork: true }).hosts).toBe(
      `# Kubernetes-managed hosts file (host network).\n${NODE_HOSTS}`,
    )
  })

  it('comes beside others that the pod asks for', () => {
    const hostAliases = [{ ip: '1.2.3.4', hostnames: ['a', 'b'] }]
    expect(environment({ hostAliases }).hosts).toContain('# Entries added by HostAliases.\n1.2.3.4\ta\tb\n')
  })
})
