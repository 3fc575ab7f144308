// Owns how an input that breaks constraints is refused, in the words of each protocol and service.
import { AwsError } from '../../base/errors.ts'
import type { Fault } from './constraints.ts'
import type { WireProtocol } from './service.ts'
import { VALIDATION_CODES } from './violation.ts'

// A template of 51,201 characters is shown whole by AWS; here an answer stays readable.
const MAX_SHOWN = 1000

// Members that a service does not repeat, though its published model has no such trait: verified against AWS by moto's
// tests (test_logs.py, `test_arn_formats_log_group_and_stream`).
const UNSHOWN: Readonly<Record<string, readonly string[]>> = { logs: ['logGroupIdentifier'] }

/**
 * The error for what is wrong with an input.
 * @param service the schema name: some have words of their own for some constraints
 * @param faults at least one
 */
export function faultError(
  { protocol, service }: { readonly protocol: WireProtocol; readonly service: string },
  faults: readonly Fault[],
): AwsError {
  if (protocol === 'ec2') return ec2Error(faults)
  const ownText = OWN_TEXTS[service]
  const own = ownText && faults.map(ownText).find((text) => text !== undefined)
  if (own !== undefined) return new AwsError(VALIDATION_CODES[protocol], own)
  const texts = faults.map((fault) => {
    const path = protocol === 'query' ? beanPath(fault.path) : fault.path
    const text = UNSHOWN[service]?.includes(fault.path) ? '' : shown(fault)
    return `Value${text} at '${path}' failed to satisfy constraint: ${fault.constraint}`
  })
  const count = `${texts.length} validation error${texts.length === 1 ? '' : 's'} detected`
  return new AwsError(VALIDATION_CODES[protocol], `${count}: ${texts.join('; ')}`)
}

// The framework names members as Java beans do: `RoleName` is at 'roleName', `Tags` at 'tags.1.member.key'.
function beanPath(path: string): string {
  return path
    .split('.')
    .map((part) => part.charAt(0).toLowerCase() + part.slice(1))
    .join('.')
}

function shown(fault: Fault): string {
  if (!Object.hasOwn(fault, 'value')) return ''
  if (fault.value === null) return ' null'
  return ` '${javaText(fault.value).slice(0, MAX_SHOWN)}'`
}

/** A value as Java prints it: `[a, b]`, `{k=v}`. */
function javaText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(javaText).join(', ')}]`
  if (value instanceof Date) return value.toISOString()
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).map(([key, item]) => `${key}=${javaText(item)}`)
    return `{${entries.join(', ')}}`
  }
  return String(value)
}

// The words that are known of EKS: surajincloud/kubectl-eks#72 (the missing blank is the service's),
// radius-project/samples#1702, terraform-aws-modules/terraform-aws-eks#1713.
function eksText({ path, constraint }: Fault): string | undefined {
  if (constraint.endsWith(String.raw`^[0-9A-Za-z][A-Za-z0-9\-_]*`)) {
    return `The parameter ${path} contains invalid characters. It should conform to the regular expression "^[0-9A-Za-z][A-Za-z0-9-_]*"In other words, it should start with a number or letter, and can contain numbers, letters, dashes, and underscores.`
  }
  const longest = /^Member must have length less than or equal to (\d+)$/.exec(constraint)?.[1]
  if (longest !== undefined && /^\w*name$/i.test(path)) {
    return `The parameter ${path} should not be greater than ${longest} characters.`
  }
  return undefined
}

// aws-cloudformation/cfn-lint#722, ministryofjustice/cloud-platform-environments#1726; aws/aws-sdk#36 for prefixes.
function iamText({ path, constraint }: Fault): string | undefined {
  if (!constraint.includes('pattern')) return undefined
  const rest = 'contain only alphanumeric characters and/or / characters.'
  if (path === 'Path')
    return `The specified value for path is invalid. It must begin and end with / and ${rest}`
  if (path === 'PathPrefix')
    return `The specified value for pathPrefix is invalid. It must begin with the / character and ${rest}`
  return undefined
}

/** Words of services for some constraints; the others have the framework's. */
const OWN_TEXTS: Readonly<Record<string, (fault: Fault) => string | undefined>> = {
  eks: eksText,
  iam: iamText,
}

// "Error codes for the Amazon EC2 API"; the words for a range from aws/aws-sdk-ruby#2575, for an
// attribute from aws/aws-cli#4273. No source was found for the
// words of other constraints.
function ec2Error([fault]: readonly Fault[]): AwsError {
  const path = (fault?.path ?? '').replaceAll('.member', '')
  if (fault?.kind === 'missing' && path === 'InstanceIds') {
    return new AwsError('InvalidParameterCombination', 'No instances specified')
  }
  if (fault?.kind === 'missing') {
    // CreateTags and DeleteTags: awsdocs/aws-doc-sdk-examples#1302, fog/fog#591.
    const name = path === 'Resources' ? 'resourceIdSet' : path
    return new AwsError('MissingParameter', `The request must contain the parameter ${name}`)
  }
  const value = shown(fault ?? { path, constraint: '', kind: 'constraint' })
    .replaceAll("'", '')
    .trim()
  if (path === 'Attribute' && fault?.constraint.startsWith('Member must satisfy enum')) {
    return new AwsError(
      'InvalidParameterValue',
      `Value (${value}) for parameter attribute is invalid. Unknown attribute.`,
    )
  }
  const bound = /^Member must have value (greater|less) than or equal to (\d+)$/.exec(fault?.constraint ?? '')
  const reason = bound ? `Expecting a value ${bound[1]} than ${bound[2]}` : fault?.constraint
  return new AwsError(
    'InvalidParameterValue',
    `Value ( ${value} ) for parameter ${path} is invalid. ${reason}.`,
  )
}
