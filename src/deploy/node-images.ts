// Owns which machine image nodes start from whose image EKS does not choose: the file's, or the newest that AWS names.
// Source: eksctl pkg/ami/ssm_resolver.go; Amazon EKS User Guide, "Retrieve recommended … AMI IDs".
import type { NodeGroupBase } from '../config/cluster-config.ts'
import { UserError } from '../base/errors.ts'
import { imageParameterOf, ownImage } from '../rules/eksctl/ami-families.ts'
import { amiFamilyOf, instanceTypesOf } from '../rules/eksctl/node-group-defaults.ts'
import type { DeployContext } from './context.ts'

/** The image id. @throws UserError when AWS names none for this family and version */
export async function nodeImage(
  { cloud }: Pick<DeployContext, 'cloud'>,
  group: NodeGroupBase,
  version: string,
): Promise<string> {
  const own = ownImage(group)
  if (own !== undefined) return own
  const { GetParameterCommand } = await import('@aws-sdk/client-ssm')
  const client = await cloud.ssm()
  const Name = imageParameterOf(amiFamilyOf(group), version, instanceTypesOf(group))
  const { Parameter } = await client.send(new GetParameterCommand({ Name }))
  if (Parameter?.Value !== undefined) return Parameter.Value
  throw new UserError(`node group ${group.name}: AWS names no image under ${Name}`, {
    help: 'Name an image with `ami`, or choose another amiFamily.',
  })
}
