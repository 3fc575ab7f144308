import { describe, expect, it } from 'vitest'

import { decodeObject } from '../schema/decode.ts'
import { applyDefaults, type Defaulting } from '../schema/default.ts'
import { isKindType, typeNames } from '../schema/fields.ts'
import { sampleObject, seededRandom } from '../schema/testing/sample.ts'
import { schemaOf } from '../schema/object-schema.ts'
import { builtinKinds } from './index.ts'
import { pullPolicyOf } from './pod-defaults.ts'

type Json = Record<string, unknown>

function kindOf(type: string): Defaulting {
  return builtinKinds.find((kind) => kind.schema.type === type) ?? { schema: schemaOf(type) }
}

function specOf(type: string, spec: Json): Json {
  return applyDefaults(kindOf(type), { spec })['spec'] as Json
}

const containerDefaults = {
  imagePullPolicy: 'Always',
  terminationMessagePath: '/dev/termination-log',
  terminationMessagePolicy: 'File',
  resources: {},
}

const templateDefaults = {
  restartPolicy: 'Always',
  terminationGracePeriodSeconds: 30,
  dnsPolicy: 'ClusterFirst',
  schedulerName: 'default-scheduler',
  securityContext: {},
}

describe('defaults of pods', () => {
  it('complete a bare pod', () => {
    expect(specOf('core/v1.Pod', { containers: [{ name: 'a', image: 'nginx' }] })).toEqual({
      ...templateDefaults,
      enableServiceLinks: true,
      containers: [{ name: 'a', image: 'nginx', ...containerDefaults }],
    })
  })

  it('leave alone what is there', () => {
    const spec = {
      restartPolicy: 'Never',
      terminationGracePeriodSeconds: 0,
      enableServiceLinks: false,
      containers: [{ name: 'a', image: 'nginx', imagePullPolicy: 'Never' }],
    }
    expect(specOf('core/v1.Pod', spec)).toMatchObject(spec)
  })

  it('request what is limited, on pods and not in templates', () => {
    const containers = [
      { name: 'a', resources: { limits: { cpu: '1', memory: '1Gi' }, requests: { cpu: '250m' } } },
    ]
    const requests = { cpu: '250m', memory: '1Gi' }
    expect(specOf('core/v1.Pod', { containers })['containers']).toMatchObject([{ resources: { requests } }])
    const { template } = specOf('apps/v1.ReplicaSet', { template: { spec: { containers } } })
    expect((template as { spec: { containers: unknown[] } }).spec.containers).toMatchObject([
      { resources: { requests: { cpu: '250m' } } },
    ])
    expect(JSON.stringify(template)).not.toContain('"memory":"1Gi"},"requests":{"cpu":"250m","memory"')
  })

  it('complete ports, variables, probes and hooks', () => {
    const container = {
      name: 'a',
      ports: [{ containerPort: 80 }],
      env: [{ name: 'N', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }],
      readinessProbe: { httpGet: { port: 80 } },
      livenessProbe: { grpc: { port: 9 } },
      lifecycle: { preStop: { httpGet: { port: 1 } } },
    }
    const probe = { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 }
    expect(specOf('core/v1.Pod', { containers: [container] })['containers']).toMatchObject([
      {
        ports: [{ containerPort: 80, protocol: 'TCP' }],
        env: [{ valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.name' } } }],
        readinessProbe: { ...probe, httpGet: { path: '/', scheme: 'HTTP' } },
        livenessProbe: { ...probe, grpc: { port: 9, service: '' } },
        lifecycle: { preStop: { httpGet: { path: '/', scheme: 'HTTP' } } },
      },
    ])
  })

  it.each([
    [{ name: 'v' }, { name: 'v', emptyDir: {} }],
    [
      { name: 'v', configMap: { name: 'c' } },
      { name: 'v', configMap: { name: 'c', defaultMode: 420 } },
    ],
    [
      { name: 'v', secret: { defaultMode: 256 } },
      { name: 'v', secret: { defaultMode: 256 } },
    ],
    [
      { name: 'v', hostPath: { path: '/' } },
      { name: 'v', hostPath: { path: '/', type: '' } },
    ],
    [
      { name: 'v', projected: { sources: [{ serviceAccountToken: { path: 't' } }] } },
      {
        name: 'v',
        projected: {
          defaultMode: 420,
          sources: [{ serviceAccountToken: { path: 't', expirationSeconds: 3600 } }],
        },
      },
    ],
  ])('complete volume %j', (volume, expected) => {
    expect(specOf('core/v1.Pod', { volumes: [volume] })['volumes']).toEqual([expected])
  })

  it('mirror the service account both ways', () => {
    const both = { serviceAccountName: 'x', serviceAccount: 'x' }
    expect(specOf('core/v1.Pod', { serviceAccountName: 'x' })).toMatchObject(both)
    expect(specOf('core/v1.Pod', { serviceAccount: 'x' })).toMatchObject(both)
  })

  it('give ports of the host network their host port', () => {
    const pod = specOf('core/v1.Pod', {
      hostNetwork: true,
      containers: [{ name: 'a', ports: [{ containerPort: 80 }] }],
    })
    expect(pod['containers']).toMatchObject([{ ports: [{ hostPort: 80 }] }])
  })

  it.each([
    ['nginx', 'Always'],
    ['nginx:latest', 'Always'],
    ['localhost:5000/nginx', 'Always'],
    ['nginx:1.27', 'IfNotPresent'],
    ['localhost:5000/nginx:1', 'IfNotPresent'],
    ['nginx@sha256:abc', 'IfNotPresent'],
    ['nginx:latest@sha256:abc', 'Always'],
    ['', 'IfNotPresent'],
    [undefined, 'IfNotPresent'],
  ])('pull %s %s', (image, policy) => {
    expect(pullPolicyOf(image)).toBe(policy)
  })
})

describe('defaults of workloads', () => {
  it('complete a deployment', () => {
    expect(specOf('apps/v1.Deployment', { template: { spec: { containers: [] } } })).toEqual({
      replicas: 1,
      revisionHistoryLimit: 10,
      progressDeadlineSeconds: 600,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '25%', maxSurge: '25%' } },
      template: { metadata: {}, spec: { ...templateDefaults, containers: [] } },
    })
  })

  it('keep zero replicas, and Recreate without its rolling update', () => {
    const spec = specOf('apps/v1.Deployment', { replicas: 0, strategy: { type: 'Recreate' } })
    expect(spec).toMatchObject({ replicas: 0, strategy: { type: 'Recreate' } })
    expect(spec['strategy']).toEqual({ type: 'Recreate' })
  })

  it('complete a daemon set and a replica set', () => {
    expect(specOf('apps/v1.DaemonSet', {})).toMatchObject({
      revisionHistoryLimit: 10,
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1, maxSurge: 0 } },
    })
    expect(specOf('apps/v1.ReplicaSet', {})).toMatchObject({ replicas: 1 })
  })

  it.each<[string, Json, Json]>([
    ['without labels', {}, {}],
    ['that it has not', { a: 'b' }, { metadata: { labels: { a: 'b' } }, selector: { a: 'b' } }],
  ])('give a replication controller the labels of its template, %s', (_case, labels, expected) => {
    const template = { metadata: { labels }, spec: { containers: [] } }
    const made: Json = applyDefaults(kindOf('core/v1.ReplicationController'), { spec: { template } })
    const { selector, replicas } = made['spec'] as Json
    expect({ replicas, selector }).toEqual({ replicas: 1, selector: expected['selector'] })
    expect(made['metadata']).toEqual(expected['metadata'])
  })

  it('leave the selector of a replication controller alone, and its absent template', () => {
    const template = { metadata: { labels: { a: 'b', c: 'd' } } }
    const spec = specOf('core/v1.ReplicationController', { selector: { a: 'b' }, template })
    expect(spec['selector']).toEqual({ a: 'b' })
    expect(specOf('core/v1.ReplicationController', {})).toEqual({ replicas: 1 })
  })
})

