// Owns the controller's traffic with ELBv2: finding what is a Service's by tags, and making it as the model says.
import { InternalError, isAwsCode, messageOf } from '../../base/errors.ts'
import { BuildError } from '../../rules/load-balancer/annotations.ts'
import type { Aws } from './aws.ts'
import {
  type ListenerCertificate,
  type LoadBalancer,
  type TargetDescription,
  type TargetGroup,
  type TargetHealthDescription,
} from './elbv2-shapes.ts'
import { resourceTagOf } from '../../rules/load-balancer/edition.ts'
import type { IpAddressType } from '../../rules/load-balancer/ip-address-type.ts'
import { FRONTEND } from '../../rules/load-balancer/ingress/frontend.ts'
import type { TargetGroupBindingSpec } from '../../rules/load-balancer/target-group-binding.ts'
import type { GroupModel, Tags } from '../../rules/load-balancer/target-group.ts'
import { tagChange } from './tag-change.ts'

/** Tags of at most so many resources can be asked for at once; targets are sent in larger chunks. */
const TAGGED_ARNS = 20
const TARGETS_A_CALL = 200

/** What ELBv2 says of resources that are not there any more. */
const GONE = [
  'LoadBalancerNotFound',
  'LoadBalancerNotFoundException',
  'TargetGroupNotFound',
  'TargetGroupNotFoundException',
]

/** A resource with its tags. */
export type Tagged<Resource> = Resource & { readonly tags: Tags }

/** What belongs to one Service, or to one group of Ingresses. */
export interface Stack {
  readonly loadBalancer: Tagged<LoadBalancer> | undefined
  /** The Network Load Balancer in front of that of a group. */
  readonly frontend: Tagged<LoadBalancer> | undefined
  readonly targetGroups: readonly Tagged<TargetGroup>[]
}

/** What the controller does in ELBv2. Rejections are the AWS errors. */
export class Elbv2Provider {
  readonly #aws: Aws
  readonly #vpcId: string

  constructor(aws: Aws, vpcId: string) {
    this.#aws = aws
    this.#vpcId = vpcId
  }

  /** Finds what carries the tags of the stack, whoever made it. */
  async find(stackTags: Tags): Promise<Stack> {
    for (;;) {
      try {
        return await this.#find(stackTags)
      } catch (error) {
        // Something of another stack was deleted between the list and the question for its tags.
        if (!isAwsCode(error, ...GONE)) throw error
      }
    }
  }

  async #find(stackTags: Tags): Promise<Stack> {
    const [balancers, groups] = await Promise.all([
      this.all<LoadBalancer>('DescribeLoadBalancers', 'LoadBalancers'),
      this.all<TargetGroup>('DescribeTargetGroups', 'TargetGroups'),
    ])
    const ours = balancers.filter(({ VpcId }) => VpcId === this.#vpcId)
    const tags = await this.tagsOf([
      ...ours.map(({ LoadBalancerArn }) => LoadBalancerArn),
      ...groups.map(({ TargetGroupArn }) => TargetGroupArn),
    ])
    const tagged = <Resource>(resource: Resource, arn: string): Tagged<Resource> => ({
      ...resource,
      tags: tags.get(arn) ?? {},
    })
    const isOfStack = (resource: { readonly tags: Tags }): boolean =>
      Object.entries(stackTags).every(([key, value]) => resource.tags[key] === value)
    const isFrontend = ({ tags: own }: { readonly tags: Tags }): boolean =>
      own[resourceTagOf(own)] === FRONTEND
    const found = ours.map((one) => tagged(one, one.LoadBalancerArn)).filter(isOfStack)
    return {
      loadBalancer: found.find((one) => !isFrontend(one)),
      frontend: found.find(isFrontend),
      targetGroups: groups.map((one) => tagged(one, one.TargetGroupArn)).filter(isOfStack),
    }
  }

