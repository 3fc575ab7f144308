// Owns the policies of the Classic Load Balancer of a Service: the proxy protocol of its instances, the negotiation of TLS.
// Source: kubernetes/cloud-provider-aws, pkg/providers/v1/aws_loadbalancer.go (ensureLoadBalancer, createProxyProtocolPolicy,
// ensureSSLNegotiationPolicy, setSSLNegotiationPolicy).
import type { LoadBalancerDescription } from '@aws-sdk/client-elastic-load-balancing'

import { isAwsCode } from '../../base/errors.ts'
import type { ClassicModel } from '../../rules/load-balancer/classic.ts'
import type { Aws } from '../loadbalancer/aws.ts'

const PROXY_POLICY = 'k8s-proxyprotocol-enabled'
const negotiationName = (policy: string): string => `k8s-SSLNegotiationPolicy-${policy}`

/**
 * Has instances be told whose connection it is, or not any more.
 * @param there as it was before its listeners were changed; undefined: it is new
 * @throws AwsError
 */
export async function syncProxyProtocol(
  aws: Aws,
  { name, isProxied, listeners }: ClassicModel,
  there: LoadBalancerDescription | undefined,
): Promise<void> {
  const ports = listeners.map(({ InstancePort }) => InstancePort)
  const before = new Map(
    (there?.BackendServerDescriptions ?? []).map(({ InstancePort = 0, PolicyNames = [] }) => [
      InstancePort,
      PolicyNames.includes(PROXY_POLICY),
    ]),
  )
  if (isProxied) {
    await aws.call('elb', 'CreateLoadBalancerPolicy', {
      LoadBalancerName: name,
      PolicyName: PROXY_POLICY,
      PolicyTypeName: 'ProxyProtocolPolicyType',
      PolicyAttributes: [{ AttributeName: 'ProxyProtocol', AttributeValue: 'true' }],
    })
  }
  const set = async (InstancePort: number, PolicyNames: readonly string[]): Promise<void> => {
    const input = { LoadBalancerName: name, InstancePort, PolicyNames }
    await aws.call('elb', 'SetLoadBalancerPoliciesForBackendServer', input)
  }
  for (const port of ports) {
    if ((before.get(port) ?? false) !== isProxied) await set(port, isProxied ? [PROXY_POLICY] : [])
  }
  // Policies of a port outlive its listener.
  for (const port of before.keys()) if (!ports.includes(port)) await set(port, [])
}

/** Has the listeners of TLS negotiate by the policy that the Service names. @throws AwsError */
export async function syncNegotiation(aws: Aws, { name, sslPolicy, listeners }: ClassicModel): Promise<void> {
  if (sslPolicy === undefined) return
  const LoadBalancerName = name
  const PolicyName = negotiationName(sslPolicy)
  try {
    await aws.call('elb', 'DescribeLoadBalancerPolicies', { LoadBalancerName, PolicyNames: [PolicyName] })
  } catch (error) {
    if (!isAwsCode(error, 'PolicyNotFound')) throw error
    await aws.call('elb', 'CreateLoadBalancerPolicy', {
      LoadBalancerName,
      PolicyName,
      PolicyTypeName: 'SSLNegotiationPolicyType',
      PolicyAttributes: [{ AttributeName: 'Reference-Security-Policy', AttributeValue: sslPolicy }],
    })
  }
  for (const { Protocol, LoadBalancerPort } of listeners) {
    if (Protocol !== 'SSL' && Protocol !== 'HTTPS') continue
    const input = { LoadBalancerName, LoadBalancerPort, PolicyNames: [PolicyName] }
    await aws.call('elb', 'SetLoadBalancerPoliciesOfListener', input)
  }
}
