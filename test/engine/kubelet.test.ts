// What a node does to real processes: it evicts them, gives them more, shares itself with them, and its security groups
// hold them.
import { execFileSync } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'

import {
  AuthorizeSecurityGroupIngressCommand,
  CreateSecurityGroupCommand,
  DescribeNetworkInterfacesCommand,
  EC2Client,
  RevokeSecurityGroupIngressCommand,
} from '@aws-sdk/client-ec2'
import { DescribeClusterCommand, EKSClient } from '@aws-sdk/client-eks'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import type { OwnEngine } from '../../src/runtime/engine/testing/own-engine.ts'
import { BUSYBOX, EngineRegion, NODE, openEngine, until } from '../support/engine-region.ts'
import { freePort } from '../support/free-port.ts'
import { startRegistry, type Registry } from '../support/registry.ts'

const CLUSTER = `apiVersion: eksctl.io/v1alpha5
kind: ClusterConfig
metadata: { name: nodes, region: eu-west-1, version: "1.35" }
addons:
  - { name: metrics-server }
  - { name: vpc-cni, configurationValues: '{"env": {"ENABLE_POD_ENI": "true"}}' }
managedNodeGroups:
  - { name: ng, instanceType: m5.large, desiredCapacity: 1, minSize: 1, maxSize: 1 }
iam:
  withOIDC: true
  serviceAccounts:
    - metadata: { name: reader, namespace: default }
      attachPolicyARNs: ["arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"]
fargateProfiles:
  - { name: fp, selectors: [{ namespace: serverless }] }
`

const region = new EngineRegion()
let engine: OwnEngine
let registry: Registry

beforeAll(async () => {
  const port = await freePort()
  engine = await openEngine(`127.0.0.1:${port}`)
  registry = await startRegistry(port)
  // What `docker login` leaves, for one folder of the registry.
  const auth = Buffer.from(`${registry.user}:${registry.password}`).toString('base64')
  region.file('config.json', JSON.stringify({ auths: { [`${registry.host}/machine`]: { auth } } }))
  process.env['DOCKER_CONFIG'] = region.scratch
  await region.up(CLUSTER)
  await region.kubectl('create', 'namespace', 'serverless')
  // It takes its time, while the others are looked at.
  await region.apply(burner())
}, 120_000)

afterAll(async () => {
  await region.close()
  await engine.close()
  registry.close()
}, 60_000)

interface PodOptions {
  readonly namespace?: string
  readonly container?: object
  readonly spec?: object
}

function pod(name: string, script: string, { namespace, container, spec }: PodOptions = {}): object {
  const main = { name: 'main', image: BUSYBOX, command: ['sh', '-c', script], ...container }
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: namespace ?? 'default' },
    spec: { terminationGracePeriodSeconds: 1, containers: [main], ...spec },
  }
}

/** A program that burns what it may until it is told to rest, and who scales it. */
function burner(): readonly object[] {
  const metadata = { name: 'burner', namespace: 'burning' }
  const labels = { app: 'burner' }
  const script =
    'while true; do if [ -e /tmp/rest ]; then sleep 1; else i=0; while [ $i -lt 9999 ]; do i=$((i+1)); done; fi; done'
  const resources = { requests: { cpu: '20m' }, limits: { cpu: '50m' } }
  const container = { name: 'main', image: BUSYBOX, command: ['sh', '-c', script], resources }
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'burning' } },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata,
      spec: {
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: { terminationGracePeriodSeconds: 1, containers: [container] },
        },
      },
    },
    {
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata,
      spec: {
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'burner' },
        maxReplicas: 2,
        metrics: [
          {
            type: 'Resource',
            resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 60 } },
          },
        ],
        behavior: { scaleDown: { stabilizationWindowSeconds: 0 } },
      },
    },
  ]
}

/** Clients of the region's API. */
async function awsSettings(): Promise<{
  endpoint: string
  region: string
  credentials: { readonly accessKeyId: string; readonly secretAccessKey: string }
}> {
  const variables = await region.playground.clientEnvironment()
  const credentials = {
    accessKeyId: variables['AWS_ACCESS_KEY_ID'] ?? '',
    secretAccessKey: variables['AWS_SECRET_ACCESS_KEY'] ?? '',
  }
  return { endpoint: variables['AWS_ENDPOINT_URL'] ?? '', region: 'eu-west-1', credentials }
}