  /** The target group of the model: the one that is there with its health check brought up to date, or a new one. */
  async ensureTargetGroup(
    model: GroupModel,
    stack: Pick<Stack, 'targetGroups'>,
  ): Promise<{ arn: string; isChanged: boolean }> {
    const there = stack.targetGroups.find((group) => isSameGroup(group, model))
    const arn = there?.TargetGroupArn ?? (await this.#createTargetGroup(model))
    const isStale = there !== undefined && !hasHealthCheck(there, model)
    if (isStale) await this.#call('ModifyTargetGroup', { TargetGroupArn: arn, ...model.healthCheck })
    const isTagged = there !== undefined && (await this.ensureTags(arn, there.tags, model.tags))
    const isTuned = await this.ensureAttributes('TargetGroup', arn, model.attributes)
    return { arn, isChanged: !there || isStale || isTagged || isTuned }
  }

  /** @returns whether the load balancer was of another type */
  async ensureIpAddressType(balancer: LoadBalancer, IpAddressType: IpAddressType): Promise<boolean> {
    const { LoadBalancerArn, IpAddressType: current = 'ipv4' } = balancer
    if (current === IpAddressType) return false
    await this.#call('SetIpAddressType', { LoadBalancerArn, IpAddressType })
    return true
  }

  /** All certificates of a listener, the default one too: the controller lists all that it is given. @returns whether any came or went */
  async ensureCertificates(ListenerArn: string, wanted: readonly string[]): Promise<boolean> {
    if (wanted.length === 0) return false
    const all = await this.all<ListenerCertificate>('DescribeListenerCertificates', 'Certificates', {
      ListenerArn,
    })
    const current = all.filter(({ IsDefault }) => !IsDefault).map(({ CertificateArn }) => CertificateArn)
    const added = wanted.filter((arn) => !current.includes(arn))
    const gone = current.filter((arn) => !wanted.includes(arn))
    const listed = (arns: readonly string[]) => ({
      ListenerArn,
      Certificates: arns.map((CertificateArn) => ({ CertificateArn })),
    })
    if (added.length > 0) await this.#call('AddListenerCertificates', listed(added))
    if (gone.length > 0) await this.#call('RemoveListenerCertificates', listed(gone))
    return added.length + gone.length > 0
  }

  /** Deletes it, after lifting its deletion protection where it has one: whether it may go is the Service's to say. */
  async deleteLoadBalancer(arn: string): Promise<void> {
    try {
      await this.#deleteLoadBalancer(arn)
    } catch (error) {
      if (!isAwsCode(error, 'OperationNotPermitted', 'OperationNotPermittedException')) throw error
      await this.ensureAttributes('LoadBalancer', arn, { 'deletion_protection.enabled': 'false' })
      await this.#deleteLoadBalancer(arn)
    }
  }

  async #deleteLoadBalancer(arn: string): Promise<void> {
    try {
      await this.#call('DeleteLoadBalancer', { LoadBalancerArn: arn })
    } catch (error) {
      if (!isAwsCode(error, 'LoadBalancerNotFound', 'LoadBalancerNotFoundException')) throw error
    }
  }

  /** Rejects with ResourceInUse while a listener still forwards to it; the pass is then repeated. */
  async deleteTargetGroup(arn: string): Promise<void> {
    try {
      await this.#call('DeleteTargetGroup', { TargetGroupArn: arn })
    } catch (error) {
      if (!isAwsCode(error, 'TargetGroupNotFound', 'TargetGroupNotFoundException')) throw error
    }
  }

  /** The target group that a TargetGroupBinding names. @throws BuildError when it names none that is there */
  async targetGroup(
    spec: Pick<TargetGroupBindingSpec, 'targetGroupARN' | 'targetGroupName'>,
  ): Promise<TargetGroup> {
    const { targetGroupARN, targetGroupName } = spec
    if (targetGroupARN === undefined && targetGroupName === undefined) {
      throw new BuildError('must provide either TargetGroupARN or TargetGroupName')
    }
    const by =
      targetGroupARN === undefined ? { Names: [targetGroupName] } : { TargetGroupArns: [targetGroupARN] }
    const found = await this.all<TargetGroup>('DescribeTargetGroups', 'TargetGroups', by).catch(
      (error: unknown) => {
        if (!isAwsCode(error, ...GONE)) throw error
        throw new BuildError(messageOf(error))
      },
    )
    const [group] = found
    if (group && found.length === 1) return group
    throw new BuildError(
      `expecting a single targetGroup with query [${targetGroupARN ?? targetGroupName}] but got ${found.length}`,
    )
  }

  /** Takes all targets out of the target group that a TargetGroupBinding names; nothing when it is gone. */
  async deregisterAll(spec: TargetGroupBindingSpec): Promise<void> {
    const group = await this.targetGroup(spec).catch((error: unknown) => {
      if (error instanceof BuildError) return undefined
      throw error
    })
    const targets = group ? await this.targets(group.TargetGroupArn) : []
    if (!group || targets.length === 0) return
    const all = targets.map(({ Target: { Id, Port } }) => ({ Id, Port }))
    await this.deregister(group.TargetGroupArn, all)
  }

