// Owns the Network Load Balancers in front of those of Ingresses: their target is the Application Load Balancer itself.
// Source: aws-load-balancer-controller, pkg/deploy/elbv2/frontend_nlb_target_synthesizer.go.
import type { FrontendModel } from '../../rules/load-balancer/ingress/frontend.ts'
import { subnetMappings } from '../../rules/load-balancer/subnet-addresses.ts'
import type { Ec2Provider } from './ec2-provider.ts'
import type { Elbv2Provider, Stack } from './elbv2-provider.ts'
import type { ForwardingListener, LoadBalancer } from './elbv2-shapes.ts'

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

/** The load balancers in front, in AWS. */
export class Frontends {
  readonly #ec2: Ec2Provider
  readonly #elbv2: Elbv2Provider

  constructor({ ec2, elbv2 }: { readonly ec2: Ec2Provider; readonly elbv2: Elbv2Provider }) {
    this.#ec2 = ec2
    this.#elbv2 = elbv2
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
    const elbv2 = this.#elbv2
    const { model, subnets, securityGroups = application.securityGroups } = planned
    const there = stack.frontend?.Scheme === model.scheme ? stack.frontend : undefined
    const balancer =
      there ?? (await elbv2.createLoadBalancer(model, { subnets: subnets ?? [], securityGroups }))
    let isChanged = !there
    if (there) isChanged = await elbv2.updateLoadBalancer(there, model, { subnets, securityGroups })
    const arn = balancer.LoadBalancerArn
    isChanged = (await elbv2.ensureAttributes('LoadBalancer', arn, model.attributes)) || isChanged
    const listeners: ForwardingListener[] = []
    for (const { port, group, listenerTags } of model.ports) {
      const made = await elbv2.ensureTargetGroup(group, stack)
      isChanged ||= made.isChanged
      listeners.push({ port, attributes: {}, tags: listenerTags, group: made.arn })
    }
    isChanged = (await elbv2.ensureListeners(arn, listeners)) || isChanged
    for (const [index, { group }] of listeners.entries()) {
      const [current] = await elbv2.targets(group)
      if (current?.Target.Id === application.arn) continue
      await elbv2.register(group, [{ Id: application.arn, Port: model.ports[index]?.targetPort ?? 0 }])
      isChanged = true
    }
    return { balancer, groups: listeners.map(({ group }) => group), isChanged }
  }
}
