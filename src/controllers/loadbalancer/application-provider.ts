// Owns the controller's traffic with ELBv2 for Application Load Balancers: listeners and rules as the model says.
import { AwsError, InternalError } from '../../base/errors.ts'
import { deepEqual } from '../../base/json.ts'
import type { ApplicationListener, ApplicationModel } from '../../rules/load-balancer/application.ts'
import type { MutualModel } from '../../rules/load-balancer/ingress/mutual-authentication.ts'
import type { Tags } from '../../rules/load-balancer/target-group.ts'
import { actionOf, isSameAction, type GroupArns, type ShownAction } from './actions.ts'
import type { Aws } from './aws.ts'
import { isSameSet, toList, type Elbv2Provider, type Tagged } from './elbv2-provider.ts'
import type { ListenerCertificate, LoadBalancer } from './elbv2-shapes.ts'

interface ShownListener {
  readonly ListenerArn: string
  readonly Port: number
  readonly Protocol: string
  readonly SslPolicy?: string
  readonly Certificates?: readonly ListenerCertificate[]
  readonly DefaultActions?: readonly ShownAction[]
  readonly MutualAuthentication?: MutualAuthentication
}

interface MutualAuthentication {
  readonly Mode?: string
  readonly TrustStoreArn?: string
  readonly IgnoreClientCertificateExpiry?: boolean
  readonly AdvertiseTrustStoreCaNames?: string
}

interface Rule {
  readonly RuleArn: string
  readonly Priority: string
  readonly IsDefault: boolean
  readonly Conditions?: readonly { readonly Values?: unknown }[]
  readonly Actions?: readonly ShownAction[]
  readonly Transforms?: readonly object[]
}

/** Where a load balancer stands. */
export interface Placement {
  /** Undefined: where it is. */
  readonly subnets: readonly string[] | undefined
  readonly securityGroups: readonly string[]
}

/** What the controller does in ELBv2 for an Application Load Balancer. Rejections are the AWS errors. */
export class ApplicationProvider {
  readonly #aws: Aws
  readonly #elbv2: Elbv2Provider

  constructor(aws: Aws, elbv2: Elbv2Provider) {
    this.#aws = aws
    this.#elbv2 = elbv2
  }

