// What people run in a cluster, in real containers: a webhook, an update under load, a database with its volume.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { createAuthority, issueServerCertificate } from '../../src/base/certificate-authority.ts'
import { randomIds } from '../../src/base/ids.ts'
import { systemClock } from '../../src/base/clock.ts'
import type { OwnEngine } from '../../src/runtime/engine/testing/own-engine.ts'
import { BUSYBOX, EngineRegion, NGINX, NODE, openEngine, until } from '../support/engine-region.ts'

// Both nodes are in one zone, where a volume can go from one to the other.
const CLUSTER = `apiVersion: eksctl.io/v1alpha5
kind: ClusterConfig
metadata: { name: workloads, region: eu-west-1, version: "1.35" }
availabilityZones: [eu-west-1a, eu-west-1b]
addons:
  - { name: aws-ebs-csi-driver }
managedNodeGroups:
  - name: ng
    instanceType: t3.xlarge
    desiredCapacity: 2
    minSize: 2
    maxSize: 2
    availabilityZones: [eu-west-1a]
    iam: { withAddonPolicies: { ebs: true } }
`

const region = new EngineRegion()
let engine: OwnEngine

beforeAll(async () => {
  engine = await openEngine()
  await region.up(CLUSTER)
}, 120_000)

afterAll(async () => {
  await region.close()
  await engine.close()
}, 60_000)

interface Workload {
  readonly name: string
  readonly replicas?: number
  readonly container: object
  readonly spec?: object
}

function deployment({ name, replicas = 1, container, spec = {} }: Workload): object {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: { ...spec, containers: [{ name: 'main', ...container }] },
      },
    },
  }
}

function service(name: string, port: number): object {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name },
    spec: { selector: { app: name }, ports: [{ port, targetPort: port }] },
  }
}

// As controllers do, it takes a lease by the API, and serves once it has it. Names that begin with `no-` are refused.
const WEBHOOK = `
const { createServer, request } = require('node:https')
const { readFileSync } = require('node:fs')
const read = (name) => readFileSync('/certificate/' + name)
const account = (name) => readFileSync('/var/run/secrets/kubernetes.io/serviceaccount/' + name)
const lease = (done) => {
  const headers = { authorization: 'Bearer ' + account('token'), 'content-type': 'application/json' }
  const path = '/apis/coordination.k8s.io/v1/namespaces/' + account('namespace') + '/leases'
  const place = { host: process.env.KUBERNETES_SERVICE_HOST, port: process.env.KUBERNETES_SERVICE_PORT, path }
  const metadata = { name: 'guard' }
  request({ ...place, method: 'POST', ca: account('ca.crt'), headers }, ({ statusCode }) => {
    console.log('lease', statusCode)
    done()
  }).end(JSON.stringify({ metadata, spec: { holderIdentity: process.env.HOSTNAME } }))
}
const server = createServer({ cert: read('tls.crt'), key: read('tls.key') }, (request, response) => {
  let text = ''
  request.on('data', (chunk) => (text += chunk))
  request.on('end', () => {
    const { uid, object } = JSON.parse(text).request
    const allowed = !object.metadata.name.startsWith('no-')
    const status = { message: 'names must not begin with no-', code: 403 }
    const answer = { uid, allowed, ...(allowed ? {} : { status }) }
    console.log(object.metadata.name, allowed)
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response: answer }))
  })
})
lease(() => server.listen(8443, () => console.log('listening')))
process.once('SIGTERM', () => process.exit(0))
`

/** The rights of a controller that elects its leader. */
function leaser(name: string): readonly object[] {
  const metadata = { name, namespace: 'default' }
  const rules = [{ apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['create'] }]
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata },
    { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', metadata, rules },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata,
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name },
      subjects: [{ kind: 'ServiceAccount', name, namespace: 'default' }],
    },
  ]
}