async function vpcOfCluster(eks: EKSClient): Promise<{ vpcId: string; groupId: string }> {
  const { cluster } = await eks.send(new DescribeClusterCommand({ name: 'nodes' }))
  const { vpcId = '', clusterSecurityGroupId: groupId = '' } = cluster?.resourcesVpcConfig ?? {}
  return { vpcId, groupId }
}

async function read(name: string, path: string, namespace = 'default'): Promise<string> {
  return await region.kubectl('get', 'pod', name, '-n', namespace, '-o', `jsonpath={${path}}`)
}

async function inPod(name: string, script: string, namespace = 'default'): Promise<string> {
  return (await region.tryKubectl('exec', '-n', namespace, name, '--', 'sh', '-c', script)).stdout
}

describe('a kubelet', () => {
  it('evicts pods that have more on disk than they may', async () => {
    const fill = 'head -c 8388608 /dev/zero > $0; exec sleep 600'
    await region.apply([
      pod('volume', '', {
        container: {
          command: ['sh', '-c', fill, '/scratch/file'],
          volumeMounts: [{ name: 'scratch', mountPath: '/scratch' }],
        },
        spec: { volumes: [{ name: 'scratch', emptyDir: { sizeLimit: '4Mi' } }] },
      }),
      pod('layer', '', {
        container: {
          command: ['sh', '-c', fill, '/file'],
          resources: { limits: { 'ephemeral-storage': '4Mi' } },
        },
      }),
    ])
    const messages = async (): Promise<string[]> =>
      await Promise.all(['volume', 'layer'].map((name) => read(name, '.status.message')))
    await until('both are evicted', async () => (await messages()).every(Boolean))
    expect(await messages()).toEqual([
      'Usage of EmptyDir volume "scratch" exceeds the limit "4Mi". ',
      'Pod ephemeral local storage usage exceeds the total limit of containers 4Mi. ',
    ])
    expect(await read('layer', '.status.reason')).toBe('Evicted')
    await region.kubectl('delete', 'pod', 'volume', 'layer', '--wait=false')
  }, 60_000)

  it('gives a volume in memory no more than its size, and takes it away with its pod', async () => {
    await region.apply([
      pod('memory', 'exec sleep 600', {
        container: { volumeMounts: [{ name: 'scratch', mountPath: '/scratch' }] },
        spec: { volumes: [{ name: 'scratch', emptyDir: { medium: 'Memory', sizeLimit: '4Mi' } }] },
      }),
    ])
    await region.kubectl('wait', '--for=condition=Ready', 'pod/memory', '--timeout=20s')
    const uid = await read('memory', '.metadata.uid')
    const isMounted = (): boolean => readFileSync('/proc/self/mounts', 'utf8').includes(uid)
    expect(isMounted()).toBe(true)
    const fill = 'head -c 8388608 /dev/zero > /scratch/file; stat -c %s /scratch/file'
    expect(await inPod('memory', fill)).toBe(`${4 * 1024 ** 2}\n`)
    await region.kubectl('delete', 'pod', 'memory')
    await until('its memory is free', async () => !isMounted())
  })

  it('gives a container more of the machine without starting it anew', async () => {
    const resources = { requests: { cpu: '100m' }, limits: { cpu: '200m', memory: '32Mi' } }
    await region.apply([pod('grows', 'trap exit TERM; sleep 600 & wait', { container: { resources } })])
    await region.kubectl('wait', '--for=condition=Ready', 'pod/grows', '--timeout=20s')
    const larger = { cpu: '400m', memory: '64Mi' }
    const patch = { spec: { containers: [{ name: 'main', resources: { limits: larger } }] } }
    await region.kubectl('patch', 'pod', 'grows', '--subresource=resize', '-p', JSON.stringify(patch))
    const shown = '.status.containerStatuses[0].resources.limits.memory'
    await until('it is carried out', async () => (await read('grows', shown)) === '64Mi')
    expect(await read('grows', '.status.containerStatuses[0].restartCount')).toBe('0')
    const [id = ''] = (await read('grows', '.status.containerStatuses[0].containerID')).split('//').slice(1)
    const find = `find /sys/fs/cgroup -path '*${id}*' \\( -name memory.max -o -name memory.limit_in_bytes \\)`
    const limit = execFileSync('sh', ['-c', `cat $(${find} | head -1)`], { encoding: 'utf8' })
    expect(limit.trim()).toBe(String(64 * 1024 ** 2))
    await region.kubectl('delete', 'pod', 'grows', '--wait=false')
  })

  it('shares its processes and shared memory with pods that ask for the host’s, and with no others', async () => {
    const forever = (mark: string): string => `trap exit TERM; sleep ${mark} & wait`
    await region.apply([
      pod('host-a', forever('4001'), { spec: { hostPID: true, hostIPC: true } }),
      pod('host-b', forever('4002'), { spec: { hostPID: true, hostIPC: true } }),
      pod('alone', forever('4003')),
    ])
    await region.kubectl('wait', '--for=condition=Ready', 'pod', '--all', '--timeout=20s')
    const seen = await inPod('host-b', 'ps -o args')
    expect(seen).toContain('sleep 4001')
    expect(seen).not.toContain('sleep 4003')
    // Nothing of this machine.
    expect(seen).not.toContain('vitest')
    const spaces = await Promise.all(
      ['host-a', 'host-b', 'alone'].map((name) => inPod(name, 'stat -Lc %i /proc/self/ns/ipc')),
    )
    expect(spaces[0]).toBe(spaces[1])
    expect(spaces[2]).not.toBe(spaces[1])
    await region.kubectl('delete', 'pod', 'host-a', 'host-b', 'alone', '--wait=false')
  })
})

