import { describe, expect, it } from 'vitest'

import type { Deployment } from '../../generated/kubernetes.d.ts'
import type { ClusterConfig } from '../config/cluster-config.ts'
import { FakeClient } from '../kubernetes/client/testing/fake-client.ts'
import type { Draft, KubernetesObject, Resource } from '../kubernetes/client/client.ts'
import { deployments, serviceAccounts } from '../kubernetes/client/resources.ts'
import { NEAR_PACE } from './pace.ts'
import type { SourcedObject } from './apply.ts'
import { controllerManifests } from './controller-manifests.ts'
import {
  controllerInstalled,
  controllerSource,
  ensureController,
  type ControllerSource,
} from './controller.ts'
import { createFindResource } from './find-resource.ts'
import { CHART_KINDS, HastyClock, testDeployment, withApply } from './testing/fake-cloud.ts'

const NAME = 'aws-load-balancer-controller'

function manifest(kind: string, name: string, spec: object = {}): SourcedObject {
  const object = { apiVersion: 'v1', kind, metadata: { name }, spec }
  return { object, source: 'x.yaml:1' }
}

const ingress: SourcedObject = {
  object: {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name: 'nginx' },
    spec: { ingressClassName: 'alb' },
  },
  source: 'x.yaml:1',
}
const balanced = manifest('Service', 'nginx', { type: 'LoadBalancer' })

/** A cluster in which every Deployment is rolled out at once. */
class PromptClient extends FakeClient {
  override async create<T extends KubernetesObject>(resource: Resource<T>, draft: Draft<T>): Promise<T> {
    const created = await super.create(resource, draft)
    if (resource.plural !== 'deployments') return created
    const deployment = created as unknown as Deployment
    const count = deployment.spec.replicas ?? 1
    const counts = { replicas: count, updatedReplicas: count, readyReplicas: count, availableReplicas: count }
    const status = { observedGeneration: 1, ...counts }
    return (await this.updateStatus(deployments, { ...deployment, status })) as unknown as T
  }
}

async function scene(config: Partial<ClusterConfig>) {
  const fake = new PromptClient({ clock: new HastyClock() })
  const kubernetes = withApply(fake)
  const { context } = await testDeployment({}, { config, kubernetes })
  const cluster = {
    name: 'workshop',
    endpoint: 'https://127.0.0.1:1',
    certificateAuthorityData: '',
    issuer: 'https://oidc.example',
    serviceCidr: '10.100.0.0/16',
    vpcId: 'vpc-0123456789abcdef0',
  }
  const findResource = createFindResource(async () => CHART_KINDS)
  const clock = new HastyClock()
  const target = { kubernetes, cluster, findResource, clock, pace: NEAR_PACE, project: cluster.name }
  return { fake, ensure: () => ensureController(context, target, () => undefined) }
}

const withAccount: Partial<ClusterConfig> = {
  iam: {
    serviceAccounts: [
      {
        metadata: { name: 'balancer', namespace: 'ops' },
        wellKnownPolicies: { awsLoadBalancerController: true },
      },
    ],
  },
}
const withNodes: Partial<ClusterConfig> = {
  managedNodeGroups: [{ name: 'ng', iam: { withAddonPolicies: { albIngress: true } } }],
}

describe('controllerSource', () => {
  const account = withAccount.iam!
  it.each<[string, Partial<ClusterConfig>, readonly SourcedObject[], ControllerSource]>([
    ['an account that may manage load balancers, Service or not', { iam: account }, [], 'up'],
    ['nodes that may, and a Service that wants a load balancer', withNodes, [balanced], 'up'],
    ['nodes that may, and an Ingress of its class', withNodes, [ingress], 'up'],
    [
      'nodes that may, and no such Service',
      withNodes,
      [manifest('Service', 'nginx', { type: 'ClusterIP' })],
      undefined,
    ],
    ['a Service, and nothing that may', {}, [balanced], undefined],
    [
      'an account that has only the name',
      { iam: { serviceAccounts: [{ metadata: { name: NAME } }] } },
      [balanced],
      undefined,
    ],
    [
      'files that bring the controller themselves',
      { iam: account },
      [balanced, manifest('Deployment', NAME)],
      'files',
    ],
    ['a Deployment of another name', { iam: account }, [manifest('Deployment', 'nginx')], 'up'],
  ])('for %s', async (_, config, manifests, source) => {
    const { context } = await testDeployment({}, { config })
    expect(controllerSource(context.config, manifests)).toBe(source)
  })
})

describe('ensureController', () => {
  it('installs it as the account of the file, in its namespace', async () => {
    const world = await scene(withAccount)
    expect(await world.ensure()).toMatchObject({ outcome: 'created' })
    const { spec } = await world.fake.get(deployments, { namespace: 'ops', name: NAME })
    expect(spec.template.spec?.serviceAccountName).toBe('balancer')
    expect(spec.template.spec?.containers[0]?.args).toEqual([
      '--cluster-name=workshop',
      '--ingress-class=alb',
      '--aws-region=eu-west-1',
      '--aws-vpc-id=vpc-0123456789abcdef0',
    ])
    // The account is made with its role, by another step.
    expect(world.fake.actions.filter(({ plural }) => plural === 'serviceaccounts')).toEqual([])
  })

  it('makes a plain account where the nodes may manage load balancers', async () => {
    const world = await scene(withNodes)
    expect(await world.ensure()).toMatchObject({ outcome: 'created' })
    const account = await world.fake.get(serviceAccounts, { namespace: 'kube-system', name: NAME })
    expect(account.metadata.annotations).toEqual({ 'neargate.dev/project': 'workshop' })
    await world.fake.get(deployments, { namespace: 'kube-system', name: NAME })
  })

  it('changes nothing the second time', async () => {
    const world = await scene(withNodes)
    await world.ensure()
    expect(await world.ensure()).toMatchObject({ outcome: 'unchanged' })
  })

  it('leaves one alone that somebody else has installed, where the account is', async () => {
    const world = await scene(withAccount)
    const managedFields = [{ manager: 'helm', operation: 'Update' as const }]
    world.fake.seed(deployments, {
      metadata: { name: NAME, namespace: 'ops', managedFields },
      spec: { selector: {}, template: {} },
    })
    expect(await world.ensure()).toEqual({ outcome: 'unchanged', detail: 'made by helm, left as it is' })
    expect(world.fake.actions).toEqual([])
  })
})