  async create(model: ApplicationModel, { subnets = [], securityGroups }: Placement): Promise<LoadBalancer> {
    const { LoadBalancers = [] } = await this.#call<{ LoadBalancers?: LoadBalancer[] }>(
      'CreateLoadBalancer',
      {
        Name: model.name,
        Type: 'application',
        Scheme: model.scheme,
        IpAddressType: model.ipAddressType,
        SubnetMappings: subnets.map((SubnetId) => ({ SubnetId })),
        SecurityGroups: securityGroups,
        Tags: toList(model.tags),
      },
    )
    const [created] = LoadBalancers
    if (!created) throw new InternalError('CreateLoadBalancer answered without a load balancer')
    return created
  }

  /** Tags, subnets and security groups of one that is there. @returns whether any changed */
  async update(balancer: Tagged<LoadBalancer>, model: ApplicationModel, where: Placement): Promise<boolean> {
    const { LoadBalancerArn } = balancer
    const isTagged = await this.#elbv2.ensureTags(LoadBalancerArn, balancer.tags, model.tags)
    const current = (balancer.AvailabilityZones ?? []).flatMap(({ SubnetId }) => SubnetId ?? [])
    const isMoved = where.subnets !== undefined && !isSameSet(where.subnets, current)
    if (isMoved) {
      const SubnetMappings = where.subnets.map((SubnetId) => ({ SubnetId }))
      await this.#call('SetSubnets', { LoadBalancerArn, SubnetMappings })
    }
    const isRetyped = await this.#elbv2.ensureIpAddressType(balancer, model.ipAddressType)
    const isGuarded = !isSameSet(where.securityGroups, balancer.SecurityGroups ?? [])
    if (isGuarded) {
      await this.#call('SetSecurityGroups', { LoadBalancerArn, SecurityGroups: where.securityGroups })
    }
    return isTagged || isMoved || isRetyped || isGuarded
  }

  /** Listeners with their rules; others go. @returns whether anything changed */
  async ensureListeners(
    LoadBalancerArn: string,
    wanted: readonly ApplicationListener[],
    groups: GroupArns,
  ): Promise<boolean> {
    const there = await this.#elbv2.all<ShownListener>('DescribeListeners', 'Listeners', {
      LoadBalancerArn,
    })
    let isChanged = false
    for (const { ListenerArn, Port } of there) {
      if (wanted.some(({ port }) => port === Port)) continue
      await this.#call('DeleteListener', { ListenerArn })
      isChanged = true
    }
    const present: { readonly arn: string; readonly model: ApplicationListener }[] = []
    for (const model of wanted) {
      const current = there.find(({ Port }) => Port === model.port)
      const arn = current?.ListenerArn ?? (await this.#createListener(LoadBalancerArn, model, groups))
      if (current) isChanged = (await this.#updateListener(current, model, groups)) || isChanged
      else isChanged = true
      isChanged = (await this.#elbv2.ensureCertificates(arn, model.certificates)) || isChanged
      isChanged = (await this.#elbv2.ensureAttributes('Listener', arn, model.attributes)) || isChanged
      present.push({ arn, model })
    }
    // Of a stack with a listener that AWS refuses no rules are made.
    for (const { arn, model } of present)
      isChanged = (await this.#ensureRules(arn, model, groups)) || isChanged
    return isChanged
  }

  async #createListener(
    LoadBalancerArn: string,
    model: ApplicationListener,
    groups: GroupArns,
  ): Promise<string> {
    const { Listeners = [] } = await this.#call<{ Listeners?: ShownListener[] }>('CreateListener', {
      LoadBalancerArn,
      ...settingsOf(model),
      DefaultActions: [actionOf(model.defaultAction, groups)],
      Tags: toList(model.tags),
    })
    const [created] = Listeners
    if (!created) throw new InternalError('CreateListener answered without a listener')
    return created.ListenerArn
  }

  async #updateListener(
    current: ShownListener,
    model: ApplicationListener,
    groups: GroupArns,
  ): Promise<boolean> {
    const { ListenerArn } = current
    const tags = await this.#elbv2.tagsOf([ListenerArn])
    const isTagged = await this.#elbv2.ensureTags(ListenerArn, tags.get(ListenerArn) ?? {}, model.tags)
    const settings = settingsOf(model)
    const [shown] = current.DefaultActions ?? []
    const isSame =
      current.Protocol === model.protocol &&
      current.SslPolicy === settings.SslPolicy &&
      current.Certificates?.[0]?.CertificateArn === settings.Certificates?.[0]?.CertificateArn &&
      isSameMutual(current.MutualAuthentication, settings.MutualAuthentication) &&
      isSameAction(shown, actionOf(model.defaultAction, groups))
    if (isSame) return isTagged
    const DefaultActions = [actionOf(model.defaultAction, groups)]
    await this.#call('ModifyListener', { ListenerArn, ...settings, DefaultActions })
    return true
  }

  // Equal rules keep their ARN and get the priority they need; of the others, those of the same priority are changed.
  async #ensureRules(
    ListenerArn: string,
    { rules }: ApplicationListener,
    groups: GroupArns,
  ): Promise<boolean> {
    const all = await this.#elbv2.all<Rule>('DescribeRules', 'Rules', { ListenerArn })
    const unmatched = new Set(all.filter(({ IsDefault }) => !IsDefault))
    const wanted = rules.map((rule, index) => ({
      priority: index + 1,
      tags: rule.tags,
      settings: {
        Conditions: rule.conditions,
        Actions: [actionOf(rule.action, groups)],
        Transforms: rule.transforms,
      },
    }))
    const kept = wanted.map((each) => {
      const found = [...unmatched].find((rule) => isSameRule(rule, each.settings))
      if (found) unmatched.delete(found)
      return { ...each, found }
    })
    const moved = kept.flatMap(({ found, priority }) =>
      found && Number(found.Priority) !== priority ? [{ RuleArn: found.RuleArn, Priority: priority }] : [],
    )
    const missing = kept.filter(({ found }) => !found)
    const isChanged = unmatched.size + missing.length + moved.length > 0
    // Those that are in the way go first: a priority can be taken only once.
    for (const { RuleArn } of unmatched) await this.#call('DeleteRule', { RuleArn })
    if (moved.length > 0) await this.#call('SetRulePriorities', { RulePriorities: moved })
    for (const { priority, settings, tags } of missing) {
      await this.#createRule({ ListenerArn, Priority: priority, ...settings, Tags: toList(tags) })
    }
    return (await this.#tagRules(kept)) || isChanged
  }

  // The controller says of this call alone what it was about.
  async #createRule(input: object): Promise<void> {
    try {
      await this.#call('CreateRule', input)
    } catch (error) {
      if (!(error instanceof AwsError)) throw error
      throw new AwsError(error.code, `failed to create listener rule: ${error.message}`)
    }
  }

  async #tagRules(
    kept: readonly { readonly found: Rule | undefined; readonly tags: Tags }[],
  ): Promise<boolean> {
    const there = kept.flatMap(({ found, tags }) => (found ? [{ arn: found.RuleArn, tags }] : []))
    const current = await this.#elbv2.tagsOf(there.map(({ arn }) => arn))
    let isChanged = false
    for (const { arn, tags } of there) {
      isChanged = (await this.#elbv2.ensureTags(arn, current.get(arn) ?? {}, tags)) || isChanged
    }
    return isChanged
  }

  async #call<Output>(operation: string, input: object): Promise<Output> {
    return await this.#aws.call<Output>('elbv2', operation, input)
  }
}

