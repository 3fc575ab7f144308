// Owns looking up the launch templates of the user's own that node groups are made from.
// Source: eksctl pkg/cfn/builder (launch_template_fetcher.go, managed_nodegroup.go).
import type { ClusterConfig, ManagedNodeGroup } from '../config/cluster-config.ts'
import { UserError } from '../base/errors.ts'
import type { DeployContext } from './context.ts'

/**
 * The config with what the templates of its groups say of image and instance type.
 * @throws UserError when a template leaves open what it must say, or says what the group says
 */
export async function withOwnTemplates(context: DeployContext): Promise<ClusterConfig> {
  const { config } = context
  if (!config.managedNodeGroups?.some(({ launchTemplate }) => launchTemplate)) return config
  const groups = await Promise.all(config.managedNodeGroups.map((group) => lookUp(context, group)))
  return { ...config, managedNodeGroups: groups }
}

async function lookUp({ cloud }: DeployContext, group: ManagedNodeGroup): Promise<ManagedNodeGroup> {
  const { launchTemplate } = group
  if (!launchTemplate) return group
  const { DescribeLaunchTemplateVersionsCommand } = await import('@aws-sdk/client-ec2')
  const client = await cloud.ec2()
  const { LaunchTemplateVersions = [] } = await client.send(
    new DescribeLaunchTemplateVersionsCommand({
      LaunchTemplateId: launchTemplate.id,
      Versions: [launchTemplate.version ?? '$Default'],
    }),
  )
  const {
    ImageId: imageId,
    InstanceType: instanceType,
    ...data
  } = LaunchTemplateVersions[0]?.LaunchTemplateData ?? {}
  const refuse = (message: string): UserError => new UserError(`node group ${group.name}: ${message}`)
  const types = group.instanceTypes ?? []
  if (instanceType === undefined && types.length === 0)
    throw refuse('instance type must be set in the launch template if instanceTypes is not specified')
  if (instanceType !== undefined && types.length > 0)
    throw refuse('instance type must not be set in the launch template if instanceTypes is specified')
  if (imageId !== undefined && data.UserData === undefined)
    throw refuse('node bootstrapping script (UserData) must be set when using a custom AMI')
  if (imageId !== undefined && group.releaseVersion !== undefined)
    throw refuse('cannot set releaseVersion when the launch template has an image')
  if (data.IamInstanceProfile?.Arn !== undefined)
    throw refuse('IAM instance profile must not be set in the launch template')
  const found = {
    ...(imageId === undefined ? {} : { imageId }),
    ...(instanceType === undefined ? {} : { instanceType }),
  }
  return { ...group, launchTemplate: { ...launchTemplate, found } }
}
