// Owns the address ranges that a VPC has beside its first one.
// Source: VPC user guide, "VPC CIDR blocks"; API_AssociateVpcCidrBlock.
import type {
  AssociateVpcCidrBlockRequest,
  AssociateVpcCidrBlockResult,
  DisassociateVpcCidrBlockRequest,
  DisassociateVpcCidrBlockResult,
  VpcCidrBlockAssociation,
} from '@aws-sdk/client-ec2'

import { contains6, parseCidr6 } from '../../../base/cidr6.ts'
import { AwsError } from '../../../base/errors.ts'
import type { Writer } from '../../../store/store.ts'
import { operation } from '../../protocol/operation.ts'
import { contains, formatCidr, overlaps, parseCidr } from './cidr.ts'
import { missingParameter } from './errors.ts'
import { showVpcBlock6, withAmazonBlock } from './ipv6.ts'
import { need, type Ec2State, type VpcCidr, type VpcRecord } from './state.ts'

/** Quota L-83CA0A9D. */
const MOST = 5

/** All ranges of a VPC, the first one first. */
export function cidrsOf({ cidr, associationId, moreCidrs = [] }: VpcRecord): readonly VpcCidr[] {
  return [{ cidr, associationId }, ...moreCidrs]
}

/** Ranges as answers carry them. */
export function showCidr(
  { cidr, associationId }: VpcCidr,
  State: 'associated' | 'associating' | 'disassociating',
): VpcCidrBlockAssociation {
  return { AssociationId: associationId, CidrBlock: cidr, CidrBlockState: { State } }
}

/**
 * AssociateVpcCidrBlock: associated at once.
 * @throws AwsError InvalidVpcID.NotFound, InvalidVpc.Range, InvalidParameterValue, CidrLimitExceeded, MissingParameter
 */
export const associateVpcCidrBlock = operation<
  Ec2State,
  AssociateVpcCidrBlockRequest,
  AssociateVpcCidrBlockResult
>()({
  honours: ['VpcId', 'CidrBlock', 'AmazonProvidedIpv6CidrBlock'],
  handle: async (input, ec2) => {
    if (input.AmazonProvidedIpv6CidrBlock === true) return await associateBlock6(ec2, input.VpcId)
    if (input.CidrBlock === undefined) throw missingParameter('CidrBlock')
    const range = parseCidr(input.CidrBlock)
    const made: VpcCidr = {
      cidr: formatCidr(range),
      associationId: `vpc-cidr-assoc-0${ec2.deps.ids.hex(16)}`,
    }
    await ec2.deps.store.transact((tx) => {
      const vpc = need(ec2.vpcs, 'vpc', input.VpcId)
      const present = cidrsOf(vpc)
      if (present.length >= MOST) {
        throw new AwsError(
          'CidrLimitExceeded',
          `This network ${vpc.id} has met its maximum number of allowed CIDRs: ${MOST}`,
        )
      }
      const isFree = present.every(({ cidr }) => !overlaps(parseCidr(cidr), range))
      if (range.prefixLength < 16 || range.prefixLength > 28 || !isFree) {
        throw new AwsError('InvalidVpc.Range', `The CIDR '${input.CidrBlock}' is invalid.`)
      }
      ec2.vpcs.putIn(tx, vpc.id, { ...vpc, moreCidrs: [...(vpc.moreCidrs ?? []), made] })
    })
    return { VpcId: input.VpcId, CidrBlockAssociation: showCidr(made, 'associating') }
  },
})

async function associateBlock6(ec2: Ec2State, id: string | undefined): Promise<AssociateVpcCidrBlockResult> {
  return await ec2.deps.store.transact((tx) => {
    const { vpc, block } = withAmazonBlock(ec2, need(ec2.vpcs, 'vpc', id))
    ec2.vpcs.putIn(tx, vpc.id, vpc)
    return { VpcId: vpc.id, Ipv6CidrBlockAssociation: showVpcBlock6(ec2, block, 'associating') }
  })
}

/**
 * DisassociateVpcCidrBlock.
 * @throws AwsError InvalidVpcCidrBlockAssociationID.NotFound, OperationNotPermitted, InvalidCidrBlock.InUse
 */
export const disassociateVpcCidrBlock = operation<
  Ec2State,
  DisassociateVpcCidrBlockRequest,
  DisassociateVpcCidrBlockResult
>()({
  honours: ['AssociationId'],
  handle: async (input, ec2) =>
    await ec2.deps.store.transact((tx) => {
      const id = input.AssociationId ?? ''
      const without6 = withoutBlock6(tx, ec2, id)
      if (without6) return without6
      const vpc = ec2.vpcs
        .list()
        .find((each) => cidrsOf(each).some(({ associationId }) => associationId === id))
      const block = vpc && cidrsOf(vpc).find(({ associationId }) => associationId === id)
      if (!vpc || !block) {
        throw new AwsError(
          'InvalidVpcCidrBlockAssociationID.NotFound',
          `The vpc CIDR block association ID '${id}' does not exist`,
        )
      }
      if (id === vpc.associationId) {
        throw new AwsError(
          'OperationNotPermitted',
          `The vpc CIDR block with association ID ${id} may not be disassociated. It is the primary IPv4 CIDR block of the VPC`,
        )
      }
      const range = parseCidr(block.cidr)
      const isUsed = ec2.subnets
        .list()
        .some(({ vpcId, cidr }) => vpcId === vpc.id && contains(range, parseCidr(cidr)))
      if (isUsed) throw inUse(vpc.id, block.cidr)
      const moreCidrs = (vpc.moreCidrs ?? []).filter(({ associationId }) => associationId !== id)
      ec2.vpcs.putIn(tx, vpc.id, { ...vpc, moreCidrs })
      return { VpcId: vpc.id, CidrBlockAssociation: showCidr(block, 'disassociating') }
    }),
})

// Undefined: no IPv6 block has the association.
function withoutBlock6(tx: Writer, ec2: Ec2State, id: string): DisassociateVpcCidrBlockResult | undefined {
  const holds = ({ cidrs6 = [] }: VpcRecord): VpcCidr | undefined =>
    cidrs6.find(({ associationId }) => associationId === id)
  const vpc = ec2.vpcs.list().find((each) => holds(each) !== undefined)
  const block = vpc && holds(vpc)
  if (!block) return undefined
  const range = parseCidr6(block.cidr)
  const isUsed = ec2.subnets
    .list()
    .some(({ vpcId, cidr6 }) => vpcId === vpc.id && cidr6 && contains6(range, parseCidr6(cidr6.cidr)))
  if (isUsed) throw inUse(vpc.id, block.cidr)
  const cidrs6 = (vpc.cidrs6 ?? []).filter(({ associationId }) => associationId !== id)
  ec2.vpcs.putIn(tx, vpc.id, { ...vpc, cidrs6 })
  return { VpcId: vpc.id, Ipv6CidrBlockAssociation: showVpcBlock6(ec2, block, 'disassociating') }
}

function inUse(vpcId: string, cidr: string): AwsError {
  return new AwsError(
    'InvalidCidrBlock.InUse',
    `The vpc ${vpcId} currently has a subnet within CIDR block ${cidr}`,
  )
}
