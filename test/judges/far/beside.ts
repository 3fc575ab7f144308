// Owns clusters and node groups of templates in an emulator whose CloudFormation makes none: its EKS makes them.
import { CloudFormationClient, DescribeStackResourcesCommand } from '@aws-sdk/client-cloudformation'
import {
  CreateClusterCommand,
  CreateNodegroupCommand,
  DeleteClusterCommand,
  DeleteNodegroupCommand,
  DescribeClusterCommand,
  EKSClient,
  type CreateClusterCommandInput,
  type CreateNodegroupCommandInput,
} from '@aws-sdk/client-eks'

import { isObject } from '../../../src/base/json.ts'
import type { Parts } from './lacking.ts'

const CLUSTER = 'AWS::EKS::Cluster'
const NODE_GROUP = 'AWS::EKS::Nodegroup'
/** What is made beside the stacks. */
export const MADE_BESIDE = [CLUSTER, NODE_GROUP]

// One of the two that EKS takes by itself.
const SERVICE_BLOCK = '172.20.0.0/16'

/** Makes and removes what stands in templates as clusters and node groups. */
export class Beside {
  /** Values of exports that the stacks themselves cannot have. */
  readonly #exports = new Map<string, unknown>()
  readonly #groups = new Map<string, { readonly clusterName: string; readonly nodegroupName: string }>()
  readonly #clusters = new Map<string, string>()
  #network: { readonly vpcId?: string | undefined; readonly clusterSecurityGroupId?: string | undefined } = {}
  readonly #eks: EKSClient
  readonly #cloudFormation: CloudFormationClient

  constructor(endpoint: string, region: string) {
    const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }
    this.#eks = new EKSClient({ endpoint, region, credentials })
    this.#cloudFormation = new CloudFormationClient({ endpoint, region, credentials })
  }

  /** The template with the values of exports that are known here alone. */
  imported(template: Parts): Parts {
    const replace = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(replace)
      if (!isObject(value)) return value
      const name = value['Fn::ImportValue']
      if (typeof name === 'string' && this.#exports.has(name)) return this.#exports.get(name)
      return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, replace(inner)]))
    }
    // Only values of properties are replaced.
    return replace(template) as Parts
  }

  /** The answer of DescribeCluster with the network that it has not. */
  described(body: string): string {
    // An answer of EKS.
    const { cluster } = JSON.parse(body) as { cluster: { resourcesVpcConfig: object } }
    const resourcesVpcConfig = { ...cluster.resourcesVpcConfig, ...this.#network }
    const kubernetesNetworkConfig = { ipFamily: 'ipv4', serviceIpv4Cidr: SERVICE_BLOCK }
    return JSON.stringify({ cluster: { ...cluster, resourcesVpcConfig, kubernetesNetworkConfig } })
  }

  /** Makes what the stack, which is there without it, has in its template. */
  async make(stack: string, template: Parts): Promise<void> {
    const { StackResources = [] } = await this.#cloudFormation.send(
      new DescribeStackResourcesCommand({ StackName: stack }),
    )
    const ids = new Map(
      StackResources.map(({ LogicalResourceId = '', PhysicalResourceId = '' }) => [
        LogicalResourceId,
        PhysicalResourceId,
      ]),
    )
    for (const { Type, Properties = {} } of Object.values(template.Resources)) {
      const input = camel(this.#resolved(Properties, ids))
      // The properties of these types are the members of their calls.
      if (Type === CLUSTER)
        await this.#makeCluster(stack, { template, ids }, input as CreateClusterCommandInput)
      if (Type === NODE_GROUP) {
        const { clusterName = '', nodegroupName = '' } = input as CreateNodegroupCommandInput
        await this.#eks.send(new CreateNodegroupCommand(input as CreateNodegroupCommandInput))
        this.#groups.set(stack, { clusterName, nodegroupName })
      }
    }
  }

  /** Removes what was made for the stack. */
  async remove(stack: string): Promise<void> {
    const group = this.#groups.get(stack)
    if (group) await this.#eks.send(new DeleteNodegroupCommand(group))
    const name = this.#clusters.get(stack)
    if (name !== undefined) await this.#eks.send(new DeleteClusterCommand({ name }))
    this.#groups.delete(stack)
    this.#clusters.delete(stack)
  }

  async #makeCluster(
    stack: string,
    { template, ids }: { readonly template: Parts; readonly ids: ReadonlyMap<string, string> },
    given: CreateClusterCommandInput,
  ): Promise<void> {
    const { name = '' } = given
    const { logging: _unlike, accessConfig: _later, ...input } = given
    await this.#eks.send(new CreateClusterCommand(input))
    this.#clusters.set(stack, name)
    const { cluster } = await this.#eks.send(new DescribeClusterCommand({ name }))
    this.#network = { vpcId: ids.get('VPC'), clusterSecurityGroupId: ids.get('ControlPlaneSecurityGroup') }
    const values: Readonly<Record<string, unknown>> = {
      Arn: cluster?.arn,
      Endpoint: cluster?.endpoint,
      ClusterSecurityGroupId: this.#network.clusterSecurityGroupId,
    }
    for (const [output, { Value }] of Object.entries(template.Outputs ?? {})) {
      const attribute: unknown = isObject(Value) ? Value['Fn::GetAtt'] : undefined
      if (Array.isArray(attribute) && String(attribute[0]) === 'ControlPlane')
        this.#exports.set(`${stack}::${output}`, values[String(attribute[1])])
    }
  }

  #resolved(value: unknown, ids: ReadonlyMap<string, string>): unknown {
    if (Array.isArray(value)) return value.map((item) => this.#resolved(item, ids))
    if (!isObject(value)) return value
    const target = value['Ref'] ?? (Array.isArray(value['Fn::GetAtt']) ? value['Fn::GetAtt'][0] : undefined)
    const id = ids.get(String(target))
    // Of all that these types refer to by an attribute, it is the ARN of a role.
    if (value['Fn::GetAtt'] !== undefined) return `arn:aws:iam::123456789012:role/${id}`
    if (id !== undefined) return id
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, this.#resolved(inner, ids)]))
  }
}

// Labels and tags are of the user's own, and stay as they are.
function camel(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(camel)
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key.charAt(0).toLowerCase() + key.slice(1),
      key === 'Labels' || key === 'Tags' ? tagMap(inner) : camel(inner),
    ]),
  )
}

function tagMap(value: unknown): unknown {
  if (!Array.isArray(value)) return value
  const pairs = value.filter(isObject).map((tag) => [String(tag['Key']), String(tag['Value'])])
  return Object.fromEntries(pairs)
}