describe('a controller in a pod', () => {
  it('speaks to the API as its account, is asked through its Service, and its word counts', async () => {
    const sources = { clock: systemClock, ids: randomIds }
    const authority = await createAuthority('webhook', sources)
    const { cert, key } = await issueServerCertificate(authority, ['guard.default.svc'], sources)
    await region.apply([
      ...leaser('guard'),
      {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 'guard' },
        type: 'kubernetes.io/tls',
        stringData: { 'tls.crt': cert, 'tls.key': key },
      },
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'guard' }, data: { 'main.js': WEBHOOK } },
      deployment({
        name: 'guard',
        container: {
          image: NODE,
          args: ['/program/main.js'],
          readinessProbe: { tcpSocket: { port: 8443 }, periodSeconds: 1 },
          volumeMounts: [
            { name: 'program', mountPath: '/program' },
            { name: 'certificate', mountPath: '/certificate' },
          ],
        },
        spec: {
          serviceAccountName: 'guard',
          securityContext: { runAsUser: 1000, fsGroup: 1000 },
          volumes: [
            { name: 'program', configMap: { name: 'guard' } },
            { name: 'certificate', secret: { secretName: 'guard' } },
          ],
        },
      }),
      service('guard', 8443),
    ])
    await region.kubectl('rollout', 'status', 'deploy/guard', '--timeout=40s')
    const holder = await region.kubectl('get', 'lease', 'guard', '-o', 'jsonpath={.spec.holderIdentity}')
    expect(holder).toMatch(/^guard-/)
    await region.apply([
      {
        apiVersion: 'admissionregistration.k8s.io/v1',
        kind: 'ValidatingWebhookConfiguration',
        metadata: { name: 'guard' },
        webhooks: [
          {
            name: 'guard.example.com',
            admissionReviewVersions: ['v1'],
            sideEffects: 'None',
            failurePolicy: 'Fail',
            clientConfig: {
              caBundle: Buffer.from(authority.cert).toString('base64'),
              service: { namespace: 'default', name: 'guard', port: 8443 },
            },
            rules: [
              { apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'], operations: ['CREATE'] },
            ],
          },
        ],
      },
    ])
    const refused = await region.tryKubectl('create', 'configmap', 'no-thanks')
    expect(refused.status).toBe(1)
    expect(refused.stderr).toContain(
      'admission webhook "guard.example.com" denied the request: names must not begin with no-',
    )
    await region.kubectl('create', 'configmap', 'welcome')
    expect(await region.kubectl('logs', 'deploy/guard')).toContain('no-thanks false\nwelcome true\n')
    await region.kubectl('scale', 'deploy/guard', '--replicas=0')
    await region.kubectl('wait', '--for=delete', 'pod', '-l', 'app=guard', '--timeout=40s')
    const { stderr } = await region.tryKubectl('create', 'configmap', 'unheard')
    expect(stderr).toContain('failed calling webhook "guard.example.com"')
    await region.kubectl('delete', 'validatingwebhookconfiguration/guard', 'deploy/guard', 'service/guard')
  })
})

// A request after the other, each on a connection of its own, from four clients at once; SIGTERM ends it.
const LOAD = `
const { get } = require('node:http')
let done = 0, failed = 0, ends = false
const versions = {}
const one = () => new Promise((resolve) => {
  const request = get({ host: 'web', agent: false, timeout: 2000 }, (response) => {
    versions[response.headers['x-version']] = (versions[response.headers['x-version']] ?? 0) + 1
    response.resume().on('end', () => resolve(response.statusCode === 200 ? '' : response.statusCode))
  })
  request.on('timeout', () => request.destroy(new Error('timeout')))
  request.on('error', (error) => resolve(error.message))
})
const client = async () => {
  while (!ends) {
    const problem = await one()
    done += 1
    if (problem) { failed += 1; console.log('failed:', problem) }
  }
}
setInterval(() => console.log(JSON.stringify({ done, failed, versions })), 250)
for (let each = 0; each < 4; each += 1) void client()
process.once('SIGTERM', () => process.exit(0))
`

interface Load {
  readonly done: number
  readonly failed: number
  readonly versions: Readonly<Record<string, number>>
}

async function load(): Promise<Load> {
  const lines = (await region.kubectl('logs', 'client', '--tail=20')).split('\n')
  return JSON.parse(lines.findLast((line) => line.startsWith('{')) ?? '{"done":0,"failed":0}') as Load
}

