// Owns the rules that let SSH in to a node group's instances.
// Source: eksctl pkg/cfn/builder/managed_launch_template.go (makeSSHIngressRules).
import type { NodeGroupBase } from '../../config/cluster-config.ts'
import { sub, type Resources, type Value } from './template.ts'

const SSH = { IpProtocol: 'tcp', FromPort: 22, ToPort: 22 }

/** The key of a group's instances, as a member of launch template data. */
export function keyOf({ ssh }: NodeGroupBase): { readonly KeyName?: string } {
  return ssh?.found === undefined ? {} : { KeyName: ssh.found.keyName }
}

/**
 * Who may connect: the groups that the file names; else the VPC for private instances, everybody for others.
 * @param nodes as descriptions name them, e.g. `worker nodes in group web`
 */
export function sshIngress({ ssh, privateNetworking }: NodeGroupBase, nodes: string): readonly Value[] {
  if (ssh?.found === undefined) return []
  const groups = ssh.sourceSecurityGroupIds ?? []
  if (groups.length > 0) return groups.map((SourceSecurityGroupId) => ({ ...SSH, SourceSecurityGroupId }))
  const description = `Allow SSH access to ${nodes}`
  if (privateNetworking === true) {
    const Description = `${description} (private, only inside VPC)`
    return [{ ...SSH, CidrIp: ssh.found.vpcCidr, Description }]
  }
  return [
    { ...SSH, CidrIp: '0.0.0.0/0', Description: description },
    { ...SSH, CidrIpv6: '::/0', Description: description },
  ]
}

/** The security group that lets SSH in to a managed group; nothing where nobody may connect. */
export function sshSecurityGroup(group: NodeGroupBase, vpc: Value): Resources {
  const rules = sshIngress(group, `managed worker nodes in group ${group.name}`)
  if (rules.length === 0) return {}
  return {
    SSH: {
      Type: 'AWS::EC2::SecurityGroup',
      Properties: {
        GroupName: sub('${AWS::StackName}-remoteAccess'),
        GroupDescription: 'Allow SSH access',
        VpcId: vpc,
        SecurityGroupIngress: rules,
      },
    },
  }
}
