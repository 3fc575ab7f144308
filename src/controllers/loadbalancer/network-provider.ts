// Owns the controller's traffic with ELBv2 for Network Load Balancers: the balancer itself and its listeners as the model says.
import { InternalError } from '../../base/errors.ts'
import type { NetworkListener, NetworkModel } from '../../rules/load-balancer/network.ts'
import { subnetMappings } from '../../rules/load-balancer/subnet-addresses.ts'
import { actionOf, isSameAction, type GroupArns, type ShownAction } from './actions.ts'
import type { Aws } from './aws.ts'
import { isSameSet, toList, type Elbv2Provider, type Tagged } from './elbv2-provider.ts'
import type { Listener, LoadBalancer } from './elbv2-shapes.ts'

/** What is asked for of the load balancer itself. */
type BalancerModel = Pick<
  NetworkModel,
  'name' | 'scheme' | 'ipAddressType' | 'addresses' | 'tags' | 'privateLinkRules'
>

/** What the controller does in ELBv2 for a Network Load Balancer. Rejections are the AWS errors. */
export class NetworkProvider {
  readonly #aws: Aws
  readonly #elbv2: Elbv2Provider

  constructor(aws: Aws, elbv2: Elbv2Provider) {
    this.#aws = aws
    this.#elbv2 = elbv2
  }