describe('defaults of services', () => {
  const base = { sessionAffinity: 'None', type: 'ClusterIP', internalTrafficPolicy: 'Cluster' }

  it.each<[Json, Json]>([
    [{}, base],
    [
      { ports: [{ port: 80 }, { port: 53, protocol: 'UDP', targetPort: 'dns' }] },
      {
        ...base,
        ports: [
          { port: 80, protocol: 'TCP', targetPort: 80 },
          { port: 53, protocol: 'UDP', targetPort: 'dns' },
        ],
      },
    ],
    [{ type: 'NodePort' }, { ...base, type: 'NodePort', externalTrafficPolicy: 'Cluster' }],
    [
      { type: 'LoadBalancer' },
      {
        ...base,
        type: 'LoadBalancer',
        externalTrafficPolicy: 'Cluster',
        allocateLoadBalancerNodePorts: true,
      },
    ],
    [{ type: 'ExternalName' }, { sessionAffinity: 'None', type: 'ExternalName' }],
    [{ externalIPs: ['1.2.3.4'] }, { ...base, externalIPs: ['1.2.3.4'], externalTrafficPolicy: 'Cluster' }],
    [
      { sessionAffinity: 'ClientIP' },
      {
        ...base,
        sessionAffinity: 'ClientIP',
        sessionAffinityConfig: { clientIP: { timeoutSeconds: 10_800 } },
      },
    ],
  ])('complete %j', (spec, expected) => {
    expect(specOf('core/v1.Service', spec)).toEqual(expected)
  })
})

