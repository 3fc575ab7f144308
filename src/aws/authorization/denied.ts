// Owns the answer to a request that is not allowed, in the code, status and words of its service.
import { AwsError } from '../../base/errors.ts'
import { own } from '../../base/json.ts'
import type { RequestKeys } from '../../rules/iam/conditions.ts'
import { denialSentence } from '../../rules/iam/denial.ts'
import type { Decision } from '../../rules/iam/evaluate.ts'
import { encodeAuthorizationMessage } from '../protocol/authorization-message.ts'
import type { AwsService, Principal } from '../protocol/service.ts'

export interface Denied {
  readonly service: AwsService
  readonly principal: Principal
  readonly action: string
  readonly resource: string
  /** What the sentence shows of the resource; nothing when undefined. */
  readonly shown: string | undefined
  readonly keys: RequestKeys
  readonly decision: Decision & { readonly allowed: false }
}

// The models of the services; JSON 1.1 services answer 400.
const STATUS: Readonly<Record<string, number>> = { 'eks-auth': 400 }

/** AccessDenied, AccessDeniedException or UnauthorizedOperation. */
export function deniedError(denied: Denied): AwsError {
  const { service, principal, action, shown, decision } = denied
  const sentence = denialSentence({ principal: principal.arn, action, resource: shown }, decision)
  switch (service.protocol) {
    case 'ec2': {
      const blob = encodeAuthorizationMessage(detailsOf(denied))
      const message = `You are not authorized to perform this operation. ${sentence}. Encoded authorization failure message: ${blob}`
      return new AwsError('UnauthorizedOperation', message, { status: 403 })
    }
    case 'rest-json':
      return new AwsError('AccessDeniedException', sentence, {
        status: own(STATUS, service.signingName) ?? 403,
      })
    case 'json-1.1':
      return new AwsError('AccessDeniedException', sentence)
    default:
      return new AwsError('AccessDenied', sentence, { status: 403 })
  }
}

// The form that DecodeAuthorizationMessage shows (aws/karpenter#1488).
function detailsOf({ principal, action, resource, keys, decision }: Denied): object {
  return {
    allowed: false,
    explicitDeny: decision.isExplicit,
    matchedStatements: {
      items: decision.matched.map(({ sid = '', effect }) => ({
        statementId: sid,
        effect: effect.toUpperCase(),
      })),
    },
    failures: { items: [] },
    context: {
      principal: { id: principal.userId, arn: principal.arn },
      action,
      resource,
      conditions: {
        items: Object.entries(keys).map(([key, values]) => ({
          key,
          values: { items: [values].flat().map((value) => ({ value })) },
        })),
      },
    },
  }
}