  async create(
    model: BalancerModel,
    where: { readonly subnets: readonly string[]; readonly securityGroups: readonly string[] },
  ): Promise<LoadBalancer> {
    const answer = await this.#call<{ LoadBalancers?: LoadBalancer[] }>('CreateLoadBalancer', {
      Name: model.name,
      Type: 'network',
      Scheme: model.scheme,
      IpAddressType: model.ipAddressType,
      SubnetMappings: subnetMappings(where.subnets, model.addresses),
      ...(where.securityGroups.length > 0 && { SecurityGroups: where.securityGroups }),
      Tags: toList(model.tags),
    })
    const [created] = answer.LoadBalancers ?? []
    if (!created) throw new InternalError('CreateLoadBalancer answered without a load balancer')
    if (model.privateLinkRules) await this.#setSecurityGroups(created, model, where.securityGroups)
    return created
  }

  /** Tags, subnets and security groups of a load balancer that is there. @returns whether any changed. */
  async update(
    balancer: Tagged<LoadBalancer>,
    model: BalancerModel,
    where: { readonly subnets: readonly string[] | undefined; readonly securityGroups: readonly string[] },
  ): Promise<boolean> {
    const LoadBalancerArn = balancer.LoadBalancerArn
    const isTagged = await this.#elbv2.ensureTags(LoadBalancerArn, balancer.tags, model.tags)
    const subnets = (balancer.AvailabilityZones ?? []).flatMap(({ SubnetId }) => SubnetId ?? [])
    const isMoved = where.subnets !== undefined && !isSameSet(where.subnets, subnets)
    if (isMoved) {
      const SubnetMappings = subnetMappings(where.subnets, model.addresses)
      await this.#call('SetSubnets', { LoadBalancerArn, SubnetMappings })
    }
    const isRetyped = await this.#elbv2.ensureIpAddressType(balancer, model.ipAddressType)
    const rules = balancer.EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic
    const isGuarded =
      !isSameSet(where.securityGroups, balancer.SecurityGroups ?? []) ||
      (model.privateLinkRules !== undefined && model.privateLinkRules !== rules)
    if (isGuarded) await this.#setSecurityGroups(balancer, model, where.securityGroups)
    return isTagged || isMoved || isRetyped || isGuarded
  }

  async #setSecurityGroups(
    { LoadBalancerArn }: LoadBalancer,
    { privateLinkRules }: BalancerModel,
    SecurityGroups: readonly string[],
  ): Promise<void> {
    await this.#call('SetSecurityGroups', {
      LoadBalancerArn,
      SecurityGroups,
      ...(privateLinkRules && { EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic: privateLinkRules }),
    })
  }

  /** Listeners; others go. @returns whether anything changed. */
  async ensureListeners(
    balancerArn: string,
    wanted: readonly NetworkListener[],
    groups: GroupArns,
  ): Promise<boolean> {
    const elbv2 = this.#elbv2
    const there = await elbv2.all<Listener>('DescribeListeners', 'Listeners', {
      LoadBalancerArn: balancerArn,
    })
    const tags = await elbv2.tagsOf(there.map(({ ListenerArn }) => ListenerArn))
    let isChanged = false
    for (const listener of there) {
      if (wanted.some(({ port }) => port === listener.Port)) continue
      await this.#call('DeleteListener', { ListenerArn: listener.ListenerArn })
      isChanged = true
    }
    for (const one of wanted) {
      const current = there.find(({ Port }) => Port === one.port)
      const actions = [forwardingOf(one, groups)]
      const ListenerArn = current?.ListenerArn ?? (await this.#createListener(balancerArn, one, actions))
      if (current) {
        const isTagged = await elbv2.ensureTags(ListenerArn, tags.get(ListenerArn) ?? {}, one.tags)
        isChanged = (await this.#updateListener(current, one, actions)) || isTagged || isChanged
      } else isChanged = true
      const isTuned = await elbv2.ensureAttributes('Listener', ListenerArn, one.attributes)
      const isCertified = await elbv2.ensureCertificates(ListenerArn, one.listener.tls?.certificates ?? [])
      isChanged = isTuned || isCertified || isChanged
    }
    return isChanged
  }

  async #createListener(
    LoadBalancerArn: string,
    { port, listener, tags }: NetworkListener,
    DefaultActions: readonly ShownAction[],
  ): Promise<string> {
    const answer = await this.#call<{ Listeners?: Listener[] }>('CreateListener', {
      LoadBalancerArn,
      Port: port,
      ...secured(listener),
      DefaultActions,
      Tags: toList(tags),
    })
    const [created] = answer.Listeners ?? []
    if (!created) throw new InternalError('CreateListener answered without a listener')
    return created.ListenerArn
  }

  async #updateListener(
    current: Listener,
    { listener }: NetworkListener,
    DefaultActions: readonly ShownAction[],
  ): Promise<boolean> {
    const [shown] = current.DefaultActions ?? []
    if (isSameAction(shown, DefaultActions[0]) && isSecuredAs(current, listener)) return false
    const { ListenerArn, Port } = current
    await this.#call('ModifyListener', { ListenerArn, Port, ...secured(listener), DefaultActions })
    return true
  }

  async #call<Output>(operation: string, input: object): Promise<Output> {
    return await this.#aws.call<Output>('elbv2', operation, input)
  }
}

function forwardingOf({ groups, isSticky }: NetworkListener, arns: GroupArns): ShownAction {
  const stickiness = isSticky === undefined ? undefined : { Enabled: isSticky }
  return actionOf({ Type: 'forward', groups, ...(stickiness && { stickiness }) }, arns)
}

/** What CreateListener and ModifyListener take of protocol and TLS. */
function secured({ protocol, tls }: NetworkListener['listener']): object {
  if (!tls) return { Protocol: protocol }
  return {
    Protocol: protocol,
    Certificates: [{ CertificateArn: tls.certificates[0] }],
    SslPolicy: tls.policy,
    ...(tls.alpn !== undefined && { AlpnPolicy: [tls.alpn] }),
  }
}

// A policy that is not asked for is left as it is, as the controller does.
function isSecuredAs(
  { Protocol, Certificates, SslPolicy, AlpnPolicy }: Listener,
  wanted: NetworkListener['listener'],
): boolean {
  const { protocol, tls } = wanted
  if (Protocol !== protocol) return false
  if (!tls) return true
  return (
    Certificates?.[0]?.CertificateArn === tls.certificates[0] &&
    SslPolicy === tls.policy &&
    (tls.alpn === undefined || AlpnPolicy?.[0] === tls.alpn)
  )
}
