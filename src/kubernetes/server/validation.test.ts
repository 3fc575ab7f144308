// Messages that Kubernetes gives for objects that break its rules, through the whole path of a create.
import { beforeAll, describe, expect, it } from 'vitest'

import { StatusError } from '../../base/errors.ts'
import type { KubernetesClient, KubernetesObject, Resource } from '../client/client.ts'
import * as r from '../client/resources.ts'
import { createApiFixture } from './testing/api-fixture.ts'

let client: KubernetesClient

beforeAll(async () => {
  client = (await createApiFixture()).client
  await client.create(r.serviceAccounts, { metadata: { name: 'default', namespace: 'default' } })
})

async function messageOf(resource: Resource, body: Record<string, unknown>): Promise<string> {
  const { metadata, ...rest } = body
  const namespace = resource.namespaced ? { namespace: 'default' } : {}
  const draft = { ...rest, metadata: { ...namespace, name: 'x', ...(metadata as object) } }
  const error: unknown = await client.create<KubernetesObject>(resource, draft).then(
    () => 'created',
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(StatusError)
  expect((error as StatusError).reason).toBe('Invalid')
  return (error as StatusError).message
}

const template = (labels: object, spec: object): object => ({ metadata: { labels }, spec })
const containers = [{ name: 'c', image: 'i' }]

describe('create', () => {
  it.each<[string, Resource, Record<string, unknown>, string]>([
    [
      'a name in upper case',
      r.configMaps,
      { metadata: { name: 'Bad' } },
      'ConfigMap "Bad" is invalid: metadata.name: Invalid value: "Bad": a lowercase RFC 1123 subdomain must consist of',
    ],
    [
      'no name',
      r.configMaps,
      { metadata: { name: '' } },
      'ConfigMap "" is invalid: metadata.name: Required value: name or generateName is required',
    ],
    [
      'a selector that misses the template',
      r.deployments,
      { spec: { selector: { matchLabels: { app: 'a' } }, template: template({ app: 'b' }, { containers }) } },
      'Deployment.apps "x" is invalid: spec.template.metadata.labels: Invalid value: {"app":"b"}: `selector` does not match template `labels`',
    ],
    [
      'a container without an image',
      r.pods,
      { spec: { containers: [{ name: 'c' }] } },
      'Pod "x" is invalid: spec.containers[0].image: Required value',
    ],
    [
      'no containers',
      r.pods,
      { spec: { containers: [] } },
      'Pod "x" is invalid: spec.containers: Required value',
    ],
    [
      'two containers of a name',
      r.pods,
      { spec: { containers: [...containers, ...containers] } },
      'Pod "x" is invalid: spec.containers[1].name: Duplicate value: "c"',
    ],
    [
      'a mount of no volume',
      r.pods,
      { spec: { containers: [{ name: 'c', image: 'i', volumeMounts: [{ name: 'v', mountPath: '/v' }] }] } },
      'Pod "x" is invalid: spec.containers[0].volumeMounts[0].name: Not found: "v"',
    ],
    [
      'more asked for than allowed',
      r.pods,
      {
        spec: {
          containers: [
            { name: 'c', image: 'i', resources: { requests: { cpu: '2' }, limits: { cpu: '1' } } },
          ],
        },
      },
      'Pod "x" is invalid: spec.containers[0].resources.requests: Invalid value: "2": must be less than or equal to cpu limit of 1',
    ],
    [
      'a policy that is none',
      r.pods,
      { spec: { restartPolicy: 'Sometimes', containers } },
      'Pod "x" is invalid: spec.restartPolicy: Unsupported value: "Sometimes": supported values: "Always", "OnFailure", "Never"',
    ],
    [
      'a port out of range',
      r.pods,
      { spec: { containers: [{ name: 'c', image: 'i', ports: [{ containerPort: 70000 }] }] } },
      'Pod "x" is invalid: spec.containers[0].ports[0].containerPort: Invalid value: 70000: must be between 1 and 65535, inclusive',
    ],
    [
      'a deployment that runs once',
      r.deployments,
      {
        spec: {
          selector: { matchLabels: { app: 'a' } },
          template: template({ app: 'a' }, { restartPolicy: 'Never', containers }),
        },
      },
      'Deployment.apps "x" is invalid: spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"',
    ],
    [
      'a rollout that cannot move',
      r.deployments,
      {
        spec: {
          strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 0, maxUnavailable: 0 } },
          selector: { matchLabels: { app: 'a' } },
          template: template({ app: 'a' }, { containers }),
        },
      },
      'Deployment.apps "x" is invalid: spec.strategy.rollingUpdate.maxUnavailable: Invalid value: 0: may not be 0 when `maxSurge` is 0',
    ],
    [
      'a service without ports',
      r.services,
      { spec: {} },
      'Service "x" is invalid: spec.ports: Required value',
    ],
    [
      'several ports without names',
      r.services,
      { spec: { ports: [{ port: 80 }, { name: 'b', port: 81 }] } },
      'Service "x" is invalid: spec.ports[0].name: Required value',
    ],
    [
      'a node port outside the range',
      r.services,
      { spec: { type: 'NodePort', ports: [{ port: 80, nodePort: 80 }] } },
      'Service "x" is invalid: spec.ports[0].nodePort: Invalid value: 80: provided port is not in the valid range. The range of valid ports is 30000-32767',
    ],
    [
      'an address outside the range',
      r.services,
      { spec: { clusterIP: '1.2.3.4', ports: [{ port: 80 }] } },
      'Service "x" is invalid: spec.clusterIPs: Invalid value: ["1.2.3.4"]: failed to allocate IP 1.2.3.4: the provided IP (1.2.3.4) is not in the valid range. The range of valid IPs is 10.100.0.0/16',
    ],
    [
      'a class on a service that is not balanced',
      r.services,
      { spec: { loadBalancerClass: 'a/b', ports: [{ port: 80 }] } },
      'Service "x" is invalid: spec.loadBalancerClass: Forbidden: may only be used when `type` is \'LoadBalancer\'',
    ],
    [
      'a health check port that nobody asks for',
      r.services,
      { spec: { type: 'LoadBalancer', healthCheckNodePort: 31000, ports: [{ port: 80 }] } },
      "Service \"x\" is invalid: spec.healthCheckNodePort: Invalid value: 31000: may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'",
    ],
    [
      'a role without verbs',
      r.roles,
      { rules: [{ verbs: [], apiGroups: [''], resources: ['pods'] }] },
      'Role.rbac.authorization.k8s.io "x" is invalid: rules[0].verbs: Required value: verbs must contain at least one value',
    ],
    [
      'a priority of the system',
      r.priorityClasses,
      { value: 2_000_000_000 },
      'PriorityClass.scheduling.k8s.io "x" is invalid: value: Forbidden: maximum allowed value of a user defined priority is 1000000000',
    ],
    [
      'a secret without what its type needs',
      r.secrets,
      { type: 'kubernetes.io/tls', data: { 'tls.crt': 'eA==' } },
      'Secret "x" is invalid: data[tls.key]: Required value',
    ],
    [
      'an event of another namespace',
      r.events,
      { involvedObject: { kind: 'Pod', name: 'p', namespace: 'other' } },
      'Event "x" is invalid: involvedObject.namespace: Invalid value: "other": does not match event.namespace',
    ],
  ])('%s', async (_name, resource, body, expected) => {
    expect(await messageOf(resource, body)).toContain(expected)
  })

  it('lists several findings as causes', async () => {
    const error = await client
      .create(r.pods, {
        metadata: { name: 'x', namespace: 'default' },
        spec: { containers: [{ name: 'A' }] },
      })
      .catch((reason: unknown) => reason)
    const { details, message } = error as StatusError
    expect(message).toMatch(
      /^Pod "x" is invalid: \[spec\.containers\[0\]\.name: .*, spec\.containers\[0\]\.image: Required value\]$/,
    )
    expect(details).toMatchObject({
      name: 'x',
      kind: 'Pod',
      causes: [
        { reason: 'FieldValueInvalid', field: 'spec.containers[0].name' },
        { reason: 'FieldValueRequired', field: 'spec.containers[0].image', message: 'Required value' },
      ],
    })
  })
})