function settingsOf({ port, protocol, sslPolicy, certificates, mutual }: ApplicationListener) {
  const [standard] = certificates
  return {
    Port: port,
    Protocol: protocol,
    ...(protocol === 'HTTPS' && {
      SslPolicy: sslPolicy,
      Certificates: standard === undefined ? [] : [{ CertificateArn: standard }],
    }),
    ...(mutual && { MutualAuthentication: mutualOf(mutual) }),
  }
}

function mutualOf({ mode, trustStore, isIgnoringExpiry, isAdvertising }: MutualModel): MutualAuthentication {
  if (mode !== 'verify' || trustStore === undefined) return { Mode: mode }
  return {
    Mode: mode,
    TrustStoreArn: trustStore,
    IgnoreClientCertificateExpiry: isIgnoringExpiry ?? false,
    AdvertiseTrustStoreCaNames: isAdvertising ? 'on' : 'off',
  }
}

// Where nothing is said, what there is stays; the association is not for clients to say.
function isSameMutual(
  shown: MutualAuthentication | undefined,
  wanted: MutualAuthentication | undefined,
): boolean {
  if (!wanted) return true
  const members = [
    'Mode',
    'TrustStoreArn',
    'IgnoreClientCertificateExpiry',
    'AdvertiseTrustStoreCaNames',
  ] as const
  return members.every((member) => shown?.[member] === wanted[member])
}

function isSameRule(
  rule: Rule,
  wanted: {
    readonly Conditions: readonly object[]
    readonly Actions: readonly ShownAction[]
    readonly Transforms: readonly object[]
  },
): boolean {
  // ELBv2 shows hosts and paths twice.
  const conditions = (rule.Conditions ?? []).map((condition) => ({ ...condition, Values: undefined }))
  return (
    deepEqual(conditions, wanted.Conditions) &&
    deepEqual(rule.Transforms ?? [], wanted.Transforms) &&
    isSameAction(rule.Actions?.[0], wanted.Actions[0])
  )
}
