// Owns which machine image a self-managed node group starts from: the file's, or the newest that AWS names.
// Source: eksctl pkg/ami/ssm_resolver.go; Amazon EKS User Guide, "Retrieve recommended … AMI IDs".
import type { SelfManagedNodeGroup } from '../config/cluster-config.ts'
import { UserError } from '../base/errors.ts'
import { amiFamilyOf, instanceTypesOf, isArm } from '../rules/eksctl/node-group-defaults.ts'
import type { DeployContext } from './context.ts'

/** Values of `ami` that leave the choice to eksctl. */
const AUTOMATIC: readonly (string | undefined)[] = [undefined, '', 'auto', 'auto-ssm', 'static']

/** The image id. @throws UserError when AWS names none for this family and version */
export async function nodeImage(
  { cloud }: Pick<DeployContext, 'cloud'>,
  group: SelfManagedNodeGroup,
  version: string,
): Promise<string> {
  if (group.ami !== undefined && !AUTOMATIC.includes(group.ami)) return group.ami
  const { GetParameterCommand } = await import('@aws-sdk/client-ssm')
  const client = await cloud.ssm()
  const Name = parameterOf(group, version)
  const { Parameter } = await client.send(new GetParameterCommand({ Name }))
  if (Parameter?.Value !== undefined) return Parameter.Value
  throw new UserError(`node group ${group.name}: AWS names no image under ${Name}`, {
    help: 'Name an image with `ami`, or choose another amiFamily.',
  })
}

function parameterOf(group: SelfManagedNodeGroup, version: string): string {
  const [type] = instanceTypesOf(group)
  const architecture = isArm(type) ? 'arm64' : 'x86_64'
  const images = `/aws/service/eks/optimized-ami/${version}`
  switch (amiFamilyOf(group)) {
    case 'Bottlerocket':
      return `/aws/service/bottlerocket/aws-k8s-${version}/${architecture}/latest/image_id`
    case 'AmazonLinux2':
      return `${images}/amazon-linux-2${isArm(type) ? '-arm64' : ''}/recommended/image_id`
    default:
      return `${images}/amazon-linux-2023/${architecture}/standard/recommended/image_id`
  }
}