describe('defaults of other kinds', () => {
  const rbac = 'rbac.authorization.k8s.io'

  it.each<[string, Json, Json]>([
    ['core/v1.Secret', {}, { type: 'Opaque' }],
    ['core/v1.Secret', { type: 'x/y' }, { type: 'x/y' }],
    [
      'core/v1.Namespace',
      { metadata: { name: 'n' } },
      {
        metadata: { name: 'n', labels: { 'kubernetes.io/metadata.name': 'n' } },
        status: { phase: 'Active' },
      },
    ],
    ['scheduling/v1.PriorityClass', { value: 1 }, { value: 1, preemptionPolicy: 'PreemptLowerPriority' }],
    [
      'rbac/v1.RoleBinding',
      { roleRef: { kind: 'Role', name: 'r' }, subjects: [{ kind: 'User' }, { kind: 'ServiceAccount' }] },
      {
        roleRef: { kind: 'Role', name: 'r', apiGroup: rbac },
        subjects: [{ kind: 'User', apiGroup: rbac }, { kind: 'ServiceAccount' }],
      },
    ],
    [
      'discovery/v1.EndpointSlice',
      { ports: [{ port: 1 }] },
      { ports: [{ port: 1, name: '', protocol: 'TCP' }] },
    ],
    [
      'core/v1.Node',
      { status: { capacity: { cpu: '2' } } },
      {
        status: {
          capacity: { cpu: '2' },
          allocatable: { cpu: '2' },
          daemonEndpoints: { kubeletEndpoint: { Port: 0 } },
          nodeInfo: {
            architecture: '',
            bootID: '',
            containerRuntimeVersion: '',
            kernelVersion: '',
            kubeletVersion: '',
            kubeProxyVersion: '',
            machineID: '',
            operatingSystem: '',
            osImage: '',
            systemUUID: '',
          },
        },
      },
    ],
    ['core/v1.ConfigMap', { data: { a: 'b' } }, { data: { a: 'b' } }],
    [
      'admissionregistration/v1.MutatingWebhookConfiguration',
      { webhooks: [{ name: 'w', clientConfig: { service: { name: 's' } }, rules: [{ operations: ['*'] }] }] },
      {
        webhooks: [
          {
            name: 'w',
            clientConfig: { service: { name: 's', port: 443 } },
            rules: [{ operations: ['*'], scope: '*' }],
            failurePolicy: 'Fail',
            matchPolicy: 'Equivalent',
            namespaceSelector: {},
            objectSelector: {},
            timeoutSeconds: 10,
            reinvocationPolicy: 'Never',
          },
        ],
      },
    ],
    [
      'admissionregistration/v1.ValidatingAdmissionPolicy',
      { spec: { matchConstraints: { resourceRules: [{ resources: ['pods'] }] } } },
      {
        spec: {
          failurePolicy: 'Fail',
          matchConstraints: {
            resourceRules: [{ resources: ['pods'], scope: '*' }],
            matchPolicy: 'Equivalent',
            namespaceSelector: {},
            objectSelector: {},
          },
        },
      },
    ],
  ])('%s %j', (type, object, expected) => {
    expect(applyDefaults(kindOf(type), object)).toEqual(expected)
  })

  it('are stable and decode to themselves, for objects of every kind', () => {
    const random = seededRandom(3)
    for (const type of typeNames().filter(isKindType)) {
      const before = sampleObject(type, random)
      const copy = structuredClone(before)
      const once = applyDefaults(kindOf(type), before)
      expect(before, type).toEqual(copy)
      expect(applyDefaults(kindOf(type), once), type).toEqual(once)
      expect(decodeObject(type, once, { fieldValidation: 'Strict' }).object, type).toEqual(once)
    }
  })
})