  /** Targets with their health; those that drain are left out. Empty when the group is gone. */
  async targets(arn: string): Promise<TargetHealthDescription[]> {
    try {
      const answer = await this.#call<{ TargetHealthDescriptions?: TargetHealthDescription[] }>(
        'DescribeTargetHealth',
        { TargetGroupArn: arn },
      )
      return (answer.TargetHealthDescriptions ?? []).filter(
        ({ TargetHealth }) => TargetHealth.State !== 'draining',
      )
    } catch (error) {
      if (isAwsCode(error, 'TargetGroupNotFound', 'TargetGroupNotFoundException')) return []
      throw error
    }
  }

  /** An Application Load Balancer is the one target of the group. @returns whether it was another */
  async ensureApplication(group: string, { arn, port }: { arn: string; port: number }): Promise<boolean> {
    const [current] = await this.targets(group)
    if (current?.Target.Id === arn) return false
    await this.register(group, [{ Id: arn, Port: port }])
    return true
  }

  async register(arn: string, targets: readonly TargetDescription[]): Promise<void> {
    await this.#inChunks('RegisterTargets', arn, targets)
  }

  async deregister(arn: string, targets: readonly TargetDescription[]): Promise<void> {
    await this.#inChunks('DeregisterTargets', arn, targets)
  }

  async #inChunks(
    operation: string,
    TargetGroupArn: string,
    targets: readonly TargetDescription[],
  ): Promise<void> {
    for (let start = 0; start < targets.length; start += TARGETS_A_CALL) {
      await this.#call(operation, { TargetGroupArn, Targets: targets.slice(start, start + TARGETS_A_CALL) })
    }
  }

  async #createTargetGroup(model: GroupModel): Promise<string> {
    const answer = await this.#call<{ TargetGroups?: TargetGroup[] }>('CreateTargetGroup', {
      Name: model.name,
      Protocol: model.protocol ?? 'TCP',
      ...(model.protocolVersion && { ProtocolVersion: model.protocolVersion }),
      Port: model.port,
      VpcId: this.#vpcId,
      TargetType: model.targetType,
      IpAddressType: model.family,
      HealthCheckEnabled: true,
      ...model.healthCheck,
      Tags: toList(model.tags),
    })
    const arn = answer.TargetGroups?.[0]?.TargetGroupArn
    if (arn === undefined) throw new InternalError('CreateTargetGroup answered without a target group')
    return arn
  }

  /** Sets what differs. @returns whether anything did */
  async ensureAttributes(
    kind: 'TargetGroup' | 'LoadBalancer' | 'Listener',
    arn: string,
    wanted: Tags,
  ): Promise<boolean> {
    if (Object.keys(wanted).length === 0) return false
    const key = { [`${kind}Arn`]: arn }
    const { Attributes = [] } = await this.#call<{ Attributes?: { Key?: string; Value?: string }[] }>(
      `Describe${kind}Attributes`,
      key,
    )
    const current = new Map(Attributes.map(({ Key, Value }) => [Key, Value]))
    const changed = Object.entries(wanted).filter(([name, value]) => current.get(name) !== value)
    if (changed.length === 0) return false
    const Changed = changed.map(([Key, Value]) => ({ Key, Value }))
    await this.#call(`Modify${kind}Attributes`, { ...key, Attributes: Changed })
    return true
  }

  /** Brings tags to what is wanted. @returns whether any changed */
  async ensureTags(arn: string, current: Tags, wanted: Tags): Promise<boolean> {
    const { added, removed } = tagChange(current, wanted)
    const ResourceArns = [arn]
    if (added.length > 0) await this.#call('AddTags', { ResourceArns, Tags: added })
    if (removed.length > 0) await this.#call('RemoveTags', { ResourceArns, TagKeys: removed })
    return added.length + removed.length > 0
  }

  /** The tags of resources, by ARN. */
  async tagsOf(arns: readonly string[]): Promise<Map<string, Record<string, string>>> {
    const result = new Map<string, Record<string, string>>()
    for (let start = 0; start < arns.length; start += TAGGED_ARNS) {
      const answer = await this.#call<{
        TagDescriptions?: { ResourceArn: string; Tags?: { Key: string; Value?: string }[] }[]
      }>('DescribeTags', { ResourceArns: arns.slice(start, start + TAGGED_ARNS) })
      for (const { ResourceArn, Tags = [] } of answer.TagDescriptions ?? []) {
        result.set(ResourceArn, Object.fromEntries(Tags.map(({ Key, Value }) => [Key, Value ?? ''])))
      }
    }
    return result
  }

  /** Every page of a list. */
  async all<Item>(operation: string, member: string, input: object = {}): Promise<Item[]> {
    const items: Item[] = []
    let marker: string | undefined
    do {
      const page = await this.#call<Record<string, unknown>>(operation, {
        ...input,
        ...(marker !== undefined && { Marker: marker }),
      })
      // The SDK's schema of the operation says what the member holds.
      items.push(...((page[member] ?? []) as Item[]))
      marker = page['NextMarker'] as string | undefined
    } while (marker)
    return items
  }

  async #call<Output>(operation: string, input: object): Promise<Output> {
    return await this.#aws.call<Output>('elbv2', operation, input)
  }
}

/** Tags as ELBv2 takes them. */
export function toList(tags: Tags): { Key: string; Value: string }[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }))
}

/** Whether two lists without repetitions hold the same. */
export function isSameSet(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((item) => b.includes(item))
}

// isSDKTargetGroupRequiresReplacement: the port does not count, since every target is registered with its own.
function isSameGroup(group: Tagged<TargetGroup>, model: GroupModel): boolean {
  const isOfPort = group.tags[resourceTagOf(group.tags)] === model.resourceId
  return (
    isOfPort &&
    group.Protocol === (model.protocol ?? 'TCP') &&
    group.ProtocolVersion === model.protocolVersion &&
    group.TargetType === model.targetType
  )
}

function hasHealthCheck(group: TargetGroup, { healthCheck }: GroupModel): boolean {
  const { Matcher, ...plain } = healthCheck
  const isSame = Object.entries(plain).every(([key, value]) => group[key as keyof TargetGroup] === value)
  const isMatched =
    group.Matcher?.HttpCode === Matcher?.HttpCode && group.Matcher?.GrpcCode === Matcher?.GrpcCode
  return isSame && (!Matcher || isMatched)
}