describe('a private registry', () => {
  const forever = ['sh', '-c', 'trap exit TERM; sleep 600 & wait']
  const pulled = (name: string, path: string, spec: object = {}, policy = 'IfNotPresent'): object => {
    const image = `${registry.host}/${path}`
    return pod(name, '', { container: { image, command: forever, imagePullPolicy: policy }, spec })
  }
  const reason = '.status.containerStatuses[0].state.waiting.reason'
  const events = async (name: string): Promise<string> =>
    await region.kubectl(
      'get',
      'events',
      '--field-selector',
      `involvedObject.name=${name}`,
      '-o',
      'jsonpath={range .items[*]}{.type} {.reason} {.message}{"\\n"}{end}',
    )

  it('gives images to pods that have its keys, and says why it gives none to others', async () => {
    for (const name of ['team/web:1', 'machine/web:1']) await registry.push(engine.api, BUSYBOX, name)
    const secret = (name: string, password: string): Promise<string> =>
      region.kubectl(
        'create',
        'secret',
        'docker-registry',
        name,
        `--docker-server=${registry.host}`,
        `--docker-username=${registry.user}`,
        `--docker-password=${password}`,
      )
    await secret('key', registry.password)
    await secret('wrong', 'wrong')
    await region.kubectl('create', 'serviceaccount', 'puller')
    const patch = JSON.stringify({ imagePullSecrets: [{ name: 'key' }] })
    await region.kubectl('patch', 'serviceaccount', 'puller', '-p', patch)
    const withKey = { imagePullSecrets: [{ name: 'key' }] }
    await region.apply([
      pulled('never', 'team/never:1', withKey, 'Never'),
      pulled('refused', 'team/web:1', { imagePullSecrets: [{ name: 'wrong' }] }, 'Always'),
      pulled('unknown', 'team/web:2', withKey),
      pulled('of-account', 'team/web:1', { serviceAccountName: 'puller' }, 'Always'),
      pulled('of-machine', 'machine/web:1'),
    ])
    await region.kubectl('wait', '--for=condition=Ready', 'pod/of-account', 'pod/of-machine', '--timeout=40s')
    // What they wait for changes to and fro.
    await until('they wait', async () => {
      const all = await Promise.all(['never', 'refused', 'unknown'].map(events))
      return all.every((text) => /Error: (ImagePullBackOff|ErrImageNeverPull)\n/.test(text))
    })
    expect(await read('never', reason)).toBe('ErrImageNeverPull')
    expect(await events('of-account')).toContain(`Normal Pulled Successfully pulled image "${registry.host}/`)
    expect(await events('unknown')).toContain('manifest unknown')
    const image = `${registry.host}/team/web:1`
    const said = await events('refused')
    expect(said).toContain(`Normal Pulling Pulling image "${image}"`)
    expect(said).toMatch(new RegExp(`Warning Failed Failed to pull image "${image}": .*unauthorized`))
    expect(said).toContain('Warning Failed Error: ErrImagePull\n')
    expect(said).toContain(`Normal BackOff Back-off pulling image "${image}"\n`)
    expect(said).toContain('Warning Failed Error: ImagePullBackOff\n')
    await region.kubectl('delete', 'pod', '--all', '--wait=false')
  }, 90_000)
})

