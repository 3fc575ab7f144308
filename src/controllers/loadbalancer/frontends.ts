// Owns the Network Load Balancers in front of those of Ingresses: their target is the Application Load Balancer itself.
// Source: aws-load-balancer-controller, pkg/deploy/elbv2/frontend_nlb_target_synthesizer.go.
import type { FrontendModel } from '../../rules/load-balancer/ingress/frontend.ts'
import { PLAIN } from '../../rules/load-balancer/listener.ts'
import { subnetMappings } from '../../rules/load-balancer/subnet-addresses.ts'
import type { Aws } from './aws.ts'
import type { Ec2Provider } from './ec2-provider.ts'
import type { Elbv2Provider, Stack } from './elbv2-provider.ts'
import type { LoadBalancer } from './elbv2-shapes.ts'
import { NetworkProvider } from './network-provider.ts'

/** What a group asks for in front, and where it goes. */
export interface PlannedFrontend {
  readonly model: FrontendModel
  /** Subnets to be in; undefined: those that it is in. */
  readonly subnets: readonly string[] | undefined
  /** Undefined: those of the Application Load Balancer. */
  readonly securityGroups: readonly string[] | undefined
}

export interface DeployedFrontend {
  readonly balancer: LoadBalancer | undefined
  /** ARNs of its target groups. */
  readonly groups: readonly string[]
  readonly isChanged: boolean
}

export interface FrontendsOptions {
  readonly aws: Aws
  readonly ec2: Ec2Provider
  readonly elbv2: Elbv2Provider
}

/** The load balancers in front, in AWS. */
export class Frontends {
  readonly #ec2: Ec2Provider
  readonly #elbv2: Elbv2Provider
  readonly #network: NetworkProvider

  constructor({ aws, ec2, elbv2 }: FrontendsOptions) {
    this.#ec2 = ec2
    this.#elbv2 = elbv2
    this.#network = new NetworkProvider(aws, elbv2)
  }

  /** Changes nothing yet. @throws BuildError when it cannot be */
  async plan(model: FrontendModel | undefined, stack: Stack): Promise<PlannedFrontend | undefined> {
    if (!model) return undefined
    const isFixed = stack.frontend?.Scheme === model.scheme && model.subnets === undefined
    const subnets = isFixed ? undefined : await this.#ec2.subnets(model)
    if (subnets) subnetMappings(subnets, model.addresses)
    const named = model.securityGroups
    return { model, subnets, securityGroups: named && (await this.#ec2.givenSecurityGroups(named)) }
  }

  /** Removes what is not asked for any more, so that what it leads to can go too. @returns whether anything was */
  async clear({ frontend }: Stack, wanted: FrontendModel | undefined): Promise<boolean> {
    if (!frontend || frontend.Scheme === wanted?.scheme) return false
    await this.#elbv2.deleteLoadBalancer(frontend.LoadBalancerArn)
    return true
  }

  /** Makes it so, once the Application Load Balancer has its listeners. @throws AwsError */
  async deploy(
    planned: PlannedFrontend | undefined,
    stack: Stack,
    application: { readonly arn: string; readonly securityGroups: readonly string[] },
  ): Promise<DeployedFrontend> {
    if (!planned) return { balancer: undefined, groups: [], isChanged: false }
    const { model, subnets, securityGroups = application.securityGroups } = planned
    const there = stack.frontend?.Scheme === model.scheme ? stack.frontend : undefined
    const balancer = there ?? (await this.#network.create(model, { subnets: subnets ?? [], securityGroups }))
    let isChanged = !there
    if (there) isChanged = await this.#network.update(there, model, { subnets, securityGroups })
    const arn = balancer.LoadBalancerArn
    isChanged = (await this.#elbv2.ensureAttributes('LoadBalancer', arn, model.attributes)) || isChanged
    const arns = new Map<string, string>()
    for (const { group } of model.ports) {
      const made = await this.#elbv2.ensureTargetGroup(group, stack)
      isChanged ||= made.isChanged
      arns.set(group.resourceId, made.arn)
    }
    const listeners = model.ports.map(({ port, group: { resourceId }, listenerTags }) => ({
      port,
      listener: PLAIN,
      groups: [{ resourceId, weight: 1 }],
      attributes: {},
      tags: listenerTags,
    }))
    isChanged = (await this.#network.ensureListeners(arn, listeners, arns)) || isChanged
    for (const { group, targetPort } of model.ports) {
      const target = { arn: application.arn, port: targetPort }
      const made = arns.get(group.resourceId) ?? ''
      isChanged = (await this.#elbv2.ensureApplication(made, target)) || isChanged
    }
    return { balancer, groups: [...arns.values()], isChanged }
  }
}
