// Owns the listeners and the policies of a Classic Load Balancer in a template, and bringing the policies to what it says.
import type { DescribeAccessPointsOutput } from '@aws-sdk/client-elastic-load-balancing'

import { deepEqual } from '../../../../../base/json.ts'
import type { TemplateObject } from '../../template/template.ts'
import { membersOf, type Members, numberAt, objectsOf, textAt, textsOf } from '../members.ts'
import type { Change, ResourceContext } from '../resource-type.ts'

/** The properties of cookie policies. */
export const COOKIES = ['AppCookieStickinessPolicy', 'LBCookieStickinessPolicy'] as const

const LISTENER: Members = {
  Protocol: 'Protocol',
  LoadBalancerPort: numberAt('LoadBalancerPort'),
  InstanceProtocol: 'InstanceProtocol',
  InstancePort: numberAt('InstancePort'),
  SSLCertificateId: 'SSLCertificateId',
}

/** The listeners of a template. */
export function listenersIn(properties: TemplateObject): TemplateObject[] {
  return objectsOf(properties['Listeners'])
}

/** A listener as the service takes it: its policies are set afterwards. */
export function listenerOf(listener: TemplateObject): Record<string, unknown> {
  return membersOf(LISTENER, listener)
}

/** A call that makes a policy. */
interface Making {
  readonly name: string
  readonly operation: string
  readonly input: object
}

function policiesIn(properties: TemplateObject): Making[] {
  const named = (policy: TemplateObject): string => textAt(policy, 'PolicyName') ?? ''
  const byApplication = objectsOf(properties['AppCookieStickinessPolicy']).map((policy) => ({
    name: named(policy),
    operation: 'CreateAppCookieStickinessPolicy',
    input: { CookieName: textAt(policy, 'CookieName') },
  }))
  const byBalancer = objectsOf(properties['LBCookieStickinessPolicy']).map((policy) => {
    const seconds = textAt(policy, 'CookieExpirationPeriod')
    return {
      name: named(policy),
      operation: 'CreateLBCookieStickinessPolicy',
      input: seconds === undefined ? {} : { CookieExpirationPeriod: Number(seconds) },
    }
  })
  const others = objectsOf(properties['Policies']).map((policy) => ({
    name: named(policy),
    operation: 'CreateLoadBalancerPolicy',
    input: {
      PolicyTypeName: textAt(policy, 'PolicyType'),
      PolicyAttributes: objectsOf(policy['Attributes']).map((attribute) => ({
        AttributeName: textAt(attribute, 'Name'),
        AttributeValue: textAt(attribute, 'Value'),
      })),
    },
  }))
  // A policy may refer to another: those of keys come before those that name them.
  const isReferring = ({ input }: Making): boolean => JSON.stringify(input).includes('PublicKeyPolicyName')
  const all = [...byApplication, ...byBalancer, ...others]
  return [...all.filter((each) => !isReferring(each)), ...all.filter(isReferring)]
}

/** Names of policies by port: those that a listener names, and those that name the port. */
function byPort(
  properties: TemplateObject,
  ports: 'LoadBalancerPorts' | 'InstancePorts',
): Map<number, string[]> {
  const found = new Map<number, string[]>()
  const add = (port: number, name: string): void => {
    const there = found.get(port) ?? []
    if (!there.includes(name)) found.set(port, [...there, name])
  }
  if (ports === 'LoadBalancerPorts') {
    for (const listener of listenersIn(properties)) {
      for (const name of textsOf(listener['PolicyNames']))
        add(Number(textAt(listener, 'LoadBalancerPort')), name)
    }
  }
  for (const policy of objectsOf(properties['Policies'])) {
    for (const port of textsOf(policy[ports])) add(Number(port), textAt(policy, 'PolicyName') ?? '')
  }
  return found
}

/**
 * Makes, sets and deletes policies. What is set somewhere is neither changed nor deleted: it is taken away first.
 * @throws AwsError of the service
 */
export async function syncPolicies(
  { physicalId: LoadBalancerName, before, after }: Change,
  context: ResourceContext,
): Promise<void> {
  const wanted = policiesIn(after)
  const gone = policiesIn(before).filter((policy) => !wanted.some((each) => deepEqual(each, policy)))
  const setOf = (PolicyNames: readonly string[]) => ({
    listener: (LoadBalancerPort: number) =>
      context.call('elb', 'SetLoadBalancerPoliciesOfListener', {
        LoadBalancerName,
        LoadBalancerPort,
        PolicyNames,
      }),
    backend: (InstancePort: number) =>
      context.call('elb', 'SetLoadBalancerPoliciesForBackendServer', {
        LoadBalancerName,
        InstancePort,
        PolicyNames,
      }),
  })
  const { LoadBalancerDescriptions = [] } = await context.call<DescribeAccessPointsOutput>(
    'elb',
    'DescribeLoadBalancers',
    { LoadBalancerNames: [LoadBalancerName] },
  )
  const [there] = LoadBalancerDescriptions
  if (gone.length > 0) {
    for (const { Listener } of there?.ListenerDescriptions ?? []) {
      await setOf([]).listener(Listener?.LoadBalancerPort ?? 0)
    }
    for (const { InstancePort = 0 } of there?.BackendServerDescriptions ?? []) {
      await setOf([]).backend(InstancePort)
    }
  }
  for (const { name } of gone.toReversed()) {
    await context.call('elb', 'DeleteLoadBalancerPolicy', { LoadBalancerName, PolicyName: name })
  }
  for (const { name, operation, input } of wanted) {
    await context.call('elb', operation, { LoadBalancerName, PolicyName: name, ...input })
  }
  const ofListeners = byPort(after, 'LoadBalancerPorts')
  for (const port of new Set([...byPort(before, 'LoadBalancerPorts').keys(), ...ofListeners.keys()])) {
    const isThere = listenersIn(after).some((each) => Number(textAt(each, 'LoadBalancerPort')) === port)
    if (isThere) await setOf(ofListeners.get(port) ?? []).listener(port)
  }
  const ofBackends = byPort(after, 'InstancePorts')
  for (const port of new Set([...byPort(before, 'InstancePorts').keys(), ...ofBackends.keys()])) {
    await setOf(ofBackends.get(port) ?? []).backend(port)
  }
}