describe('the log of a container', () => {
  it('is followed through its rotation, and does not grow without end', async () => {
    const lines = 90_000
    const write = `busybox awk 'BEGIN { for (i = 0; i < ${lines}; i++) printf "%0150d\\n", i }'`
    const script = `echo begin; until [ -e /tmp/go ]; do sleep 1; done; ${write}`
    await region.apply([pod('talks', script, { spec: { restartPolicy: 'Never' } })])
    await until('it runs', async () => (await read('talks', '.status.phase')) === 'Running')
    const go = (): Promise<string> => region.kubectl('exec', 'talks', '--', 'touch', '/tmp/go')
    const [, ...followed] = (await region.followKubectl(go, 'logs', '-f', 'talks')).trimEnd().split('\n')
    expect(followed).toHaveLength(lines)
    expect(followed.findIndex((line, index) => Number(line) !== index)).toBe(-1)
    const [id = ''] = (await read('talks', '.status.containerStatuses[0].containerID')).split('//').slice(1)
    const { LogPath } = await engine.api.json<{ LogPath: string }>('GET', `/containers/${id}/json`)
    expect(statSync(LogPath).size).toBeLessThan(10 * 1024 ** 2)
    const last = (lines - 1).toString().padStart(150, '0')
    expect(await region.kubectl('logs', 'talks', '--tail=1')).toBe(`${last}\n`)
    await region.kubectl('delete', 'pod', 'talks', '--wait=false')
  }, 60_000)
})

describe('security groups', () => {
  const serve = 'echo here > /www/index.html; exec httpd -f -p 80 -h /www'

  it('part Fargate from EC2 nodes once their rule is gone', async () => {
    await region.apply([pod('on-node', serve), pod('micro', serve, { namespace: 'serverless' })])
    await region.kubectl('wait', '--for=condition=Ready', 'pod/on-node', '--timeout=20s')
    await region.kubectl('wait', '-n', 'serverless', '--for=condition=Ready', 'pod/micro', '--timeout=40s')
    const ip = await read('micro', '.status.podIP', 'serverless')
    const ask = async (): Promise<boolean> =>
      (await inPod('on-node', `printf 'GET / HTTP/1.0\\r\\n\\r\\n' | nc -w 2 ${ip} 80`)).includes('here')
    expect(await ask()).toBe(true)
    expect(await inPod('micro', 'nslookup kubernetes.default.svc.cluster.local', 'serverless')).toContain(
      '10.100.0.1',
    )
    const settings = await awsSettings()
    const { groupId: GroupId } = await vpcOfCluster(new EKSClient(settings))
    const rule = { GroupId, IpPermissions: [{ IpProtocol: '-1', UserIdGroupPairs: [{ GroupId }] }] }
    const ec2 = new EC2Client(settings)
    await ec2.send(new RevokeSecurityGroupIngressCommand(rule))
    await until('nothing comes through', async () => !(await ask()))
    await ec2.send(new AuthorizeSecurityGroupIngressCommand(rule))
    await until('it comes through again', ask)
  }, 60_000)
})