function web(version: string): object {
  const configuration = `error_log /dev/stderr;
events {}
http {
  server { listen 80; add_header x-version ${version}; location / { return 200 ok; } }
}`
  const start = `printf '%s' '${configuration}' > /tmp/nginx.conf; sleep 1; exec nginx -c /tmp/nginx.conf -g 'daemon off; user root; pid /tmp/pid;'`
  return deployment({
    name: 'web',
    replicas: 3,
    container: {
      image: NGINX,
      command: ['sh', '-c', start],
      readinessProbe: { httpGet: { path: '/', port: 80 }, periodSeconds: 1 },
      // Endpoints are to be out of every rule before nginx stops listening.
      lifecycle: { preStop: { sleep: { seconds: 2 } } },
    },
  })
}

describe('a rolling update of nginx', () => {
  it('under load loses no request', async () => {
    await region.apply([web('one'), service('web', 80)])
    await region.kubectl('rollout', 'status', 'deploy/web', '--timeout=40s')
    await region.apply([
      {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'client' },
        spec: {
          terminationGracePeriodSeconds: 1,
          containers: [{ name: 'main', image: NODE, args: ['-e', LOAD] }],
        },
      },
    ])
    await until('the load has begun', async () => {
      const { status } = await region.tryKubectl('logs', 'client')
      return status === 0 && (await load()).done > 20
    })
    await region.apply([web('two')])
    await region.kubectl('rollout', 'status', 'deploy/web', '--timeout=60s')
    const after = await load()
    await until('requests of the new version alone', async () => (await load()).done > after.done + 20)
    const log = await region.kubectl('logs', 'client')
    const { failed, versions } = await load()
    expect(log.split('\n').filter((line) => line.startsWith('failed'))).toEqual([])
    expect(failed).toBe(0)
    expect(versions['one']).toBeGreaterThan(20)
    expect(versions['two']).toBeGreaterThan(20)
    await region.kubectl('delete', 'pod/client', 'deploy/web', 'service/web', '--wait=false')
  })
})

describe('a stateful set with an EBS volume', () => {
  const read = (): Promise<string> => region.kubectl('exec', 'db-0', '--', 'cat', '/data/starts')
  const nodeOf = (): Promise<string> =>
    region.kubectl('get', 'pod', 'db-0', '-o', 'jsonpath={.spec.nodeName}')

  it('keeps what it wrote through a crash of the region and on another node', async () => {
    await region.apply([
      {
        apiVersion: 'apps/v1',
        kind: 'StatefulSet',
        metadata: { name: 'db' },
        spec: {
          serviceName: 'db',
          selector: { matchLabels: { app: 'db' } },
          template: {
            metadata: { labels: { app: 'db' } },
            spec: {
              terminationGracePeriodSeconds: 1,
              securityContext: { runAsUser: 1000, fsGroup: 2000 },
              containers: [
                {
                  name: 'main',
                  image: BUSYBOX,
                  command: ['sh', '-c', 'hostname >> /data/starts; trap "exit 0" TERM; sleep 10000 & wait'],
                  volumeMounts: [{ name: 'data', mountPath: '/data' }],
                },
              ],
            },
          },
          volumeClaimTemplates: [
            {
              metadata: { name: 'data' },
              spec: {
                accessModes: ['ReadWriteOnce'],
                storageClassName: 'ebs',
                resources: { requests: { storage: '1Gi' } },
              },
            },
          ],
        },
      },
      {
        apiVersion: 'storage.k8s.io/v1',
        kind: 'StorageClass',
        metadata: { name: 'ebs' },
        provisioner: 'ebs.csi.aws.com',
        volumeBindingMode: 'WaitForFirstConsumer',
        parameters: { type: 'gp3' },
      },
    ])
    await region.kubectl('rollout', 'status', 'statefulset/db', '--timeout=60s')
    expect(await read()).toBe('db-0\n')
    await region.crash()
    await until('the pod is there after a crash', async () => {
      const { status, stdout } = await region.tryKubectl('exec', 'db-0', '--', 'cat', '/data/starts')
      return status === 0 && stdout === 'db-0\n'
    })
    const before = await nodeOf()
    await region.kubectl('cordon', before)
    await region.kubectl('delete', 'pod', 'db-0')
    await region.kubectl('rollout', 'status', 'statefulset/db', '--timeout=60s')
    expect(await nodeOf()).not.toBe(before)
    expect(await read()).toBe('db-0\ndb-0\n')
    await region.kubectl('uncordon', before)
  })
})
