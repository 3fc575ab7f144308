// Owns how IAM names the resource in its refusals: existing things by kind and name, new ones by their ARN.
// Seen in terraform-aws-modules/terraform-aws-eks#2517 (role), eksctl-io/eksctl#319 (a new role).
import { parseArn } from '../../base/arn.ts'
import type { Place } from './resources.ts'

/** `role NAME`, `arn:aws:iam::1:role/NAME`; of a listing, the kind alone: `arn:aws:iam::1:role/`. */
export function shownOfIam(action: string, arn: string, { partition, accountId }: Place): string {
  if (arn === '*') {
    const kind = /^iam:List(Role|User|Group|InstanceProfile)s$/.exec(action)?.[1]
    if (kind !== undefined) {
      const name = kind.replaceAll(/(?<=[a-z])(?=[A-Z])/g, '-').toLowerCase()
      return `arn:${partition}:iam::${accountId}:${name}/`
    }
    return action === 'iam:ListPolicies' ? 'policy path /' : '*'
  }
  if (
    action.startsWith('iam:Create') &&
    !/^iam:Create(?:AccessKey|LoginProfile|PolicyVersion)$/.test(action)
  ) {
    return arn
  }
  const [kind = '', ...path] = (parseArn(arn)?.resource ?? '').split('/')
  if (kind === 'policy') return `policy ${arn}`
  return ['role', 'user', 'group'].includes(kind) ? `${kind} ${path.at(-1)}` : arn
}