describe('a SecurityGroupPolicy', () => {
  it('gives a pod a branch interface, whose groups alone say who reaches it', async () => {
    const settings = await awsSettings()
    const ec2 = new EC2Client(settings)
    const { vpcId: VpcId, groupId: ofNodes } = await vpcOfCluster(new EKSClient(settings))
    const { GroupId = '' } = await ec2.send(
      new CreateSecurityGroupCommand({ GroupName: 'guarded', Description: 'guarded', VpcId }),
    )
    const guarded = pod('guarded', 'echo here > /www/index.html; exec httpd -f -p 80 -h /www')
    await region.apply([
      {
        apiVersion: 'vpcresources.k8s.aws/v1beta1',
        kind: 'SecurityGroupPolicy',
        metadata: { name: 'guarded', namespace: 'default' },
        spec: { podSelector: { matchLabels: { app: 'guarded' } }, securityGroups: { groupIds: [GroupId] } },
      },
      { ...guarded, metadata: { name: 'guarded', namespace: 'default', labels: { app: 'guarded' } } },
      pod('asks', 'trap exit TERM; sleep 600 & wait'),
    ])
    await region.kubectl('wait', '--for=condition=Ready', 'pod/guarded', 'pod/asks', '--timeout=40s')
    const ip = await read('guarded', '.status.podIP')
    const annotation = await read('guarded', '.metadata.annotations.vpc\\.amazonaws\\.com/pod-eni')
    const [branch] = JSON.parse(annotation) as [{ readonly eniId: string; readonly privateIp: string }]
    expect(branch.privateIp).toBe(ip)
    const { NetworkInterfaces: [eni] = [] } = await ec2.send(
      new DescribeNetworkInterfacesCommand({ NetworkInterfaceIds: [branch.eniId] }),
    )
    expect(eni).toMatchObject({ InterfaceType: 'branch', Groups: [{ GroupId }] })
    const ask = async (): Promise<boolean> =>
      (await inPod('asks', `printf 'GET / HTTP/1.0\\r\\n\\r\\n' | nc -w 1 ${ip} 80`)).includes('here')
    expect(await ask()).toBe(false)
    const IpPermissions = [
      { IpProtocol: 'tcp', FromPort: 80, ToPort: 80, UserIdGroupPairs: [{ GroupId: ofNodes }] },
    ]
    await ec2.send(new AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions }))
    await until('its group lets the others in', ask)
    await region.kubectl('delete', 'pod', 'guarded', 'asks', '--wait=false')
  }, 60_000)
})

describe('a program with the AWS SDK', () => {
  it('has the role of its service account', async () => {
    const program = `
      const { STSClient, GetCallerIdentityCommand } = require('@aws-sdk/client-sts')
      const { defaultProvider } = require('@aws-sdk/credential-provider-node')
      new STSClient({ credentials: defaultProvider() }).send(new GetCallerIdentityCommand({}))
        .then(({ Arn }) => console.log(Arn), (error) => console.log(String(error)))`
    const container = { image: NODE, command: ['/bin/node', '-e', program] }
    await region.apply([
      pod('irsa', '', { container, spec: { restartPolicy: 'Never', serviceAccountName: 'reader' } }),
    ])
    await until('it has ended', async () => (await read('irsa', '.status.phase')) === 'Succeeded')
    expect(await region.kubectl('logs', 'irsa')).toMatch(
      /^arn:aws:sts::\d+:assumed-role\/eksctl-nodes-addon-iamserviceaccount-[^/]+\/aws-sdk-js-/,
    )
    await region.kubectl('delete', 'pod', 'irsa', '--wait=false')
  }, 60_000)
})

// An autoscaler looks every fifteen seconds, at what was measured before.
const SCALED_MS = 90_000

describe('a HorizontalPodAutoscaler', () => {
  it('follows what real processes use', async () => {
    const inNamespace = ['-n', 'burning'] as const
    const replicas = async (): Promise<string> =>
      await region.kubectl(
        ...inNamespace,
        'get',
        'deploy',
        'burner',
        '-o',
        'jsonpath={.status.readyReplicas}',
      )
    await until('there is a second one', async () => (await replicas()) === '2', SCALED_MS)
    const used = async (): Promise<number> => {
      const rows = (await region.kubectl(...inNamespace, 'top', 'pods', '--no-headers')).trim().split('\n')
      return Math.max(...rows.map((row) => Number.parseInt(row.split(/\s+/)[1] ?? '', 10)))
    }
    await until('top shows what it uses', async () => (await used()) > 10)
    const pods = await region.kubectl(...inNamespace, 'get', 'pods', '-o', 'name')
    for (const each of pods.trim().split('\n')) {
      await region.kubectl(...inNamespace, 'exec', each, '--', 'touch', '/tmp/rest')
    }
    await until('one is enough', async () => (await replicas()) === '1', SCALED_MS)
  }, 240_000)
})