describe('update', () => {
  it('refuses another selector', async () => {
    const deployment = await client.create(r.deployments, {
      metadata: { name: 'fixed', namespace: 'default' },
      spec: {
        selector: { matchLabels: { app: 'a' } },
        template: { metadata: { labels: { app: 'a' } } as never, spec: { containers } },
      },
    })
    const next = {
      ...deployment,
      spec: {
        ...deployment.spec,
        selector: { matchLabels: { app: 'b' } },
        template: { ...deployment.spec.template, metadata: { labels: { app: 'b' } } as never },
      },
    }
    await expect(client.update(r.deployments, next)).rejects.toThrow(
      'Deployment.apps "fixed" is invalid: spec.selector: Invalid value: {"matchLabels":{"app":"b"}}: field is immutable',
    )
  })

  it('refuses changes of a pod that cannot be made', async () => {
    const pod = await client.create(r.pods, {
      metadata: { name: 'fixed', namespace: 'default' },
      spec: { containers },
    })
    const renamed = { ...pod, spec: { ...pod.spec, hostname: 'other' } }
    await expect(client.update(r.pods, renamed)).rejects.toThrow(
      'Pod "fixed" is invalid: spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`',
    )
    const [first] = pod.spec.containers
    const upgraded = { ...pod, spec: { ...pod.spec, containers: [{ ...first!, image: 'i:2' }] } }
    const updated = await client.update(r.pods, upgraded)
    expect(updated.spec.containers[0]?.image).toBe('i:2')
    expect(updated.metadata.generation).toBe(2)
  })

  it('refuses another load balancer class and another address', async () => {
    const service = await client.create(r.services, {
      metadata: { name: 'balanced', namespace: 'default' },
      spec: { type: 'LoadBalancer', loadBalancerClass: 'a/b', ports: [{ port: 80 }] },
    })
    const classed = { ...service, spec: { ...service.spec, loadBalancerClass: 'c/d' } }
    await expect(client.update(r.services, classed)).rejects.toThrow(
      'spec.loadBalancerClass: Invalid value: "c/d": may not change once set',
    )
    const moved = {
      ...service,
      spec: { ...service.spec, clusterIP: '10.100.9.9', clusterIPs: ['10.100.9.9'] },
    }
    await expect(client.update(r.services, moved)).rejects.toThrow('may not change once set')
  })

  it('gives a health check port once, and takes it back with the policy', async () => {
    const made = await client.create(r.services, {
      metadata: { name: 'local', namespace: 'default' },
      spec: { type: 'LoadBalancer', externalTrafficPolicy: 'Local', ports: [{ port: 80 }] },
    })
    const { healthCheckNodePort = 0, ...bare } = made.spec
    expect(healthCheckNodePort).toBeGreaterThanOrEqual(30000)
    const kept: typeof made = await client.update(r.services, { ...made, spec: bare })
    expect(kept.spec.healthCheckNodePort).toBe(healthCheckNodePort)
    const moved = {
      ...kept,
      spec: { ...bare, healthCheckNodePort: healthCheckNodePort === 32000 ? 32001 : 32000 },
    }
    await expect(client.update(r.services, moved)).rejects.toThrow('field is immutable')
    const open: typeof made = await client.update(r.services, {
      ...kept,
      spec: { ...kept.spec, externalTrafficPolicy: 'Cluster' },
    })
    expect(open.spec.healthCheckNodePort).toBeUndefined()
    const back = { ...open, spec: { ...open.spec, externalTrafficPolicy: 'Local' as const } }
    expect((await client.update(r.services, back)).spec.healthCheckNodePort).toBeGreaterThanOrEqual(30000)
  })

  it('refuses changes of what is marked immutable', async () => {
    const map = await client.create(r.configMaps, {
      metadata: { name: 'frozen', namespace: 'default' },
      immutable: true,
      data: { a: '1' },
    })
    await expect(client.update(r.configMaps, { ...map, data: { a: '2' } })).rejects.toThrow(
      'ConfigMap "frozen" is invalid: data: Forbidden: field is immutable when `immutable` is set',
    )
  })
})