describe('controllerInstalled', () => {
  it('finds it where its guide puts it', async () => {
    const world = await scene(withNodes)
    expect(await controllerInstalled(world.fake)).toBe(false)
    await world.ensure()
    expect(await controllerInstalled(world.fake)).toBe(true)
  })
})

describe('controllerManifests', () => {
  const manifests = controllerManifests({
    clusterName: 'workshop',
    region: 'eu-west-1',
    vpcId: 'vpc-1',
    namespace: 'ops',
    serviceAccount: 'balancer',
    certificate: { caBundle: 'Q0E=', data: { 'ca.crt': 'Q0E=', 'tls.crt': 'Qw==', 'tls.key': 'Sw==' } },
  })
  const kinds = manifests.map(({ object }) => object.kind)
  const of = <T>(kind: string): T =>
    manifests.find(({ object }) => object.kind === kind)?.object as unknown as T

  it('are the objects of the chart', () => {
    expect(kinds).toEqual([
      ...Array.from({ length: 7 }, () => 'CustomResourceDefinition'),
      'ClusterRole',
      'ClusterRoleBinding',
      'Role',
      'RoleBinding',
      'Secret',
      'Deployment',
      'Service',
      'MutatingWebhookConfiguration',
      'ValidatingWebhookConfiguration',
      'IngressClassParams',
      'IngressClass',
    ])
  })

  it('bind both roles to the account', () => {
    for (const kind of ['ClusterRole', 'Role']) {
      const role = of<{ metadata: { name: string } }>(kind)
      const binding = of<{ roleRef: object; subjects: object[] }>(`${kind}Binding`)
      expect(binding.roleRef).toMatchObject({ kind, name: role.metadata.name })
      expect(binding.subjects).toEqual([{ kind: 'ServiceAccount', name: 'balancer', namespace: 'ops' }])
    }
  })

  it('let the controller read what it reconciles, and write what it says of it', () => {
    const { rules } = of<{ rules: { apiGroups: string[]; resources: string[]; verbs: string[] }[] }>(
      'ClusterRole',
    )
    const may = (group: string, resource: string, verb: string): boolean =>
      rules.some(
        (each) =>
          each.apiGroups.includes(group) && each.resources.includes(resource) && each.verbs.includes(verb),
      )
    for (const verb of ['get', 'list', 'watch']) {
      for (const resource of ['services', 'nodes', 'pods', 'namespaces'])
        expect(may('', resource, verb)).toBe(true)
      expect(may('discovery.k8s.io', 'endpointslices', verb)).toBe(true)
    }
    expect(may('', 'services/status', 'patch')).toBe(true)
    expect(may('', 'events', 'create')).toBe(true)
    expect(may('', 'secrets', 'get')).toBe(false)
    expect(may('', 'pods', 'delete')).toBe(false)
  })

  it('give the controller its certificate, and the API server whom to trust', () => {
    const { spec } = of<{ spec: { template: { spec: { volumes: object[]; containers: object[] } } } }>(
      'Deployment',
    )
    expect(spec.template.spec.volumes).toEqual([
      { name: 'cert', secret: { secretName: 'aws-load-balancer-tls' } },
    ])
    expect(spec.template.spec.containers[0]).toMatchObject({
      volumeMounts: [{ name: 'cert', mountPath: '/tmp/k8s-webhook-server/serving-certs' }],
    })
    const { webhooks } = of<{ webhooks: { name: string; clientConfig: object }[] }>(
      'MutatingWebhookConfiguration',
    )
    expect(webhooks.map(({ name }) => name)).toContain('mservice.elbv2.k8s.aws')
    for (const { clientConfig } of webhooks) {
      expect(clientConfig).toMatchObject({
        caBundle: 'Q0E=',
        service: { name: 'aws-load-balancer-webhook-service', namespace: 'ops' },
      })
    }
  })

  it('never ask the controller about itself', () => {
    const { webhooks } = of<{ webhooks: { rules: { resources: string[] }[]; objectSelector?: object }[] }>(
      'MutatingWebhookConfiguration',
    )
    const ofBuiltIn = webhooks.filter(({ rules }) =>
      rules.some(({ resources }) => resources[0] !== 'targetgroupbindings'),
    )
    for (const { objectSelector } of ofBuiltIn) {
      expect(JSON.stringify(objectSelector)).toContain(
        '{"key":"app.kubernetes.io/name","operator":"NotIn","values":["aws-load-balancer-controller"]}',
      )
    }
  })

  it('select the pods that they make', () => {
    const { spec } = of<{ spec: { selector: { matchLabels: object }; template: { metadata: object } } }>(
      'Deployment',
    )
    expect(spec.template.metadata).toMatchObject({ labels: spec.selector.matchLabels })
    expect(of<{ spec: object }>('Service').spec).toMatchObject({ selector: spec.selector.matchLabels })
  })
})
